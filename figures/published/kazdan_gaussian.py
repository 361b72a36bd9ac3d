"""Variance under three regimes, a panel for each size, with the exact means of each."""

import numpy as np

from collapse import plot
from collapse.laws import gaussian, gaussian_pools
from collapse.report.draw import draw_curve, ends, generations_label, legend
from collapse.report.style import panels

CURVE = "variance_1"  # of the first coordinate
CURVES = ((CURVE, "variance"),)
LAWS = {
    "replace": lambda t, n: gaussian.replace_variance(t, n, 0),
    "accumulate": gaussian.accumulate_variance,
    "subsample": gaussian_pools.subsample_variance,
}


def draw(run, band=None):
    """The panels of one dimension, a size each; arms are called regime-n."""
    sizes = sorted({int(arm.rsplit("-", 1)[1]) for arm in run.arms})
    figure, axes = panels(len(sizes), height=1.4)
    t, made = np.arange(run.generations + 1), []
    for axis, n in zip(axes, sizes, strict=True):
        for index, (regime, law) in enumerate(LAWS.items()):
            if (arm := f"{regime}-{n}") in run.arms:
                drawn = draw_curve(axis, run, arm, CURVE, index, regime, band or "t")
                made.append((CURVE, drawn))
                plot.law(axis, t, law(t, n))
        axis.set_ylabel(f"variance, n = {n}")
        ends(axis, run.generations)
    axes[-1].set_xlabel(generations_label(made, about="d = 1; "))
    legend(figure, 3)
    return figure
