"""Coefficients of two models, their covariance, and the losses on both tasks, by generation."""

import numpy as np

from collapse import plot
from collapse.curve import Curve
from collapse.report.curve_band import drawn
from collapse.report.draw import draw_curve, draw_level, ends, legend, sentence, there
from collapse.report.style import COLUMN, panels
from collapse.scenario.load import find, load_file

BOTH = ("mean_0", "mean_1")
RISKS = {"own_risk": "loss, own task", "other_risk": "loss, other's task"}
CURVES = tuple((name, name) for name in (*BOTH, *RISKS))
LAW = "recursion of the paper"
SLOPES = (1.0, 3.0)  # of both tasks


def draw(run, band=None):
    figure, axes = panels(2, height=1.8, width=2 * COLUMN, columns=2)
    t, made = np.arange(1, run.generations + 1), []
    path = load_file(find("vu-population"), "scenario").path  # the recursion, given the real rows
    for index, arm in enumerate(run.arms):
        alpha = float(arm.removeprefix("alpha-"))
        label = f"synthetic weight {alpha:g}"
        mean, covariance = (x[1 : run.generations + 1] for x in path(alpha)[:2])
        for k, name in enumerate(BOTH):
            made.append(("coefficient", draw_curve(axes[0], run, arm, name, index, label, band)))
            plot.law(
                axes[0], t[: len(mean)], mean[:, k], "recursion of the paper", linestyle=(0, (2, 3))
            )
        apart = [run.curve(arm, name)[:, 1:] - mean[:, k] for k, name in enumerate(BOTH)]
        means = "t" if band in (None, "median") else band  # a covariance is a mean
        found = drawn(np.prod(apart, axis=0), Curve(""), means, there(run, arm)[:, 1:])
        made.append(("covariance", found))
        plot.band(axes[1], t, found.centre, found.low, found.high, label, index)
        plot.law(
            axes[1],
            t[: len(mean)],
            covariance[:, 0, 1],
            "recursion of the paper",
            linestyle=(0, (2, 3)),
        )
        for axis, name in zip(axes[2:], RISKS, strict=True):
            made.append(("loss", draw_curve(axis, run, arm, name, index, label, band)))
    for slope in SLOPES:
        draw_level(axes[0], slope, {"label": "coefficients of the two tasks"})
    axes[0].lines[-1].set_label("coefficients of the two tasks")
    words = ("coefficients", "covariance of both", *RISKS.values())
    for axis, text in zip(axes, words, strict=True):
        axis.set(ylabel=text, xlabel="generation" if axis in axes[2:] else "")
        ends(axis, run.generations, first=1)
    axes[2].sharey(axes[3])
    axes[3].set_ylim(0, 2.3)
    legend(figure, 3)
    figure.notes.append(sentence(made))
    return figure
