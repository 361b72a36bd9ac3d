"""A calibration in the terminal."""

from rich.table import Table

from collapse.report.numbers import bound, interval, number
from collapse.report.tables import add, show, table

MEANINGS = {
    "keep_right": "right items kept",
    "keep_wrong": "wrong items kept",
    "kept": "kept of all",
    "area": "right above wrong",
    "first": "the first wins",
    "better": "the better wins",
    "first_twice": "the first, in both orders",
    "consistent": "the same in both orders",
}


def show_calibration(found, judge: str | None, why: str) -> None:
    """Print the estimates, what is not identified and why, the sentences, and the judge file."""
    estimates = found.estimates.items()
    methods = dict.fromkeys(each.method for _, each in estimates if each.method)
    show(
        found.notes,
        estimates_table(found),
        [f"Not identified: {_name(k)}: {e.reason}." for k, e in estimates if e.best is None],
        f"Intervals: {'; '.join(methods)}.",
        found.sentences,
    )
    if judge is None:
        show(f"No judge is written: {why}.")
    else:
        show(f"Written. Try it: collapse run jokes --judge {judge}")


def estimates_table(found) -> Table:
    """All estimates with their intervals."""
    made = table(f"{found.rows} verdicts", "", "estimate", "95 % interval", fold=False)
    for name, each in found.estimates.items():
        unit = "" if each.unit == "share" else f" ({each.unit})"
        value, ends = number(each.value), interval(each)
        if each.best is None:
            value, ends = "not identified", ""
        elif not each.known:
            value = bound(each)
        add(made, _name(name) + unit, value, ends)
    return made


def _name(name: str) -> str:
    return MEANINGS.get(name, name)
