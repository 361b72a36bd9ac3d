"""Proxy and gold reward against sqrt(KL): under best of n, RL, and RL with a KL penalty."""

from collapse import plot
from collapse.errors import UserError
from collapse.report.draw import legend
from collapse.report.style import panels

CURVES = (("reward_mean", "proxy reward"), ("gold_reward", "gold reward"))


def draw(run, band=None):
    if band:
        raise UserError(
            "The figure of gao-overoptimisation shows exact arms: leave out --interval."
        )
    figure, axes = panels(2, height=1.7)
    for axis, (curve, words) in zip(axes, CURVES, strict=True):
        for index, arm in enumerate(run.arms):
            kl, reward = (run.curve(arm, c)[0, 1:] for c in ("kl_model_truth", curve))
            plot.kl_reward(axis, kl.clip(0), reward, run.label(arm), index)
        axis.set_ylabel(words)
    axes[0].set_xlabel("")
    legend(figure, 3)
    return figure
