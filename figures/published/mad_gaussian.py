"""Distance from the truth under three loops, from two beginnings, and what fresh data are worth."""

import numpy as np

from collapse import plot
from collapse.report.curve_band import drawn
from collapse.report.draw import draw_curve, ends, legend, log_axis, sentence
from collapse.report.draw_means import draw_means
from collapse.report.style import COLOURS, COLUMN, panels

CURVES = (("w2", "distance"),)
EVIDENCE = ("starts", "worth")
LOOPS = {"full": "synthetic alone", "augmented": "same real rows", "fresh": "new real rows"}
BIASES = {"1": "", "0.8": ", λ = 0.8"}


def draw(run, band=None):
    figure, (loops, starts, worth) = panels(1, 2.6, 2 * COLUMN, columns=3)
    made = []
    for shift, (bias, words) in enumerate(BIASES.items()):
        for index, (loop, label) in enumerate(LOOPS.items()):
            if (arm := f"{loop}-{bias}") in run.arms:
                look = (index + shift * len(COLOURS), label + words, band)
                made.append(("distance", draw_curve(loops, run, arm, "w2", *look)))
    if "real-only" in run.arms:
        alone = np.median(run.curve("real-only", "w2")[:, 1])
        plot.noise_floor(loops, float(alone), "100 real rows alone")
    begun = run.evidence["starts"]
    t = np.arange(1, begun["w2"].shape[-1] + 1)
    for index, first in enumerate(begun["first"]):
        found = drawn(begun["w2"][:, index], run.meaning("w2"), band)
        made.append(("distance", found))
        label = f"first fit to {first:,} rows"
        plot.band(starts, t, found.centre, found.low, found.high, label, index + 3)
    for axis in (loops, starts):
        ends(axis, run.generations)
        log_axis(axis)
        axis.set(xlabel="generation", ylabel="distance W2 from the truth", xlim=(1, None))
    found = run.evidence["worth"]
    for index, (bias, real) in enumerate(zip(found["bias"], found["real"], strict=True)):
        draw_means(worth, real, found["threshold"][:, index], f"λ = {bias:g}", index + 5, band)
    log_axis(worth, "x")
    log_axis(worth)
    worth.set(xlabel="new real rows", ylabel="most synthetic rows that help")
    figure.notes += ["λ: factor of the covariance of samples. Right: by the law of one dimension."]
    figure.notes += [sentence(made)]
    legend(figure, 4)
    return figure
