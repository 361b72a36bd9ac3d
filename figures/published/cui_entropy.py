"""Reward against entropy on the way, with R = -a exp(H) + b fitted to the first third."""

from collapse import plot
from collapse.errors import UserError
from collapse.report.draw import legend
from collapse.report.style import panels

CURVES = (("model_entropy", "entropy"), ("reward_mean", "reward"))
KINDS = ("policy-gradient", "grpo")


def draw(run, band=None):
    if band:
        raise UserError("The figure of cui-entropy shows exact arms: leave out --interval.")
    figure, (axis,) = panels(1, height=2.2)
    for index, arm in enumerate(arm for arm in KINDS if arm in run.arms):
        entropy, reward = (run.curve(arm, name)[0, 1:] for name, _ in CURVES)
        plot.entropy_reward(axis, entropy, reward, run.label(arm), index, share=1 / 3)
    axis.margins(x=0.02)
    legend(figure, 2)
    return figure
