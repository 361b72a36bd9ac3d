"""Accuracy against the share of wrong labels, for three verifiers, and over their breakdown."""

import numpy as np

from collapse import plot
from collapse.laws import verifiers
from collapse.report.draw import legend, sentence
from collapse.report.draw_means import draw_means, draw_setting
from collapse.report.style import COLUMN, panels

CURVES = ()
EVIDENCE = ("classifiers",)


def draw(run, band=None):
    figure, (plain, scaled) = panels(1, 2.2, 2 * COLUMN, columns=2)
    found, made = run.evidence["classifiers"], []
    for index, (phi, psi) in enumerate(found["rates"]):
        p = float(verifiers.breakdown(phi, psi))
        wrong = np.concatenate([p + found["gaps"], p * found["ratios"]])
        accuracy = np.concatenate([found["near"][:, index], found["ratio"][:, index]], axis=1)
        order = np.argsort(wrong)
        label = f"keeps {100 * phi:g} % of right, {100 * psi:g} % of wrong"
        for axis, x in ((plain, wrong), (scaled, wrong / p)):
            means = draw_means(axis, x[order], accuracy[:, order], label, index, band)
            made.append(("accuracy", means))
            finer = np.linspace(x.min(), x.max(), 100)
            law = expected(found, finer if axis is plain else finer * p, phi, psi)
            plot.law(axis, finer, law, "least squares, to first order")
        draw_setting(plain, p, "p*")
    draw_setting(scaled, 1, "p*")
    plain.set(xlabel="share p of wrong labels", ylabel="accuracy")
    scaled.set(xlabel="p / p*, with p* = φ / (φ + ψ)", ylabel="accuracy")
    figure.notes += ["Dotted: p*, where learning breaks down. Lines only join the marks."]
    figure.notes += [sentence(made)]
    legend(figure, 2)
    return figure


def expected(found: dict, wrong: np.ndarray, phi: float, psi: float) -> np.ndarray:
    """(points,) accuracy of least squares on the labels of the kept items, to first order in 1 / n.

    derived: with |mu| = s, and m the share of right labels less that of wrong ones, the coefficient
    along mu is m s / (1 + s^2), and the errors of the others have the variance of what is left, 1 -
    m^2 s^2 / (1 + s^2), over n - d.
    """
    n = found["items"] * verifiers.kept_share(wrong, phi, psi)
    m = 2 * (1 - wrong) * phi * found["items"] / n - 1
    d, size = found["dimension"], found["distance"]
    signal = m * size / (1 + size**2)
    noise = np.sqrt((1 - m**2 * size**2 / (1 + size**2)) / (n - d))
    return verifiers.accuracy_given(signal / noise, int(d), float(size))
