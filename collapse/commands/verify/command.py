"""``collapse verify``: the claims of scenarios, held against the simulator."""

import time

from collapse.commands.request import Options, data_for, number_errors, reading_errors
from collapse.errors import UserError, attempt
from collapse.numerics.device import start_jax
from collapse.report import console
from collapse.scenario.load import find
from collapse.scenario.scenario import claiming, taking


def verify(
    names: list[str], options: Options, thorough: bool, quiet: bool
) -> tuple[list[dict], bool]:
    """Run the claims, print a row for each; the rows, and whether any claim fails."""
    started = time.monotonic()
    seeds, size = options.seeds, options.size
    errors = number_errors({}, options.precision) + reading_errors(options)
    if seeds is not None and seeds < 2:
        errors.append("--seeds must be at least 2: a standard error needs two.")
    if options.data and len(names) != 1:
        errors.append("Name one scenario whose claims are to be held against --data.")
    if errors:
        raise UserError(*errors)
    settings = {"seeds": seeds, "thorough": thorough, "precision": options.precision}
    settings["extra"] = bool(names or size) or thorough  # all claims of what is named
    settings["size"] = size
    rows = _verified(names, settings, options, quiet)
    if not quiet:
        console.show_claims(rows, time.monotonic() - started)
    return rows, any(row["verdict"] == "FAILS" for row in rows)


def _verified(names: list[str], settings: dict, options: Options, quiet: bool) -> list[dict]:
    """The rows of all claims: several scenarios in processes of their own, one in this one."""
    if not names:  # those with networks are asked for, by name or by a size
        sized = set(taking("size"))
        names = [n for n in claiming() if (n in sized) == (settings["size"] is not None)]
    errors: list[str] = []
    for name in names:
        attempt(errors, find, name)
    if errors:
        raise UserError(*errors)
    if len(names) > 1:
        from collapse.commands.verify.workers import verify_apart

        with console.Ticks(len(names), "scenarios", quiet) as ticks:
            return verify_apart(names, settings, lambda name, _: ticks.report(name, 1))
    from collapse.commands.verify import verification
    from collapse.report.run_summary import plain

    start_jax(settings["precision"])
    given = data_for(options, names[0]) if options.data else {}
    scenarios = verification.with_claims(names, settings["size"], **given)
    count = sum(len(scenario.claims) for scenario in scenarios)
    with console.Ticks(count, "claims", quiet) as ticks:
        found = verification.verify(
            scenarios, settings["seeds"], settings["thorough"], ticks.report
        )
    return [plain(verification.row(finding)) for finding in found]
