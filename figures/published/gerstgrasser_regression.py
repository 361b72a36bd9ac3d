"""Test error by generation in units of the first, under three regimes, with the published sums."""

import numpy as np

from collapse import plot
from collapse.report.curve_band import drawn
from collapse.report.draw import draw_level, ends, generations_label, legend, there
from collapse.report.style import panels

CURVES = (("risk", "test error"),)
SUMS = {
    "replace": lambda t: t,
    "replace-multiple": lambda t: np.cumsum(1 / t),
    "accumulate": lambda t: np.cumsum(1 / t**2),
}


def draw(run, band=None):
    figure, (axis,) = panels(1, height=2.2)
    t, made = np.arange(1, run.generations + 1), []
    for index, (arm, law) in enumerate(SUMS.items()):
        if arm not in run.arms:
            continue
        risk = run.curve(arm, "risk")[:, 1:]
        unit = np.nanmean(risk[:, 0])
        found = drawn(risk / unit, run.meaning("risk"), band or "t", there(run, arm)[:, 1:])
        made.append(("risk", found))
        plot.band(axis, t, found.centre, found.low, found.high, run.label(arm), index)
        plot.law(axis, t, law(t.astype(float)), "published sum")
    level = {"label": "pi^2 / 6", "measure": "risk"}
    draw_level(axis, np.pi**2 / 6, level).set_label(r"$\pi^2 / 6$")
    axis.set_ylabel("test error, first fit = 1")
    axis.set_xlabel(generations_label(made))
    legend(figure, 2)
    ends(axis, run.generations, first=1)
    return figure
