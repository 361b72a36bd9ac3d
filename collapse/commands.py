"""What the verbs of the command line do."""

import re
import time
from pathlib import Path

from collapse import printing
from collapse.errors import Mistake
from collapse.options import (
    Options,
    attempt,
    data_for,
    numbers_wrong,
    reading_wrong,
    scenario_of,
    start_jax,
)
from collapse.scenario import Scenario, build, claiming, find, scenario_files, taking


def run(options: Options, quiet: bool) -> dict:
    """Run, show progress, print the table and the samples; the document for ``--json``."""
    from collapse import memory

    started = time.monotonic()
    scenario = scenario_of(options)
    memory.check(scenario, options.seeds_at_once)
    out = options.out or Path("runs") / scenario.name
    saved = run_to_disk(scenario, out, options, quiet)
    document = printing.document(saved, time.monotonic() - started)
    if not quiet:
        printing.show(saved, document)
    return document


def run_to_disk(scenario: Scenario, out: Path, options: Options, quiet: bool):
    from collapse import runs

    printing.announce(scenario, out, quiet)
    try:
        with printing.Progress(scenario, quiet) as progress:
            return runs.run(
                scenario,
                out,
                key=options.key,
                report=progress.report,
                seeds_at_once=options.seeds_at_once,
            )
    except KeyboardInterrupt:
        printing.say(f"Stopped and saved in {out}: run the same command again to go on.", True)
        raise SystemExit(130) from None


def dry_run(options: Options) -> dict:
    """Arms, sizes and expected memory, and nothing on disk."""
    from collapse.memory import estimate

    scenario = scenario_of(options)
    document = {"scenario": scenario.name, "seeds": scenario.seeds, "notes": list(scenario.notes)}
    document |= estimate(scenario, options.seeds_at_once)
    printing.show_plan(document)
    return document


def verify(
    names: list[str], options: Options, thorough: bool, quiet: bool
) -> tuple[list[dict], bool]:
    """Run the claims, print a row for each; the rows, and whether any claim fails."""
    started = time.monotonic()
    seeds, size = options.seeds, options.size
    wrong = numbers_wrong({}, options.precision) + reading_wrong(options)
    if seeds is not None and seeds < 2:
        wrong.append("--seeds must be at least 2: a standard error needs two.")
    if options.data and len(names) != 1:
        wrong.append("Name one scenario whose claims are to be held against --data.")
    if wrong:
        raise Mistake(*wrong)
    settings = {"seeds": seeds, "thorough": thorough, "precision": options.precision}
    settings["extra"] = bool(names or size) or thorough  # all claims of what is named
    settings["size"] = size
    rows = _verified(names, settings, options, quiet)
    if not quiet:
        printing.show_claims(rows, time.monotonic() - started)
    return rows, any(row["verdict"] == "FAILS" for row in rows)


def _verified(names: list[str], settings: dict, options: Options, quiet: bool) -> list[dict]:
    """The rows of all claims: several scenarios in processes of their own, one in this one."""
    if not names:  # those with networks are asked for, by name or by a size
        sized = set(taking("size"))
        names = [n for n in claiming() if (n in sized) == (settings["size"] is not None)]
    wrong: list[str] = []
    for name in names:
        attempt(wrong, find, name)
    if wrong:
        raise Mistake(*wrong)
    if len(names) > 1:
        from collapse.workers import verify_apart

        with printing.Ticks(len(names), "scenarios", quiet) as ticks:
            return verify_apart(names, settings, lambda name, _: ticks.report(name, 1))
    from collapse import verification
    from collapse.summary import plain

    start_jax(settings["precision"])
    given = data_for(options, names[0]) if options.data else {}
    scenarios = verification.with_claims(names, settings["size"], **given)
    count = sum(len(scenario.claims) for scenario in scenarios)
    with printing.Ticks(count, "claims", quiet) as ticks:
        found = verification.verify(
            scenarios, settings["seeds"], settings["thorough"], ticks.report
        )
    return [plain(verification.row(finding)) for finding in found]


def calibrate(
    path: Path,
    out: Path,
    columns: list[str],
    reference: Path | None,
    threshold: float | None,
    quiet: bool,
) -> dict:
    """What the judge of the verdicts does, and a judge file that does it too."""
    from collapse.calibration.findings import calibrate as calibrated
    from collapse.calibration.judge_file import NAME, no_judge, refusal, write_judge
    from collapse.calibration.table import show
    from collapse.calibration.verdicts import read_verdicts

    wrong = refusal(out)
    verdicts = attempt(wrong, read_verdicts, path, columns, reference)
    found = verdicts and attempt(wrong, calibrated, verdicts, threshold)
    if wrong or found is None:
        raise Mistake(*wrong)
    why = no_judge(found)
    if not why:
        write_judge(found, out, path.name)
    judge = None if why else f"{out}:{NAME}"
    if not quiet:
        show(found, judge, why)
    estimates = {name: estimate.as_dict() for name, estimate in found.estimates.items()}
    about = {"kind": found.kind, "rows": found.rows, "quality": found.quality}
    said = {"notes": found.notes, "sentences": found.sentences, "no_judge": why or None}
    return {"command": "calibrate", "format": 1, **about, "estimates": estimates, **said} | {
        "judge": judge
    }


def figure(name: str, out: Path | None, band: str | None, quiet: bool) -> dict:
    """Draw the figure of one scenario or run, or of all scenarios."""
    from collapse.bands import band_wrong
    from collapse.figures import write_figure
    from collapse.storage import clear

    if wrong := band_wrong(band) if band else []:
        raise Mistake(*wrong)
    names = list(scenario_files()) if name == "all" else [name]
    written = {}
    for each in names:
        saved = _saved_run(each, quiet)
        start_jax(saved.manifest["layout"]["precision"])  # an arm is told by its numbers
        place = out or saved.directory
        clear(place, rf"{re.escape(saved.manifest['scenario'])}\.(pdf|png|csv)")
        written[each] = [str(path) for path in write_figure(saved, place, band)]
        for path in written[each]:
            printing.say(path, quiet)
    return {"command": "figure", "written": written}


def _saved_run(name: str, quiet: bool):
    """The run in that directory or of that scenario, run first if there is none."""
    from collapse import runs

    directory = given = Path(name)
    if not (directory / "manifest.json").is_file():
        if directory.is_dir():
            raise Mistake(f"{name} holds no run: it has no manifest.json.")
        find(name)
        directory = Path("runs") / (build(name).name if name.endswith(".py") else name)
    if directory == given or (directory / "curves.npz").is_file():
        saved = runs.load(directory)
        if saved.manifest["finished"]:
            return saved
        printing.say(f"The run in {directory} is not finished; this draws it as it is.", quiet)
        return saved
    printing.say(f"There is no saved run in {directory}: running {name} first.", quiet)
    options = Options(name=name, out=directory)
    return run_to_disk(scenario_of(options), directory, options, quiet)
