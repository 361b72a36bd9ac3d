"""Means over seeds against a setting: for figures of what the functions of a scenario gave."""

import numpy as np

from collapse.curve import Curve
from collapse.report.curve_band import Drawn, drawn
from collapse.report.recorded_figure import record
from collapse.report.style import GREY, line_with_band
from collapse.report.typeset import escaped

PLAIN = Curve("")  # of any range, and not heavy-tailed


def draw_means(
    axis,
    x,
    values: np.ndarray,
    label: str,
    index: int = 0,
    band: str | None = None,
    curve: Curve = PLAIN,
) -> Drawn:
    """Draw means over seeds with their bands, a mark at each number of ``x``.

    Args:
        axis: where to draw.
        x: (points,) the numbers below the axis.
        values: (seeds, points).
        label: text in the legend.
        index: chooses colour and dashes.
        band: one of ``INTERVALS``; None: what suits ``curve``.
        curve: what the values mean: their range, and whether a few seeds may be far off.

    Returns what was drawn, for ``sentence``.
    """
    x, made = np.asarray(x, float), drawn(np.asarray(values, float), curve, band)
    ends = (made.centre, made.low, made.high)
    shade, line = line_with_band(axis, x, *ends, index, escaped(label))
    line.set(marker="o", markersize=2.4)
    columns = {"x": x, "centre": made.centre, "low": made.low, "high": made.high}
    columns |= {"seeds": made.seeds, "defined": made.defined, "covers": made.covers}
    about = {"label": label, "unit": curve.unit, "band": made.method}
    record(axis, "curve", [shade, line], about, columns)
    return made


def draw_setting(axis, x: float, label: str) -> None:
    """Draw a dotted line up the panel at one number of the axis below it. ``label`` is for the CSV:
    the notes of the figure say what the line is."""
    line = axis.axvline(x, color=GREY, linewidth=0.8, linestyle=":")
    record(axis, "setting", [line], {"label": label}, {"x": x})
