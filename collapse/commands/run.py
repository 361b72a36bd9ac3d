"""``collapse run``: a scenario from the command line to a directory."""

import time
from pathlib import Path

from collapse.commands.request import Options, scenario_of
from collapse.report import console
from collapse.runs.directory import run_scenario
from collapse.runs.run import Run
from collapse.scenario.scenario import Scenario


def run(options: Options, quiet: bool) -> dict:
    """Run, show progress, print the table and the samples; the document for ``--json``."""
    from collapse.loop import memory

    started = time.monotonic()
    scenario = scenario_of(options)
    memory.check(scenario, options.batch_seeds)
    out = options.out or Path("runs") / scenario.name
    saved = run_to_disk(scenario, out, options, quiet)
    document = console.document(saved, time.monotonic() - started)
    if not quiet:
        console.show(saved, document)
    return document


def run_to_disk(scenario: Scenario, out: Path, options: Options, quiet: bool) -> Run:

    console.announce(scenario, out, quiet)
    try:
        with console.Progress(scenario, quiet) as progress:
            return run_scenario(
                scenario,
                out,
                key=options.key,
                report=progress.report,
                batch_seeds=options.batch_seeds,
            )
    except KeyboardInterrupt:
        console.say(f"Stopped and saved in {out}: run the same command again to go on.", True)
        raise SystemExit(130) from None


def dry_run(options: Options) -> dict:
    """Arms, sizes and expected memory, and nothing on disk."""
    from collapse.loop.memory import estimate

    scenario = scenario_of(options)
    document = {"scenario": scenario.name, "seeds": scenario.seeds, "notes": list(scenario.notes)}
    document |= estimate(scenario, options.batch_seeds)
    console.show_plan(document)
    return document
