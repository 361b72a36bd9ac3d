"""``collapse compare RUN``: how the curves of each arm go, and where they jump."""

from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from collapse.commands.compare.pairs import arms_of
from collapse.commands.compare.progress import farthest, left_out
from collapse.commands.compare.trends import courses
from collapse.errors import UserError
from collapse.report import console
from collapse.report.overwrite import place_errors, refuse_another, write_result
from collapse.report.run_summary import plain
from collapse.stats.intervals import interval_errors

COLUMNS = ("", "trend a generation", "half-life", "down or up to", "jump", "in words")


def alone(one: str, level: float | None, method: str | None, out: Path | None, quiet: bool) -> dict:
    """The document about one run, or one arm of it; written to ``out`` if that is given."""
    errors = (interval_errors(method) if method else []) + (place_errors(out) if out else [])
    if errors:
        raise UserError(*errors)
    run, arms = arms_of(one)
    asked = {"first": one, "second": None, "level": level, "band": method}
    if out:
        refuse_another(out, "comparison", "comparison", asked)
    document = {"command": "compare", "asked": asked, "seeds": run.manifest["seeds"]}
    document["cautions"] = [
        text for arm in arms for text in left_out(run, arm, max(farthest(run.done(arm)), 0))
    ]
    document = plain(document | {"courses": courses(run, arms, level, method)})
    if not document["courses"]:
        raise UserError(f"{one} has no headline curve: nothing to tell of.")
    if out:
        document = write_result(out, "comparison", document)
    if not quiet:
        show(document["courses"], level)
        for sentence in document["cautions"]:
            console.say(sentence)
        for path in document.get("written", ()):
            console.say(f"Saved: {path}")
    return document


def show(rows: list[dict], level: float | None) -> None:
    """A table of courses for each arm, and what their intervals are."""
    out = console.console(False)
    for arm in dict.fromkeys(row["arm"] for row in rows):
        title = f"{arm}, generation by generation"
        table = Table(title=escape(title), title_justify="left", box=SIMPLE_HEAD)
        for column in COLUMNS:
            if column != "down or up to" or level is not None:
                heading = f"{column} {level:g}" if column == "down or up to" else column
                table.add_column(heading, overflow="fold", no_wrap=not column)
        for row in rows:
            if row["arm"] == arm:
                table.add_row(*map(escape, _cells(row, level)))
        out.print(table)
    every = [row[k] for row in rows for k in ("trend", "half_life", "wait") if row[k]]
    used = sorted(set(map(console.method, every)))
    out.print(f"Centre and interval over seeds: {'; '.join(used)}.", markup=False)


def _cells(row: dict, level: float | None) -> list[str]:
    jump, last = row["jump"], row["to"]
    cells = [row["measure"].replace("_", " "), _cell(row["trend"], last)]
    cells += [_cell(row["half_life"], last)]
    cells += [_cell(row["wait"], last)] if level is not None else []
    return [*cells, _cell(jump["when"], last) if jump and jump["is"] else "-", row["words"]]


def _cell(band: dict | None, last: int) -> str:
    return "-" if band is None else console.banded(band, last=last)
