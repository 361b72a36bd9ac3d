"""``collapse compare``: the document and the figure of two runs or two arms."""

from pathlib import Path
from textwrap import fill

import numpy as np

from collapse.commands.compare.pairs import Pair, arms_in, pairs_of
from collapse.commands.compare.progress import so_far
from collapse.commands.compare.single_run import compare_alone
from collapse.commands.compare.table import show_comparison
from collapse.commands.compare.trends import courses
from collapse.commands.compare.warnings import cautions
from collapse.errors import UserError
from collapse.report.document import document
from collapse.report.numbers import estimate, methods
from collapse.report.overwrite import place_errors, refuse_another, write_result
from collapse.stats.estimate import LEVEL
from collapse.stats.intervals import interval_errors, of_curve
from collapse.stats.trends import median_half_life


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
            raise UserError("--generation needs two runs or arms: it is where they are compared.")
        return compare_alone(one, level, band, out, quiet)
    method = band or "t"
    errors = interval_errors(method) + (place_errors(out) if out else [])
    if errors:
        raise UserError(*errors)
    pairs = pairs_of(one, other)
    last = min(pair.generations for pair in pairs)
    if at is not None and not 0 <= at <= last:
        raise UserError(
            f"--generation must be from 0 to {last}, the last generation of both, not {at}."
        )
    if not any(pair.measures for pair in pairs):
        raise UserError("The two runs have no headline measure in common: nothing to compare.")
    reached = [pair.farthest for pair in pairs if pair.farthest >= 0]  # of runs that have begun
    when = min([last, *reached]) if at is None else at
    asked = {"first": one, "second": other, "generation": when, "interval": method}
    asked |= {"level": level} if level is not None else {}
    if out:
        refuse_another(out, "comparison", "comparison", asked)
    rows = [_row(pair, name, when, method) for pair in pairs for name in pair.measures]
    body = {
        "asked": asked,
        "generation": when,
        "paired": all(pair.paired for pair in pairs),
        "rows": rows,
        "half_lives": [_half_lives(pair) for pair in pairs],
        "courses": [row for arm in arms_in(pairs) for row in courses(*arm, level, band)],
        "cautions": cautions(pairs, when, method),
        "verdict": verdict(rows, when),
    }
    result = document("compare", body)
    if out:
        result = write_result(out, "comparison", result, lambda: draw(pairs, method))
    if not quiet:
        show_comparison(result, level)
    return result


def _row(pair: Pair, name: str, at: int, method: str) -> dict:
    """One measure of a pair. ``differs`` is None if it is not known; ``unknown`` then says why."""
    first, second = (
        of_curve(values, run.meaning(name), method)
        for values, (run, _) in zip(pair.values(name, at), pair.sides, strict=True)
    )
    gap, unknown = pair.difference(name, at, method), pair.unknown(name, at)
    if not unknown and not gap.level >= LEVEL:
        unknown = f"{gap.n} seeds are too few for a 95 % interval of the {gap.method}"
    return {
        "arms": pair.label,
        "measure": name,
        "unit": pair.first.meaning(name).unit,
        "first": first,
        "second": second,
        "difference": gap,
        "paired": pair.paired,
        "correlation": pair.correlation(name, at),
        "differs": None if unknown else gap.excludes_zero,
        "unknown": unknown or None,
    }


def _half_lives(pair: Pair) -> dict:
    """Half-lives of the effective number, if both arms have it, up to generation ``to``."""
    row: dict = {"arms": pair.label}
    name = "effective_number"
    if all(name in run.curves for run, _ in pair.sides):
        curves = [so_far(run, arm, name, pair.generations) for run, arm in pair.sides]
        row["to"] = [curve.shape[1] - 1 for curve in curves]
        row |= dict(zip(("first", "second"), map(median_half_life, curves), strict=True))
    return row


def verdict(rows: list[dict], at: int) -> list[str]:
    """Sentences: what differs, what does not differ significantly, and what is not known and
    why."""
    sentences = []
    if changed := [row for row in rows if row["differs"]]:
        changes = (f"{_named(row)} by {estimate(row['difference'])}" for row in changed)
        sentences.append(
            f"At generation {at} the second differs from the first: {'; '.join(changes)}."
        )
    if same := [_named(row) for row in rows if row["differs"] is False]:
        sentences.append(f"No significant difference with these seeds: {'; '.join(same)}.")
    for why in dict.fromkeys(row["unknown"] for row in rows if row["unknown"]):
        names = "; ".join(_named(row) for row in rows if row["unknown"] == why)
        sentences.append(f"Not known at generation {at}: {names}, as {why}.")
    return sentences


def _named(row: dict) -> str:
    return f"{row['measure'].replace('_', ' ')} ({row['arms']})"


def draw(pairs: list[Pair], method: str):
    """A panel for each of the first three measures: the difference by generation, and zero."""
    from collapse.report.labels import legible
    from collapse.report.style import line_with_band, panels

    names = list(dict.fromkeys(name for pair in pairs for name in pair.measures))[:3]
    figure, axes = panels(len(names))
    for axis, name in zip(axes, names, strict=True):
        axis.axhline(0, color="black", linewidth=0.6)
        for index, pair in enumerate(p for p in pairs if name in p.measures):
            t = np.arange(pair.generations + 1)
            gaps = [pair.difference(name, at, method) for at in t]
            ends = np.array([[gap.value, gap.low, gap.high] for gap in gaps]).T
            line_with_band(axis, t, *ends, index, legible(pair.label, 60))
        axis.set_ylabel(f"{name.replace('_', ' ')}\ndifference")
    axes[0].legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.1)
    used = [
        pair.difference(name, min(pair.generations, pair.farthest), method)
        for pair in pairs
        for name in pair.measures
        if pair.farthest >= 0
    ]
    axes[-1].set_xlabel(fill(f"generation ({methods(used)})", 56))
    return figure
