"""Variance of the mean by generation, for three weights of as many synthetic items."""

import numpy as np

from collapse import plot
from collapse.report.curve_band import drawn
from collapse.report.draw import ends, generations_label, legend, there
from collapse.report.style import panels

CURVES = (("rate", "variance of the mean"),)
ARMS = {"golden-1": 0.618034, "equal-1": 0.5, "mostly-real-1": 0.8}  # weights of the real items


def draw(run, band=None):
    figure, (axis,) = panels(1, height=2.2)
    t, made = np.arange(1, run.generations + 1), []
    band = "t" if band in (None, "median") else band  # a variance is a mean
    for index, (arm, weight) in enumerate((k, w) for k, w in ARMS.items() if k in run.arms):
        parts = run.manifest["arms"][arm]["parts"]
        rate, real = float(parts["truth"]["rate"]), parts["n"] / 2
        error = (run.curve(arm, "rate")[:, 1:] - rate) ** 2 * real / rate
        found = drawn(error, run.meaning("rate"), band, there(run, arm)[:, 1:])
        made.append(("rate", found))
        label = f"weight of real items {weight:.3g}"
        plot.band(axis, t, found.centre, found.low, found.high, label, index)
        limit = (weight**2 + (1 - weight) ** 2) / (1 - (1 - weight) ** 2)
        plot.law(axis, t, np.full(len(t), limit), "limit (He et al. 2025)")
    axis.set_ylabel("variance of the mean\n(of real items alone: 1)")
    axis.set_xlabel(generations_label(made))
    legend(figure, 1)
    ends(axis, run.generations, first=1)
    return figure
