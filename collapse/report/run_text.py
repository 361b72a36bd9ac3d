"""A run in words: its summary as text, and as a table for notebooks."""

import io
from html import escape
from typing import TYPE_CHECKING

from collapse.report import run_summary
from collapse.report.console import Terminal
from collapse.report.document import plain
from collapse.report.numbers import estimate, interval, number
from collapse.report.run_table import results_table

if TYPE_CHECKING:
    from collapse.runs.run import Run

WIDTH = 100  # characters of a line


def summary(run: "Run") -> str:
    """Means of the headline curves with 95 % intervals, half-lives and warnings."""
    text = io.StringIO()
    out = Terminal(file=text, width=WIDTH, color_system=None)
    out.print(results_table(_document(run)))
    for arm, life in run_summary.half_lives(run).items():
        value = estimate(life, last=run.generations)
        out.print(f"Half-life of the effective number, {arm}: {value} generations", markup=False)
    for warning in run_summary.warnings(run):
        out.print(f"Note: {warning}", markup=False)
    return "\n".join(line.rstrip() for line in text.getvalue().split("\n")).strip("\n")


def html(run: "Run") -> str:
    """The line that names the run, and its summary as an HTML table."""
    heads = ("arm", "curve", "real data", "generation 1", f"generation {run.generations}", "95 %")
    rows = [
        (
            row["arm"],
            row["measure"],
            *(number(row[k]["value"], 4) for k in ("real", "first", "last")),
            interval(row["last"]),
        )
        for row in _document(run)["table"]
    ]
    line = lambda cells, tag: "".join(f"<{tag}>{escape(str(x))}</{tag}>" for x in cells)  # noqa: E731
    body = "".join(f"<tr>{line(cells, 'td')}</tr>" for cells in rows)
    return f"<p>{escape(repr(run))}</p><table><tr>{line(heads, 'th')}</tr>{body}</table>"


def _document(run: "Run") -> dict:
    about = {"seeds": run.manifest["seeds"], "generations": run.generations}
    return plain(about | {"table": run_summary.table(run)})
