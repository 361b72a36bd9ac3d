"""Public knowledge by the share read through a machine: its distance from the truth, its tails."""

import numpy as np

from collapse import plot
from collapse.report.draw import legend, sentence
from collapse.report.draw_means import draw_means
from collapse.report.style import panels

CURVES = ()
EVIDENCE = ("public",)
PRINTED = {0.0: 0.09, 1.0: 0.40}  # after nine generations: without a discount, at half the price


def draw(run, band=None):
    figure, (apart, tail) = panels(2, height=1.5, over="share of samples read through a machine")
    found, made = run.evidence["public"], []
    for axis, name, words in (
        (apart, "hellinger", "Hellinger distance\nfrom the truth"),
        (tail, "tail", "mass beyond two\nstandard deviations"),
    ):
        means = draw_means(axis, found["read"], found[name], "public knowledge", 0, band)
        made.append((name, means))
        axis.set_ylabel(words)
        axis.set_ylim(0)
        axis.margins(x=0.03)
        axis.set_xticks(np.linspace(0, 1, 5))
    plot.published(apart, list(PRINTED), list(PRINTED.values()), "published", 1)
    plot.noise_floor(tail, float(found["truth"]), "truth")
    figure.notes.append(f"Published: after nine generations. {sentence(made)}")
    legend(figure, 3)
    return figure
