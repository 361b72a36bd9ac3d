"""Chance that the deviation is still above a tenth: exact, and the bounds of the paper."""

import numpy as np

from collapse import plot
from collapse.curve import Curve
from collapse.laws import gaussian_tails
from collapse.report.curve_band import drawn
from collapse.report.draw import ends, generations_label, legend, log_axis, there
from collapse.report.style import DASHES, panels

CURVES = (("log_variance", "log-variance"),)
LEVEL, BOUNDED = 0.1, 10  # level and rows of fig. 5
BOUNDS = {
    "bound": gaussian_tails.deviation_above_bound,
    "sharper bound": gaussian_tails.deviation_above_sharp_bound,
}


def draw(run, band=None):
    figure, (axis,) = panels(1, height=2.4)
    t, made = np.arange(1, run.generations + 1), []
    for index, n in enumerate(int(arm.removeprefix("n-")) for arm in run.arms):
        above = run.curve(f"n-{n}", "log_variance")[:, 1:] > 2 * np.log(LEVEL)
        here = there(run, f"n-{n}")[:, 1:]
        found = drawn(above * 1.0, Curve("probability", 0, 1), band or "t", here)
        made.append(("chance", found))
        plot.band(axis, t, found.centre, found.low, found.high, f"n = {n}", index)
    for n in (int(arm.removeprefix("n-")) for arm in run.arms):
        plot.law(axis, t, 1 - gaussian_tails.replace_below(LEVEL**2, t, n, 1), "exact")
        for place, (words, bound) in enumerate(BOUNDS.items()):
            if n == BOUNDED:
                look = {"linestyle": DASHES[place + 2], "color": "0.45", "linewidth": 1.0}
                plot.law(axis, t, bound(LEVEL, t, n), f"{words}, n = {n}", **look)
    axis.set_ylabel(f"chance that the standard\ndeviation is above {LEVEL}")
    log_axis(axis)
    axis.set_ylim(2e-3, 1.5)
    axis.set_xlabel(generations_label(made))
    legend(figure, 2)
    ends(axis, run.generations)
    return figure
