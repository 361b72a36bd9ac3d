"""Recall of random answers against the rule on unseen pairs, on the way over generations."""

import numpy as np

from collapse import plot
from collapse.errors import UserError
from collapse.report.draw import legend
from collapse.report.style import panels, tiny

CURVES = (("recall_probability", "recall"), ("rule_probability", "rule"))


def draw(run, band=None):
    if band:
        raise UserError("The figure of cognitive-core shows means: leave out --interval.")
    figure, (axis,) = panels(1, height=2.6)
    for index, arm in enumerate(run.arms):
        recall, rule = (np.nanmean(run.curve(arm, name)[:, 1:], 0) for name, _ in CURVES)
        plot.quality_diversity(axis, rule, recall, run.label(arm), index)
    axis.set(xlabel="recall of random answers", ylabel="rule on unseen pairs")
    axis.set(xlim=(0, 1.02), ylim=(0, 1.02), xticks=np.linspace(0, 1, 6))
    figure.notes.append("Open: first generation; full: last.")
    legend(figure, 2, fontsize=tiny())
    return figure
