"""Shares of chains that are alive, with the recursion of the paper: exact, or a lower bound."""

import numpy as np

from collapse import plot
from collapse.laws import survival
from collapse.report.draw import draw_curve, ends, generations_label, legend
from collapse.report.style import panels

CURVES = (("survival", "alive"),)
KINDS = {"poisson": ("rate", "Poisson rate"), "coin": ("p", "Bernoulli p =")}


def draw(run, band=None):
    figure, axes = panels(2, height=1.7)
    t, made = np.arange(1, run.generations + 1), []
    for axis, (kind, (field, words)) in zip(axes, KINDS.items(), strict=True):
        for index, arm in enumerate(a for a in run.arms if a.startswith(kind)):
            parts = run.manifest["arms"][arm]["parts"]
            value, n = float(parts["truth"][field]), parts["n"]
            label = f"{words} {value:g}, n = {n}"
            made.append(("survival", draw_curve(axis, run, arm, "survival", index, label, band)))
            alive = survival.poisson_survival(t, n, value)
            plot.law(axis, t, alive, "1 - exp(-n p g)")
        axis.set_ylabel("share of chains alive")
        axis.set_ylim(0, 1.03)
        ends(axis, run.generations)
    axes[-1].set_xlabel(generations_label(made))
    legend(figure, 2)
    return figure
