"""``collapse compare``: the table, the figure and the sentences about two runs or two arms."""

import math
from pathlib import Path

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from collapse import printing
from collapse.bands import BANDS, band_wrong, median_band
from collapse.comparing.alone import alone
from collapse.comparing.alone import show as show_courses
from collapse.comparing.course import courses
from collapse.comparing.pairs import Pair, arms_in, cautions, pairs_of
from collapse.errors import Mistake
from collapse.replacing import place_wrong, refuse_another, write_result
from collapse.summary import half_life, plain


def compare(
    one: str,
    other: str | None,
    at: int | None,
    band: str | None,
    level: float | None,
    out: Path | None,
    quiet: bool,
) -> dict:
    """The document of a comparison; written with its figure to ``out`` if that is given."""
    if other is None:
        if at is not None:
            raise Mistake("--at is the generation at which two are compared; here is one.")
        return alone(one, level, band, out, quiet)
    method = band or "t"
    wrong = band_wrong(method) + (place_wrong(out) if out else [])
    if wrong:
        raise Mistake(*wrong)
    pairs = pairs_of(one, other)
    last = min(pair.generations for pair in pairs)
    if at is not None and not 0 <= at <= last:
        raise Mistake(f"--at must be a generation from 0 to {last}, which both have, not {at}.")
    if not any(pair.measures for pair in pairs):
        raise Mistake("The two runs have no headline measure in common: nothing to compare.")
    when = last if at is None else at
    asked = {"first": one, "second": other, "generation": when, "band": method}
    asked |= {"level": level} if level is not None else {}
    if out:
        refuse_another(out, "comparison", "comparison", asked)
    rows = [_row(pair, name, when, method) for pair in pairs for name in pair.measures]
    document = {
        "command": "compare",
        "asked": asked,
        "generation": when,
        "paired": all(pair.paired for pair in pairs),
        "rows": rows,
        "half_lives": [_half_lives(pair) for pair in pairs],
        "courses": [row for arm in arms_in(pairs) for row in courses(*arm, level, band)],
        "cautions": cautions(pairs, method),
        "verdict": verdict(rows, when),
    }
    document = plain(document)
    if out:
        document = write_result(out, "comparison", document, lambda: draw(pairs, method))
    if not quiet:
        show(document)
        show_courses(document["courses"], level)
    return document


def _row(pair: Pair, name: str, at: int, method: str) -> dict:
    a, b = (BANDS[method](curves[:, at]) for curves in pair.curves(name))
    gap = pair.difference(name, at, method)
    return {
        "arms": pair.label,
        "measure": name,
        "unit": pair.first.meaning(name).unit,
        "first": a.as_dict(),
        "second": b.as_dict(),
        "difference": gap.as_dict(),
        "differs": bool(gap.low > 0 or gap.high < 0),
    }


def _half_lives(pair: Pair) -> dict:
    """Of the effective number, where both have it: medians over seeds with their intervals."""
    found = {"arms": pair.label}
    if "effective_number" in pair.first.curves and "effective_number" in pair.second.curves:
        for name, curves in zip(("first", "second"), pair.curves("effective_number"), strict=True):
            found[name] = median_band(np.array([half_life(seed) for seed in curves])).as_dict()
    return found


def verdict(rows: list[dict], at: int) -> list[str]:
    """A sentence on what differs, and one on what cannot be told apart."""
    apart = [row for row in rows if row["differs"]]
    said = []
    if apart:
        changes = "; ".join(
            f"{row['measure'].replace('_', ' ')} ({row['arms']}) by "
            f"{row['difference']['centre']:+.3g} "
            f"({row['difference']['low']:+.3g} .. {row['difference']['high']:+.3g})"
            for row in apart
        )
        said.append(f"At generation {at} the second differs from the first: {changes}.")
    same = [f"{r['measure'].replace('_', ' ')} ({r['arms']})" for r in rows if not r["differs"]]
    if same:
        known = "cannot be told apart with these seeds"
        said.append(f"{'; '.join(same)} {known}.")
    return said


def show(document: dict) -> None:
    """The tables, the cautions, the verdict and where the files are."""
    out = printing.console(False)
    for arms in dict.fromkeys(row["arms"] for row in document["rows"]):
        title = f"{arms}, at generation {document['generation']}"
        table = Table(title=escape(title), title_justify="left", box=SIMPLE_HEAD)
        for column in ("", "first", "second", "difference", "interval", ""):
            table.add_column(column, justify="right" if column else "left", overflow="fold")
        for row in document["rows"]:
            if row["arms"] == arms:
                table.add_row(*map(escape, _cells(row)))
        out.print(table)
    for row in document["half_lives"]:
        if "first" in row:
            lives = " and ".join(
                f"{_number(x['centre'])} ({_number(x['low'])} .. {_number(x['high'])})"
                for x in (row["first"], row["second"])
            )
            out.print(f"Half-life of the effective number, {row['arms']}: {lives}", markup=False)
    how = "paired by seed" if document["paired"] else "seeds not paired"
    bands = {row["difference"]["method"] for row in document["rows"]}
    out.print(f"95 % intervals over seeds ({', '.join(sorted(bands))}), {how}.", markup=False)
    for sentence in (*document["cautions"], *document["verdict"]):
        out.print(sentence, markup=False)
    for path in document.get("written", ()):
        out.print(f"Saved: {path}", markup=False)


def _cells(row: dict) -> list[str]:
    gap = row["difference"]
    numbers = [_number(x["centre"]) for x in (row["first"], row["second"], gap)]
    ends = f"{_number(gap['low'])} .. {_number(gap['high'])}"
    name = row["measure"].replace("_", " ")
    return [name, *numbers, ends, "differs" if row["differs"] else ""]


def _number(value) -> str:
    if value is None:
        return "-"
    return printing.number(float(value), 4) if math.isfinite(float(value)) else str(value)


def draw(pairs: list[Pair], method: str):
    """A panel for each of the first three measures: the difference by generation, and zero."""
    from collapse.figures import COLOURS, DASHES, panels

    names = list(dict.fromkeys(name for pair in pairs for name in pair.measures))[:3]
    figure, axes = panels(len(names))
    for axis, name in zip(axes, names, strict=True):
        axis.axhline(0, color="black", linewidth=0.6)
        for index, pair in enumerate(p for p in pairs if name in p.measures):
            t = np.arange(pair.generations + 1)
            bands = [pair.difference(name, at, method) for at in t]
            ends = np.array([[b.centre, b.low, b.high] for b in bands])
            ends[~np.isfinite(ends)] = np.nan
            colour = COLOURS[index % len(COLOURS)]
            axis.fill_between(t, ends[:, 1], ends[:, 2], color=colour, alpha=0.25, linewidth=0)
            dashes = DASHES[index % len(DASHES)]
            axis.plot(t, ends[:, 0], color=colour, linestyle=dashes, label=pair.label)
        axis.set_ylabel(f"{name.replace('_', ' ')}\ndifference")
    axes[0].legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.1)
    seeds = min(pair.seeds for pair in pairs)
    axes[-1].set_xlabel(f"generation (95 % {method} band, {seeds} seeds)")
    return figure
