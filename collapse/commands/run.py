"""``collapse run``: a scenario from the command line to a directory."""

import time
from pathlib import Path

from collapse.commands.request import Options, scenario_of
from collapse.report.console import say
from collapse.report.document import document
from collapse.report.progress import Generations
from collapse.report.run_table import announce, run_document, show_plan, show_run
from collapse.runs.directory import run_scenario
from collapse.runs.run import Run
from collapse.scenario.scenario import Scenario


def run(options: Options, quiet: bool) -> dict:
    """Run a scenario and print its table and samples; the document for ``--json``."""
    from collapse.loop import memory

    started = time.monotonic()
    scenario = scenario_of(options)
    memory.check(scenario, options.batch_seeds)
    out = options.out or Path("runs") / scenario.name
    saved = run_to_disk(scenario, out, options, quiet)
    result = run_document(saved, time.monotonic() - started)
    if not quiet:
        show_run(saved, result)
    return result


def run_to_disk(scenario: Scenario, out: Path, options: Options, quiet: bool) -> Run:
    """Run a scenario into a directory, with progress; exit with 130 if it is interrupted."""
    announce(scenario, out, quiet)
    try:
        with Generations(scenario) as progress:
            return run_scenario(
                scenario,
                out,
                key=options.key,
                report=progress.report,
                batch_seeds=options.batch_seeds,
            )
    except KeyboardInterrupt:
        say(f"Stopped and saved in {out}: run the same command again to continue.", True)
        raise SystemExit(130) from None


def dry_run(options: Options) -> dict:
    """Print arms, sizes and expected memory; write nothing."""
    from collapse.loop.memory import estimate

    scenario = scenario_of(options)
    body = {"scenario": scenario.name, "seeds": scenario.seeds, "notes": list(scenario.notes)}
    plan = document("run", body | estimate(scenario, options.batch_seeds), schema="dry-run")
    show_plan(plan)
    return plan
