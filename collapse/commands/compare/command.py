"""``collapse compare``: the table, the figure and the sentences about two runs or two arms."""

from pathlib import Path
from textwrap import fill

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from collapse.commands.compare.pairs import Pair, arms_in, pairs_of
from collapse.commands.compare.progress import so_far
from collapse.commands.compare.single_run import alone, show as show_courses
from collapse.commands.compare.trends import courses
from collapse.commands.compare.warnings import cautions
from collapse.errors import UserError
from collapse.report import console
from collapse.report.overwrite import place_errors, refuse_another, write_result
from collapse.report.run_summary import life, plain
from collapse.stats.intervals import LEVEL, interval_errors, of_curve


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
            raise UserError("--generation is that at which two are compared; here is one.")
        return alone(one, level, band, out, quiet)
    method = band or "t"
    errors = interval_errors(method) + (place_errors(out) if out else [])
    if errors:
        raise UserError(*errors)
    pairs = pairs_of(one, other)
    last = min(pair.generations for pair in pairs)
    if at is not None and not 0 <= at <= last:
        raise UserError(
            f"--generation must be a generation from 0 to {last}, which both have, not {at}."
        )
    if not any(pair.measures for pair in pairs):
        raise UserError("The two runs have no headline measure in common: nothing to compare.")
    there = [pair.farthest for pair in pairs if pair.farthest >= 0]  # of runs that have begun
    when = min([last, *there]) if at is None else at
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
        "cautions": cautions(pairs, when, method),
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
    """``differs`` is None where nothing is known, and ``unknown`` says why; ``correlation`` is that
    over paired seeds."""
    bands = [
        of_curve(values, run.meaning(name), method)
        for values, (run, _) in zip(pair.values(name, at), pair.sides, strict=True)
    ]
    gap, unknown = pair.difference(name, at, method), pair.unknown(name, at)
    if not unknown and not gap.covers >= LEVEL:
        unknown = f"{gap.seeds} seeds are too few for a 95 % interval of the {gap.method}"
    return {
        "arms": pair.label,
        "measure": name,
        "unit": pair.first.meaning(name).unit,
        "first": bands[0].as_dict(),
        "second": bands[1].as_dict(),
        "difference": gap.as_dict(),
        "paired": pair.paired,
        "correlation": pair.correlation(name, at),
        "differs": None if unknown else gap.tells,
        "unknown": unknown or None,
    }


def _half_lives(pair: Pair) -> dict:
    """Of the effective number, where both have it: medians over seeds with their intervals."""
    found = {"arms": pair.label}
    name = "effective_number"
    if all(name in run.curves for run, _ in pair.sides):
        for side, (run, arm) in zip(("first", "second"), pair.sides, strict=True):
            curves = so_far(run, arm, name, pair.generations)
            found[side] = life(curves).as_dict() | {"to": curves.shape[1] - 1}
    return found


def verdict(rows: list[dict], at: int) -> list[str]:
    """A sentence on what differs, one on what cannot be told apart, and one for each reason why
    nothing is known."""
    apart = [row for row in rows if row["differs"]]
    said = []
    if apart:
        changes = "; ".join(
            f"{_named(row)} by {row['difference']['centre']:+.3g} "
            f"({row['difference']['low']:+.3g} .. {row['difference']['high']:+.3g})"
            for row in apart
        )
        said.append(f"At generation {at} the second differs from the first: {changes}.")
    same = [_named(row) for row in rows if row["differs"] is False]
    if same:
        said.append(f"{'; '.join(same)} cannot be told apart with these seeds.")
    for why in dict.fromkeys(row["unknown"] for row in rows if row["unknown"]):
        names = "; ".join(_named(row) for row in rows if row["unknown"] == why)
        said.append(f"Of {names} nothing can be said at generation {at}: {why}.")
    return said


def _named(row: dict) -> str:
    return f"{row['measure'].replace('_', ' ')} ({row['arms']})"


def show(document: dict) -> None:
    """The tables, the cautions, the verdict and where the files are."""
    out = console.console(False)
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
            both = (row["first"], row["second"])
            lives = " and ".join(console.banded(x, 4, x["to"]) for x in both)
            how = "; ".join(dict.fromkeys(map(console.method, both)))
            what = f"Half-life of the effective number, {row['arms']}: {lives} ({how})"
            out.print(what, markup=False)
    said = dict.fromkeys(
        f"{console.method(row['difference'])}, {'paired' if row['paired'] else 'not paired'}"
        for row in document["rows"]
    )
    out.print(f"Intervals over seeds: {'; '.join(said)}.", markup=False)
    if any(row[k]["cut"] for row in document["rows"] for k in ("first", "second", "difference")):
        out.print(console.CUT)
    for sentence in (*document["cautions"], *document["verdict"]):
        out.print(sentence, markup=False)
    for path in document.get("written", ()):
        out.print(f"Saved: {path}", markup=False)


def _cells(row: dict) -> list[str]:
    gap = row["difference"]
    numbers = [console.number(x["centre"]) for x in (row["first"], row["second"], gap)]
    told = {True: "differs", False: "", None: "not known"}[row["differs"]]
    return [row["measure"].replace("_", " "), *numbers, console.ends(gap, 4), told]


def draw(pairs: list[Pair], method: str):
    """A panel for each of the first three measures: the difference by generation, and zero."""
    from collapse.report.labels import legible
    from collapse.report.style import COLOURS, DASHES, panels

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
            axis.plot(t, ends[:, 0], color=colour, linestyle=dashes, label=legible(pair.label, 60))
        axis.set_ylabel(f"{name.replace('_', ' ')}\ndifference")
    axes[0].legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.1)
    used = [
        pair.difference(name, min(last, pair.farthest), method).as_dict()
        for pair in pairs
        for name in pair.measures
        for last in (pair.generations,)
        if pair.farthest >= 0
    ]
    how = "; ".join(dict.fromkeys(map(console.method, used)))
    axes[-1].set_xlabel(fill(f"generation ({how})", 56))
    return figure
