"""Excess risk against the weight of real labels: of interpolation, and with a ridge penalty."""

import numpy as np

from collapse import plot
from collapse.report.draw import legend, sentence
from collapse.report.draw_means import draw_means, draw_setting
from collapse.report.style import panels

CURVES = ()
EVIDENCE = ("interpolated", "ridge")
GOLDEN = (5**0.5 - 1) / 2


def draw(run, band=None):
    figure, (free, ridge) = panels(2, height=1.7, over="weight of real labels")
    made = []

    def means(axis, risk, weights, label, index):
        """The risk in units of the mean with real labels alone, which have the last weight."""
        found = draw_means(axis, weights, risk / risk[:, -1].mean(), label, index, band)
        made.append(("risk", found))

    plain, penalised = (run.evidence[name] for name in EVIDENCE)
    means(free, plain["risk"], plain["weights"], "no penalty", 0)
    w = np.linspace(plain["weights"].min(), 1, 200)
    law = (w**2 + (1 - w) ** 2) / (1 - (1 - w) ** 2)
    plot.law(free, w, law, "law for many coefficients")
    for index, penalty in enumerate(penalised["penalties"]):
        risk = penalised["risk"][:, index]
        means(ridge, risk, penalised["weights"], f"ridge penalty {penalty:g}", index + 1)
    for axis, best, text in ((free, GOLDEN, "1/φ"), (ridge, 0.5, "1/2")):
        draw_setting(axis, best, text)
        axis.set_ylabel("excess risk\n(real labels alone: 1)")
    figure.notes.append(f"Dotted: the best weight, 1/φ, and its lower bound, 1/2. {sentence(made)}")
    legend(figure, 2)
    return figure
