"""Lines over generations, or over any number: bands, laws, published points, noise floors."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from collapse.report.draw import draw_law, draw_level, draw_panel, draw_published
from collapse.report.recorded_figure import record
from collapse.report.style import COLOURS, DARK, line_with_band
from collapse.report.typeset import escaped

if TYPE_CHECKING:
    from collapse.runs.run import Run


def curves(
    ax: Axes,
    run: "Run",
    name: str,
    arms: Sequence[str] | None = None,
    interval: str | None = None,
    law: Callable | None = None,
) -> Axes:
    """A curve of the arms of a run over generations: means over seeds with bands, in one panel.

    Args:
        ax: where to draw.
        run: what ``simulate`` or ``load`` gave.
        name: the curve, such as "entropy".
        arms: names of arms; default: all.
        interval: "t", "median" or "bootstrap"; default: what suits the curve.
        law: expected values as a function of the generations (T + 1,), drawn dashed over them.

    Raises ``UserError`` for unknown arms and curves.
    """
    kept = {
        arm: run.arms.index(arm) for arm in arms or run.arms if run.curve(arm, name) is not None
    }
    draw_panel(ax, run, name, kept, interval)
    if law is not None:
        t = np.arange(run.generations + 1)
        draw_law(ax, t, law(t), {"label": "law", "measure": name})
    ax.set_xlabel("generation")
    return ax


def band(
    ax: Axes,
    x: ArrayLike,
    value: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    label: str,
    index: int = 0,
    n: int | None = None,
) -> Axes:
    """A line through ``value`` (points,) at ``x`` and a band from ``low`` to ``high``.

    ``index`` chooses colour and dashes: lines of different numbers are told apart in colour and in
    grey. ``n`` is the number of seeds, which the label states.
    """
    text = label if n is None else f"{label}, n = {n}"
    artists = line_with_band(ax, x, value, low, high, index, escaped(text))
    columns = {"x": x, "centre": value, "low": low, "high": high}
    record(ax, "curve", artists, {"label": text} | ({} if n is None else {"seeds": n}), columns)
    return ax


def law(ax: Axes, x: ArrayLike, values: ArrayLike, label: str = "law", **look) -> Axes:
    """Expected ``values`` (points,) at ``x``, as a dashed line, dark so that it is no arm's.
    ``look``: settings of ``Axes.plot``."""
    look = {"color": DARK, "linewidth": 0.8} | look
    draw_law(ax, np.asarray(x), values, {"label": label}, "x", **look)
    return ax


def published(
    ax: Axes, x: ArrayLike, values: ArrayLike, label: str = "published", index: int = 0
) -> Axes:
    """Published ``values`` (points,) at ``x``, as open marks in the colour of that number."""
    colour = COLOURS[index % len(COLOURS)]
    draw_published(ax, np.asarray(x), np.asarray(values), {"label": label}, colour, "x", label)
    return ax


def noise_floor(ax: Axes, value: float, label: str = "noise floor") -> Axes:
    """A dotted line across the panel: what a measure gives for two samples of the truth."""
    draw_level(ax, value, {"label": label}).set_label(escaped(label))
    return ax
