"""Drift of a categorical model: heterozygosity with its exact law, support, entropy."""

import numpy as np

from collapse.figures import COLOURS, draw_curve, generations_label, panels, plainly_replaced
from collapse.laws.categorical import replace_heterozygosity, replace_support

LAW = {"color": COLOURS[1], "linestyle": "--"}


def draw(run, band=None):
    arm = run.arms[0]
    n = run.manifest["arms"][arm]["parts"]["n"]
    t = np.arange(run.generations + 1)
    figure, axes = panels(3, height=1.3)
    labels = ("heterozygosity", "outcomes left", "entropy (nats)")
    made = []
    for axis, name, label in zip(
        axes, ("model_gini", "model_support", "model_entropy"), labels, strict=True
    ):
        made.append((name, draw_curve(axis, run, arm, name, 0, "simulated", band)))
        axis.set_ylabel(label)
    start = float(run.curve(arm, "model_gini")[0, 0])
    if plainly_replaced(run, arm):
        law = replace_heterozygosity(t, n, start)
        axes[0].plot(t, law, label="exact law", **LAW)
        p = 1 / np.arange(1, int(run.curve(arm, "model_support")[0, 0]) + 1)
        axes[1].plot(t, replace_support(p / p.sum(), n, run.generations), **LAW)
    axes[0].legend(loc="lower left")
    axes[1].set_yscale("log")
    axes[2].set_xlabel(generations_label(made, about=f"N = {n}; "))
    axes[2].set_xlim(0, run.generations)
    return figure
