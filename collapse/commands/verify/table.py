"""Claims in the terminal: what was expected, what was measured, and the verdict."""

from collections import Counter

from rich.markup import escape
from rich.table import Table

from collapse.report.console import console
from collapse.report.numbers import number
from collapse.report.tables import show, table as empty

WIDE = 150  # columns of the terminal from which on a claim fits one line


def show_claims(claims: list[dict], seconds: float) -> None:
    """Print every claim with its numbers, one line each if the terminal is wide enough."""
    out = console(False)
    shown = []
    for row in claims:
        shown.append(row)
        if "first" in row:
            shown.append(row["first"] | {"claim": "  the same on the first key"})
    if out.width >= WIDE:
        out.print(_table(shown))
    else:
        for row in shown:
            out.print(_lines(row))
    counts = sorted(Counter(row["verdict"] for row in claims).items())
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in counts)
    show(
        f"{len(claims)} claim{'s' * (len(claims) != 1)} in {seconds:.0f} s: {verdicts}.",
        "z: deviation from the expected value in standard errors, beyond the known error of a "
        "formula (of an identity: in tolerances). detects: the smallest deviation that would have "
        "failed, 95 times in 100.",
    )


def _table(rows: list[dict]) -> Table:
    made = empty("", "verdict", "kind", left=2, fold=False)
    for heading in ("expected", "measured", "s.e.", "z", "detects"):
        made.add_column(heading, justify="right", no_wrap=True)
    made.add_column("claim", overflow="fold", ratio=3)
    made.add_column("source", overflow="fold", ratio=2)
    for row in rows:
        texts = (_claim(row), escape(row["source"]))
        made.add_row(_verdict(row), row["kind"], *_numbers(row).values(), *texts)
    return made


def _lines(row: dict) -> str:
    numbers = "  ".join(f"{name} {text}" for name, text in _numbers(row).items())
    name, source = _claim(row), escape(row["source"])
    return f"{_verdict(row)}  {name}\n        {numbers}\n        [dim]{row['kind']}: {source}[/]"


def _claim(row: dict) -> str:
    """The name, and of several generations the one whose numbers are shown."""
    count = len(row["generations"])
    which = f" (at generation {row['generation']}, the worst of {count})" if count > 1 else ""
    return escape(row["claim"] + which)


def _numbers(row: dict) -> dict[str, str]:
    error = number(row["standard_error"], 2) if row["standard_error"] else "exact"
    return {
        "expected": number(row["expected"], 5),
        "measured": number(row["measured"], 5),
        "s.e.": error,
        "z": number(row["z"], 2),
        "detects": number(row["detects"], 2),
    }


def _verdict(row: dict) -> str:
    return "[bold red]FAILS[/] " if row["verdict"] == "FAILS" else row["verdict"]
