"""``collapse verify``: check the simulator against the claims of scenarios."""

import time
from collections.abc import Callable
from concurrent.futures import Executor

from collapse.commands.request import Options, data_for, number_errors, reading_errors
from collapse.commands.workers import work_apart, work_on
from collapse.errors import UserError, attempt
from collapse.numerics.device import start_jax
from collapse.report.document import document, plain
from collapse.report.progress import Count
from collapse.scenario.load import find
from collapse.scenario.scenario import claiming, taking
from collapse.sweeps.executors import executor_of


def verify(
    names: list[str],
    options: Options,
    thorough: bool,
    quiet: bool,
    executor: str | None = None,
) -> tuple[dict, bool]:
    """Check the claims and print them; the document for ``--json``, and whether any claim fails.
    ``executor`` names where scenarios run."""
    started = time.monotonic()
    seeds, size = options.seeds, options.size
    errors = number_errors({}, options.precision) + reading_errors(options)
    if seeds is not None and seeds < 2:
        errors.append("--seeds must be at least 2: a standard error needs two.")
    if options.data and len(names) != 1:
        errors.append("Name one scenario whose claims --data is for.")
    if errors:
        raise UserError(*errors)
    settings = {"seeds": seeds, "thorough": thorough, "precision": options.precision}
    settings["extra"] = bool(names or size) or thorough  # all claims of named scenarios
    settings["size"] = size
    rows = _verified(names, settings, options, executor)
    if not quiet:
        from collapse.commands.verify.table import show_claims

        show_claims(rows, time.monotonic() - started)
    return document("verify", {"claims": rows}), any(row["verdict"] == "FAILS" for row in rows)


def _verified(
    names: list[str], settings: dict, options: Options, executor: str | None
) -> list[dict]:
    """The rows of all claims: a single scenario in this process, several in processes of their
    own, or all on an executor."""
    tasks = _tasks(names, settings)
    errors: list[str] = []
    for name in tasks:
        attempt(errors, find, name)
    if errors:
        raise UserError(*errors)
    with executor_of(executor) as chosen:
        if chosen is None and len(names) == 1:
            return _verified_here(names, settings, options)
        if options.data:
            start_jax(settings["precision"])
            given = data_for(options, names[0])
            tasks = {name: own | {"given": given} for name, own in tasks.items()}
        with Count(len(tasks), "scenarios") as ticks:
            return verify_apart(tasks, lambda name, _: ticks.report(name, 1), chosen)


def _tasks(names: list[str], settings: dict) -> dict[str, dict]:
    """The scenarios to verify and the settings of each. Where none is named: those of laws; with a
    size all others, with that size if they have sizes."""
    if names:
        return dict.fromkeys(names, settings)
    size, sized = settings["size"], taking("size")
    folders = claiming().items()
    names = [name for name, folder in folders if (folder == "laws") == (size is None)]
    return {name: settings | {"size": size if name in sized else None} for name in names}


def _verified_here(names: list[str], settings: dict, options: Options) -> list[dict]:
    from collapse.commands.verify import verification

    start_jax(settings["precision"])
    given = data_for(options, names[0]) if options.data else {}
    scenarios = verification.with_claims(names, settings["size"], **given)
    count = sum(len(scenario.claims) for scenario in scenarios)
    with Count(count, "claims") as ticks:
        findings = verification.verify(
            scenarios, settings["seeds"], settings["thorough"], ticks.report
        )
    return [plain(verification.row(finding)) for finding in findings]


def verify_apart(
    tasks: dict[str, dict], report: Callable, executor: Executor | None = None
) -> list[dict]:
    """The rows of all claims of the scenarios, each under its settings, the worst fit first."""
    if executor is None:
        rows = work_apart(rows_of, tasks, report)
    else:
        rows = work_on(executor, rows_of, tasks, report)
    return sorted((row for each in rows for row in each), key=_badness, reverse=True)


def rows_of(name: str, settings: dict) -> tuple[list[dict], list[str]]:
    """The rows of a scenario's claims, and errors: the work of a process."""
    from collapse.commands.verify import verification

    errors: list[str] = []
    chosen = settings["seeds"], settings["thorough"]
    given = settings.get("given", {})
    scenarios = attempt(errors, verification.with_claims, [name], settings["size"], **given) or []
    findings = attempt(
        errors, verification.verify, scenarios, *chosen, threads=1, extra=settings["extra"]
    )
    return [plain(verification.row(finding)) for finding in findings or []], errors


def _badness(row: dict) -> tuple[bool, float]:
    share = row["badness"]
    return row["verdict"] == "FAILS", float("inf") if share is None else float(share)
