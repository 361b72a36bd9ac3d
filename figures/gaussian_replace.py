"""The Gaussian chain: quantiles over seeds, and the exact law over them."""

import numpy as np

from collapse.errors import Mistake
from collapse.figures import COLOURS, panels, plainly_replaced
from collapse.laws.gaussian import replace_log_variance, replace_w2_squared


def draw(run, band=None):
    if band:
        raise Mistake(
            "The figure of gaussian-replace shows the quantiles of all seeds beside the exact law, "
            "and no interval: leave out --band."
        )
    arm = run.arms[0]
    parts = run.manifest["arms"][arm]["parts"]
    n, ddof = parts["n"], parts["model"]["ddof"]
    t = np.arange(run.generations + 1)
    figure, axes = panels(2, height=1.7)

    curves = run.curve(arm, "log_variance")
    mean, spread = replace_log_variance(t, n, ddof)
    _quantiles(axes[0], t, curves)
    lawful = plainly_replaced(run, arm)
    if lawful:
        axes[0].plot(t, mean, color=COLOURS[1], label="exact mean")
        for sign in (-1, 1):
            label = "exact mean $\\pm$ 1.96 sd" if sign > 0 else None
            edge = mean + sign * 1.96 * np.sqrt(spread)
            axes[0].plot(t, edge, color=COLOURS[1], linestyle=":", linewidth=0.9, label=label)
    axes[0].plot(t, curves.mean(0), color=COLOURS[0], linestyle="--", label="mean over seeds")
    axes[0].set_ylabel("ln variance")
    axes[0].legend(loc="lower left")

    squares = run.curve(arm, "w2") ** 2
    _quantiles(axes[1], t, squares)
    axes[1].plot(t, squares.mean(0), color=COLOURS[0], linestyle="--")
    if lawful and ddof == 1:
        axes[1].plot(t, replace_w2_squared(t, n), color=COLOURS[1])
    axes[1].set_ylabel("$W_2^2$ to the truth")
    seeds = run.manifest["seeds"]
    axes[1].set_xlabel(f"generation (n = {n}; bands: 50 and 95 % of {seeds} seeds)")
    axes[1].set_xlim(0, run.generations)
    return figure


def _quantiles(axis, t, curves):
    for low, high, shade in ((0.025, 0.975, 0.15), (0.25, 0.75, 0.3)):
        edges = np.quantile(curves, [low, high], axis=0)
        axis.fill_between(t, *edges, color=COLOURS[0], alpha=shade, linewidth=0)
