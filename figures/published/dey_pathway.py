"""Squared error in units of that of the real data: accumulated in five families, and discarded."""

import numpy as np

from collapse import plot
from collapse.report.draw import draw_level, ends, generations_label, legend, log_axis
from collapse.report.draw_means import draw_means
from collapse.report.style import panels

CURVES = (
    ("mean_shift", "mean"),
    ("variance", "variance"),
    ("rate", "rate"),
    ("squared_error", "squared error"),
    ("risk", "risk"),
)
FAMILIES = {  # arm, curve, its squared error, that of one fit times n
    "normal, mean": ("gaussian", "mean_shift", lambda x, _: x**2, lambda _: 1.0),
    "normal, variance": ("gaussian", "variance", lambda x, _: (x - 1) ** 2, lambda _: 2.0),
    "Poisson rate": (
        "poisson",
        "rate",
        lambda x, truth: (x - float(truth["rate"])) ** 2,
        lambda truth: float(truth["rate"]),
    ),
    "categorical": (
        "categorical",
        "squared_error",
        lambda x, _: x,
        lambda truth: 1 - np.square(truth["p"]).sum(),
    ),
    "regression": ("regression", "risk", lambda x, _: x, lambda truth: len(truth["w"])),
    "regression, discarded": (
        "regression-replaced",
        "risk",
        lambda x, _: x,
        lambda truth: len(truth["w"]),
    ),
}


def draw(run, band=None):
    figure, (axis,) = panels(1, height=2.7)
    t, made = np.arange(1, run.generations + 1), []
    band = None if band == "median" else band  # the law is of means
    shown = {label: how for label, how in FAMILIES.items() if how[0] in run.arms}
    for index, (label, (arm, curve, squared, unit)) in enumerate(shown.items()):
        parts = run.manifest["arms"][arm]["parts"]
        error = squared(run.curve(arm, curve)[:, 1:], parts["truth"])
        error = error * parts["n"] / unit(parts["truth"])
        made.append(("error", draw_means(axis, t, error, label, index, band)))
    plot.law(axis, t, np.cumsum(1 / t**2), "sum of 1/i²")
    plot.law(axis, t, t, "generation", linestyle="-.")
    draw_level(axis, np.pi**2 / 6, {"label": "π²/6"}).set_label("π²/6")
    log_axis(axis)
    axis.set_ylabel("squared error\n(of the real data alone: 1)")
    axis.set_xlabel(generations_label(made))
    legend(figure, 2)
    ends(axis, run.generations, first=1)
    return figure
