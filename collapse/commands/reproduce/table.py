"""Published claims in the terminal: verdict, printed number, ours, and the time of each paper."""

from collections import Counter
from pathlib import Path

from rich.table import Table

from collapse.report.console import console
from collapse.report.numbers import estimate, number
from collapse.report.tables import add, show, table
from collapse.scenario.verdicts import VERDICTS

WIDE = 130  # columns of the terminal from which on a claim fits a row


def show_claims(document: dict) -> None:
    """Print all claims, sorted by verdict, and the papers with their times."""
    rows = document["claims"]
    if console(False).width >= WIDE:
        show(_claims(rows))
    else:
        for row in rows:
            show(*_lines(row))
    show(_scenarios(document["scenarios"]))
    counts = Counter(row["verdict"] for row in rows)
    verdicts = ", ".join(f"{counts[v]} {v}" for v in reversed(VERDICTS) if counts[v])
    papers = {row["paper"] for row in rows}
    show(_places(document["scenarios"]))
    show(f"{len(rows)} claims of {len(papers)} paper{'s' * (len(papers) != 1)}: {verdicts}.")


def _claims(rows: list[dict]) -> Table:
    made = table(
        "", "verdict", "paper", "claim", "printed", "ours", "why, and what differs", left=6
    )
    for row in rows:
        ours = estimate(row["ours"], 4) if "ours" in row else ""
        add(made, row["verdict"], row["paper"], _named(row), row["printed"], ours, _why(row))
    return made


def _lines(row: dict) -> list[str]:
    ours = f"  ours: {estimate(row['ours'], 4)}" if "ours" in row else ""
    lines = [f"{row['verdict']}  {row['paper']}: {_named(row)}"]
    lines.append(f"        printed: {row['printed']}{ours}")
    return lines + ([f"        {_why(row)}"] if _why(row) else [])


def _named(row: dict) -> str:
    return f"{row['claim']} ({row['source']})"


def _why(row: dict) -> str:
    differs = f"settings that differ: {row['differs']}" if row["differs"] else ""
    reason = "" if row["reason"].startswith("other settings") else row["reason"]
    return "; ".join(dict.fromkeys(x for x in (reason, row["note"], differs) if x))


def _scenarios(rows: list[dict]) -> Table:
    made = table("", "paper", "scenario", "claims", "minutes", left=2)
    for row in rows:
        minutes = "not run" if row["seconds"] is None else number(row["seconds"] / 60, 2)
        add(made, ", ".join(row["papers"]), row["scenario"], str(row["claims"]), minutes)
    return made


def _places(rows: list[dict]) -> list[str]:
    """Where the runs are, for ``collapse figure``."""
    kept = dict.fromkeys(str(Path(row["directory"]).parent) for row in rows if row["directory"])
    return [f"Runs: {place}/SCENARIO; their figures: collapse figure" for place in kept]


def show_list(document: dict) -> None:
    """Print papers, claims and minutes of each size."""
    for scenario in document["scenarios"]:
        times = ", ".join(
            f"{size} {minutes:g} min" for size, minutes in scenario["minutes"].items()
        )
        show(
            f"{', '.join(scenario['papers'])}: {scenario['scenario']} ({times or 'no times given'})"
        )
        own = [row for row in document["claims"] if row["scenario"] == scenario["scenario"]]
        show([f"    {_named(row)}: {row['printed']}" for row in own])
