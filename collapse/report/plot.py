"""Curves of a run drawn into a user's Axes, or into a new figure in the house style."""

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from collapse.errors import UserError
from collapse.report.draw import draw_panel, no_curves
from collapse.report.style import COLUMN, STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from collapse.runs.run import Run

HEIGHT = 2.2  # inches of a panel


def plot(run: "Run", names: list[str], arms: list[str], ax: "Axes | None" = None):
    """One panel for each curve, with the arms in it; the Axes, a list where there are several."""
    if not names:
        raise no_curves(run)
    if ax is not None and len(names) != 1:
        raise UserError(f"ax takes one curve, not {len(names)}: leave ax out, or plot one by one.")
    if ax is None:
        with plt.rc_context(STYLE):
            size = (1.5 * COLUMN, HEIGHT * len(names))
            _, axes = plt.subplots(len(names), figsize=size, layout="constrained", squeeze=False)
            axes = list(axes[:, 0])
    else:
        axes = [ax]
    for axis, name in zip(axes, names, strict=True):
        draw_panel(axis, run, name, {arm: run.arms.index(arm) for arm in arms})
    axes[-1].set_xlabel("generation")
    if len(arms) > 1:
        axes[0].legend()
    return axes[0] if len(axes) == 1 else axes
