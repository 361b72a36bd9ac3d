"""Drift of a categorical model: heterozygosity with its exact law, support, entropy."""

import numpy as np

from collapse.laws.categorical import replace_heterozygosity, replace_support
from collapse.report.draw import draw_curve, draw_law, ends, generations_label, log_axis
from collapse.report.law_figure import as_shipped, plainly_replaced
from collapse.report.style import panels

CURVES = (
    ("model_gini", "heterozygosity"),
    ("model_support", "outcomes left"),
    ("model_entropy", "entropy (nats)"),
)


def draw(run, band=None):
    arm = run.arms[0]
    n = run.manifest["arms"][arm]["parts"]["n"]
    t = np.arange(run.generations + 1)
    figure, axes = panels(3, height=1.3)
    made = []
    for axis, (name, label) in zip(axes, CURVES, strict=True):
        made.append((name, draw_curve(axis, run, arm, name, 0, band=band)))
        axis.set_ylabel(label)
    if plainly_replaced(run, arm) and as_shipped(run, arm, "truth", "model", "learner"):
        # Of the truth, and alike in all seeds that are there.
        start, outcomes = (np.nanmax(run.curve(arm, name)[:, 0]) for name, _ in CURVES[:2])
        p = 1 / np.arange(1, int(outcomes) + 1)
        laws = (
            replace_heterozygosity(t, n, float(start)),
            replace_support(p / p.sum(), n, run.generations),
        )
        for axis, (name, _), law in zip(axes, CURVES, laws, strict=False):
            draw_law(axis, t, law, {"label": "exact law", "arm": arm, "measure": name})
    axes[0].legend(loc="lower left")
    log_axis(axes[1])
    axes[2].set_xlabel(generations_label(made, about=f"N = {n}; "))
    ends(axes[2], run.generations)
    return figure
