"""``collapse reproduce``: run what reproduces papers, and hold their claims against it."""

from concurrent.futures import Executor
from pathlib import Path

from collapse.commands.reproduce.papers import bibliography, chosen
from collapse.commands.workers import work_apart, work_on
from collapse.errors import UserError, attempt
from collapse.files.atomic import write_json
from collapse.report.document import document
from collapse.report.overwrite import place_errors
from collapse.report.progress import Count
from collapse.scenario.scenario import SIZES
from collapse.scenario.verdicts import VERDICTS
from collapse.suggest import unknown
from collapse.sweeps.executors import executor_of

OUT = Path("reproduced")


def reproduce(
    names: list[str], size: str, out: Path | None, quiet: bool, executor: str | None = None
) -> dict:
    """Run the scenarios of the papers and check their claims; the document for ``--json``, which is
    also written to OUT/SIZE/reproduced.json. A second call repeats nothing that is whole.
    ``executor`` names where scenarios run."""
    place = out or OUT
    errors = [] if size in SIZES else [unknown("size", size, SIZES)]
    wanted = _chosen(names, errors + place_errors(place))
    with executor_of(executor) as chosen:
        made = _document(wanted, {"size": size, "out": str(place), "run": True}, chosen)
    path = place / size / "reproduced.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    made |= {"written": [str(path)]}
    write_json(path, made)
    if not quiet:
        from collapse.commands.reproduce.table import show_claims
        from collapse.report.tables import saved, show

        show_claims(made)
        show(saved(made))
    return made


def list_papers(names: list[str], size: str, quiet: bool) -> dict:
    """Papers, claims and minutes; nothing is run."""
    errors = [] if size in SIZES else [unknown("size", size, SIZES)]
    made = _document(_chosen(names, errors), {"size": size, "out": "", "run": False})
    if not quiet:
        from collapse.commands.reproduce.table import show_list

        show_list(made)
    return made


def cite(names: list[str]) -> dict:
    """The BibTeX entries of the papers."""
    made = _document(_chosen(names, []), {"size": SIZES[0], "out": "", "run": False})
    keys = dict.fromkeys(row["paper"] for row in made["claims"])
    known = bibliography()
    errors = [
        f"There is no entry {key} in docs/references.bib." for key in keys if key not in known
    ]
    if errors:
        raise UserError(*errors)
    return made | {"bibtex": [known[key] for key in keys]}


def _chosen(names: list[str], errors: list[str]) -> dict[str, list[str]]:
    """The scenarios that are asked for. Raises ``UserError``, also with ``errors`` known before."""
    wanted = attempt(errors, chosen, names)
    if errors or wanted is None:
        raise UserError(*errors)
    return wanted


def _document(
    wanted: dict[str, list[str]], settings: dict, executor: Executor | None = None
) -> dict:
    """All scenarios and claims, sorted by verdict; more scenarios than one in processes of their
    own, or all on an executor."""
    settings |= {"precision": "single"}
    tasks = {name: settings | {"papers": keys} for name, keys in wanted.items()}
    rows = [row for each in _rows(tasks, settings, executor) for row in each]
    claims = [claim for row in rows for claim in row["claims"]]
    order = {word: place for place, word in enumerate(VERDICTS)}
    claims.sort(key=lambda claim: (order.get(claim["verdict"], -1), claim["paper"]))
    scenarios = [row | {"claims": len(row["claims"])} for row in rows]
    for row in scenarios:
        if row["directory"]:
            row["directory"] = str(Path(settings["out"]) / row["directory"])
    return document(
        "reproduce", {"size": settings["size"], "scenarios": scenarios, "claims": claims}
    )


def _rows(tasks: dict[str, dict], settings: dict, executor: Executor | None) -> list[list[dict]]:
    from collapse.commands.reproduce.rows import kept_of, rows_of
    from collapse.numerics.device import start_jax

    with Count(len(tasks), "scenarios") as ticks:
        tick = lambda name, _: ticks.report(name, 1)  # noqa: E731
        if executor is not None:
            return work_on(executor, rows_of, tasks, tick, lambda name: kept_of(name, settings))
        if len(tasks) > 1 and settings["run"]:
            return work_apart(rows_of, tasks, tick)
        start_jax(settings["precision"])
        found = [rows_of(name, own) for name, own in tasks.items()]
    errors = [sentence for _, wrong in found for sentence in wrong]
    if errors:
        raise UserError(*dict.fromkeys(errors))
    return [rows for rows, _ in found]
