"""The values of a sweep over its settings: curves over one, a phase diagram over two."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from collapse.errors import UserError, call_user
from collapse.plot import heat_map, law as law_line, threshold as against
from collapse.report.style import house_style, panels
from collapse.report.typeset import escaped

if TYPE_CHECKING:
    from collapse.sweeps.sweep import Sweep

TICKS = 8  # values up to which an axis has a tick at each
FINE = 50  # points that a law is drawn through
WIDE = 30.0  # ratio of the ends of a setting from which on its axis is logarithmic


def draw_sweep(
    swept: "Sweep",
    arm: str | None = None,
    ax: Axes | None = None,
    threshold: float | None = None,
    law: Callable | None = None,
) -> Axes:
    """See ``Sweep.plot``."""
    if len(swept.axes) > 2:
        raise UserError(
            f"A figure shows one or two settings, and this sweep has {len(swept.axes)}: use "
            "to_dataframe, or fix some of them by --set."
        )
    swept.arm(arm)
    if ax is None:
        with house_style():
            _, (ax,) = panels(1, height=2.4)
    if len(swept.axes) == 1:
        arms = [arm] if arm is not None else swept.arms
        return _curves(swept, arms, ax, law and expected(swept.axes[0], law))
    line = law and expected(swept.axes[0], law)
    return _phases(swept, swept.arm(arm), ax, threshold, line)


def expected(axis, law: Callable) -> tuple[np.ndarray, np.ndarray]:
    """Values of a setting and what the law gives for each. Raises ``UserError``."""
    if axis.numbers is None:
        raise UserError(f"A law needs numbers, and {axis.path} takes {', '.join(axis.texts)}.")
    low, high = min(axis.numbers), max(axis.numbers)
    fine = np.geomspace(low, high, FINE) if _logarithmic(axis) else np.linspace(low, high, FINE)
    values = [call_user("The law", law, float(x)) for x in fine]
    try:
        return fine, np.array(values, float).reshape(FINE)
    except (TypeError, ValueError):
        raise UserError(
            f"The law gave {values[0]!r} for {axis.path} = {low:g}: it must return a number."
        ) from None


def _places(axis) -> np.ndarray:
    """Where the values of a setting lie: names one after the other."""
    return np.arange(len(axis.values)) if axis.numbers is None else axis.numbers


def _label(axis, which) -> None:
    """Name one of the two axes of a panel after a setting."""
    which.set_label_text(escaped(axis.path))
    if axis.numbers is None or len(axis.values) <= TICKS:
        which.set_ticks(_places(axis), [escaped(text) for text in axis.texts], minor=False)
        which.set_ticks([], minor=True)


def _logarithmic(axis) -> bool:
    numbers = axis.numbers
    if numbers is None or min(numbers) <= 0:
        return False
    return axis.log or max(numbers) / min(numbers) >= WIDE


def _curves(
    swept: "Sweep", arms: list[str], ax: Axes, line: tuple[np.ndarray, np.ndarray] | None
) -> Axes:
    (axis,) = swept.axes
    for index, arm in enumerate(arms):
        known = [not np.isnan(point[arm].value) for point in swept.estimates]
        made = [point[arm] for point in swept.estimates if not np.isnan(point[arm].value)]
        log = "x" if _logarithmic(axis) else ""
        against(ax, _places(axis)[known], made, arm or "all arms", index, log=log)
    if line is not None:
        law_line(ax, *line)
    ax.margins(x=0.05)
    _label(axis, ax.xaxis)
    ax.set_ylabel(escaped(swept.value))
    never = any(np.isinf(point[arm].value) for arm in arms for point in swept.estimates)
    if len(arms) > 1 or never or line is not None:
        handles, labels = ax.get_legend_handles_labels()
        each = dict(zip(labels, handles, strict=True))  # "never" once
        ax.legend(each.values(), each)
    return ax


def _phases(
    swept: "Sweep",
    arm: str,
    ax: Axes,
    threshold: float | None,
    line: tuple[np.ndarray, np.ndarray] | None,
) -> Axes:
    across, up = swept.axes
    x, y = _places(across), _places(up)
    heat_map(ax, x, y, swept.values(arm).T, swept.value, threshold, line)
    for axis, which, scale in ((across, ax.xaxis, ax.set_xscale), (up, ax.yaxis, ax.set_yscale)):
        if _logarithmic(axis):
            scale("log")
        _label(axis, which)
    ax.set_title(escaped(arm))
    return ax
