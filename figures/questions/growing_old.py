"""Entropy of behaviour, and the share of what was never met before, by age."""

from collapse.report.draw import arms_with, draw_curve, ends, generations_label, legend
from collapse.report.style import panels

CURVES = (("model_entropy", "entropy (nats)"), ("gold_reward", "share of the new"))


def draw(run, band=None):
    figure, axes = panels(len(CURVES), height=1.8)
    made = []
    for axis, (name, label) in zip(axes, CURVES, strict=True):
        for arm, index in arms_with(run, name).items():
            made.append((name, draw_curve(axis, run, arm, name, index, band=band)))
        axis.set_ylabel(label)
        axis.set_ylim(0, None)
    axes[1].set_ylim(0, 1)
    ends(axes[1], run.generations)
    axes[1].set_xlim(1, run.generations)  # generation 0 is the new alone
    axes[1].set_xlabel(generations_label(made).replace("generation", "age", 1))
    legend(figure, 2)
    return figure
