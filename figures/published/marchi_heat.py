"""The largest share at three temperatures, and the variance of a share at temperature 1."""

import numpy as np

from collapse import plot
from collapse.laws import temperature
from collapse.report.curve_band import drawn
from collapse.report.draw import ends, legend, log_axis, sentence, there
from collapse.report.draw_means import draw_means
from collapse.report.style import COLUMN, panels

SHARES = tuple(f"share_{i}" for i in range(4))
CURVES = tuple((share, "share") for share in SHARES)
EVIDENCE = ("one by one",)
TEMPERATURES = {"cold": 0.5, "neutral": 1, "hot": 4}


def draw(run, band=None):
    figure, (largest, variance) = panels(1, 2.2, 2 * COLUMN, columns=2)
    t, made = np.arange(run.generations + 1), []
    for index, (arm, degrees) in enumerate(TEMPERATURES.items()):
        if arm in run.arms:
            most = np.max([run.curve(arm, share) for share in SHARES], axis=0)
            found = drawn(most, run.meaning("share_0"), band, there(run, arm))
            made.append(("share", found))
            label = f"temperature {degrees:g}"
            plot.band(largest, t, found.centre, found.low, found.high, label, index)
    plot.noise_floor(largest, 1 / len(SHARES), "uniform")
    ends(largest, run.generations)
    largest.set(xlabel="generation of 20 samples", ylabel="largest share", ylim=(0, 1.02))
    found = run.evidence["one by one"]
    p, first, seen = found["p"][0], int(found["first"]), found["seen"]
    apart = (found["neutral"][:, :, 0] - p) ** 2
    mean = None if band == "median" else band  # a variance is a mean
    means = draw_means(variance, seen, apart, "temperature 1, one by one", 1, mean)
    made.append(("variance", means))
    finer = np.geomspace(1, seen.max(), 100)
    law = p * (1 - p) * temperature.append_one_variance(finer + 1, first)
    plot.law(variance, finer, law, "law")
    plot.noise_floor(variance, p * (1 - p) / (first + 1), "endless corpus")
    log_axis(variance, "x")
    variance.set(xlabel="samples appended", ylabel="variance of the first share", ylim=0)
    figure.notes.append(sentence(made))
    legend(figure, 4)
    return figure
