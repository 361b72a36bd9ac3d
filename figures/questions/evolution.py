"""How far on the ladder, quality beside a near and a far hill, and islands: quality against
difference."""

import numpy as np

from collapse import plot
from collapse.report.draw import draw_curve, ends, sentence
from collapse.report.style import COLUMN, panels, tiny

CURVES = (("mean_0", "distance"), ("gold_reward", "quality"), ("between", "difference"))
LADDER = {
    "selection": "selection alone",
    "self-play": "self-play, exploring",
    "fixed-bar": "fixed bar, exploring",
    "whole-models": "between four models",
}
HILLS = {"climbing": "selection", "novelty-first": "novelty first"}
ISLANDS = (
    "one-lineage",
    "islands-0",
    "islands-0.02",
    "islands-0.1",
    "peers",
    "selected",
    "selected-novel",
)


def draw(run, band=None):
    figure, axes = panels(1, 2.4, 2 * COLUMN, columns=3)
    made = []
    for axis, curve, arms in ((axes[0], "mean_0", LADDER), (axes[1], "gold_reward", HILLS)):
        for index, (arm, label) in enumerate(arms.items()):
            made.append((curve, draw_curve(axis, run, arm, curve, index, label, band)))
        ends(axis, run.generations)
        axis.legend(fontsize=tiny())
    t = np.arange(1, run.generations + 1)
    left = np.sqrt(1 - 1 / np.pi)
    plot.law(axes[0], t, (1 - left ** (t - 1)) / (1 - left) / np.sqrt(np.pi))
    axes[0].set_ylabel("distance on the ladder")
    axes[1].set_ylabel("quality, two hills")
    for axis in axes[:2]:
        axis.set_xlabel("generation")
    figure.notes.append(sentence(made))
    figure.notes.append("Right: from generation 1 (open mark) to the last (full mark).")
    for index, arm in enumerate(ISLANDS):
        quality, between = (
            run.curve(arm, name)[:, 1:].mean(0) for name in ("gold_reward", "between")
        )
        plot.quality_diversity(axes[2], quality, between, run.label(arm), index)
    axes[2].set(xlabel="squared distance between islands", ylabel="quality, four hills")
    axes[2].set(xlim=(-1, None), ylim=(0, 4.2))
    axes[2].legend(fontsize=tiny(), loc="upper right")
    return figure
