"""What a calibration found, in a terminal."""

from rich.box import SIMPLE_HEAD
from rich.table import Table

from collapse.report.console import console, number, say

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


def show(found, judge: str | None, why: str) -> None:
    """What a judge does, with intervals and reasons; the same in words; and where the judge is."""
    for note in found.notes:
        say(note)
    console(False).print(estimates_table(found))
    for name, estimate in found.estimates.items():
        if estimate.best is None:
            say(f"Not identified: {MEANINGS.get(name, name)}: {estimate.reason}.")
    methods = dict.fromkeys(e.method for e in found.estimates.values() if e.method)
    say(f"Intervals: {'; '.join(methods)}.")
    for sentence in found.sentences:
        say(sentence)
    if judge is None:
        say(f"No judge is written: {why}.")
    else:
        say(f"Written. Try it: collapse run jokes --judge {judge}")


def estimates_table(found) -> Table:
    table = Table(title=f"{found.rows} verdicts", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("", no_wrap=True)
    for heading in ("estimate", "95 % interval"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, estimate in found.estimates.items():
        unit = "" if estimate.unit == "share" else f" ({estimate.unit})"
        ends = f"{number(estimate.low, 3)} .. {number(estimate.high, 3)}"
        value = number(estimate.value, 3)
        if estimate.best is None:
            value, ends = "not identified", ""
        elif estimate.value is None:
            value = "at least" if estimate.low is not None else "at most"
        table.add_row(MEANINGS.get(name, name) + unit, value, ends)
    return table
