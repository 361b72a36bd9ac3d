"""``collapse compare RUN``: how the curves of each arm go, and where they jump."""

import math
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from collapse import printing
from collapse.bands import band_wrong
from collapse.comparing.course import courses
from collapse.comparing.pairs import arms_of
from collapse.errors import Mistake
from collapse.replacing import place_wrong, refuse_another
from collapse.summary import plain

COLUMNS = ("arm", "measure", "trend a generation", "half-life", "down or up to", "jump", "")


def alone(one: str, level: float | None, method: str | None, out: Path | None, quiet: bool) -> dict:
    """The document about one run, or one arm of it; written to ``out`` if that is given."""
    wrong = (band_wrong(method) if method else []) + (place_wrong(out) if out else [])
    if wrong:
        raise Mistake(*wrong)
    run, arms = arms_of(one)
    asked = {"first": one, "second": None, "level": level, "band": method}
    if out:
        refuse_another(out, "comparison", "comparison", asked)
    document = {"command": "compare", "asked": asked, "seeds": run.manifest["seeds"]}
    document = plain(document | {"courses": courses(run, arms, level, method)})
    if not document["courses"]:
        raise Mistake(f"{one} has no headline curve: nothing to tell of.")
    if out:
        from collapse.storage import write_json

        document["written"] = [str(out / "comparison.json")]
        write_json(out / "comparison.json", document)
    if not quiet:
        show(document["courses"], level)
        for path in document.get("written", ()):
            printing.say(f"Saved: {path}")
    return document


def show(rows: list[dict], level: float | None) -> None:
    """The table of courses, and what its intervals are."""
    out = printing.console(False)
    table = Table(title="Generation by generation", title_justify="left", box=SIMPLE_HEAD)
    for column in COLUMNS:
        if column != "down or up to" or level is not None:
            heading = f"{column} {level:g}" if column == "down or up to" else column
            table.add_column(heading, overflow="fold")
    for row in rows:
        cells = [row["arm"], row["measure"].replace("_", " ")]
        cells += [_cell(row["trend"]), _cell(row["half_life"])]
        cells += [_cell(row["wait"])] if level is not None else []
        jump = row["jump"]
        cells += [_cell(jump["when"]) if jump and jump["is"] else "-", row["words"]]
        table.add_row(*map(escape, cells))
    out.print(table)
    used = sorted({_interval(row[k]) for row in rows for k in ("trend", "half_life") if row[k]})
    out.print(f"Centre and interval over seeds: {'; '.join(used)}.", markup=False)


def _interval(band: dict) -> str:
    """ "t, 95 %, 8 seeds": how often such an interval holds the true one."""
    covers = band["covers"]
    percent = "no interval" if covers is None else f"{100 * covers:.3g} %"
    return f"{band['method']}, {percent}, {band['seeds']} seeds"


def _cell(band: dict | None) -> str:
    if band is None:
        return "-"
    centre, low, high = (_number(band[k]) for k in ("centre", "low", "high"))
    return f"{centre} ({low} .. {high})"


def _number(value) -> str:
    if value is None or isinstance(value, str):
        return value or "-"
    return printing.number(float(value), 3) if math.isfinite(value) else str(value)
