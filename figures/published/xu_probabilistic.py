"""Chance of a low variance, its squared error, and the log-variance as sample sizes grow."""

import numpy as np
from scipy.special import digamma

from collapse import plot
from collapse.curve import Curve
from collapse.laws import gaussian_tails
from collapse.report.curve_band import drawn
from collapse.report.draw import draw_line, ends, legend, log_axis, sentence, there
from collapse.report.draw_means import draw_means
from collapse.report.style import COLUMN, panels, style

CURVES = (("log_variance", "log-variance"),)
EVIDENCE = ("growing",)
N, LOW, POWER = 100, 0.05, 1.1  # of figs. 3 and 6
GROWING = {"constant": "exponential, 100 draws", "superlinear": "exponential, 100 t^1.1 draws"}


def draw(run, band=None):
    figure, (low, error, growing) = panels(1, height=2.3, width=2 * COLUMN, columns=3)
    t, made = np.arange(1, run.generations + 1), []
    log_variance = run.curve("replace", "log_variance")[:, 1:]
    here = there(run, "replace")[:, 1:]
    below = (log_variance <= np.log(LOW)) * 1.0
    found = drawn(below, Curve("probability", 0, 1), band or "t", here)
    made.append(("chance", found))
    plot.band(low, t, found.centre, found.low, found.high, "normal, 100 draws")
    plot.law(low, t, gaussian_tails.known_mean_below(LOW, t, N), "exact")
    plot.published(low, [100, 500], [0.1, 0.7], index=6)
    squared = np.where(here, (np.exp(log_variance) - 1) ** 2, np.nan)
    for index, (label, of) in enumerate((("mean", np.nanmean), ("largest", np.nanmax))):
        about = {"label": f"{label} of all chains"}
        draw_line(error, t, of(squared, axis=0), about, here.sum(0), **style(index + 2))
    plot.law(error, t, gaussian_tails.known_mean_risk(t, N), "exact")
    plot.published(error, [500], [1e4], index=3)
    for index, (name, label) in enumerate(GROWING.items()):
        path, at = (run.evidence["growing"][key] for key in (name, "generations"))
        made.append(("log-variance", draw_means(growing, at, path, label, index + 4, band)))
        growing.lines[-1].set_label(label.replace("t^1.1", "$t^{1.1}$"))
        every = np.arange(1, at[-1] + 1.0)
        sizes = N * every ** (POWER * index)
        plot.law(growing, every, 2 * (digamma(sizes) - np.log(sizes)).cumsum(), "exact")
    log_axis(error)
    low.set(ylabel=f"chance that the variance\nis at most {LOW}", ylim=(0, 0.8))
    error.set_ylabel("squared error of the variance")
    growing.set_ylabel("log-variance")
    for axis, last in ((low, run.generations), (error, run.generations), (growing, at[-1])):
        axis.set_xlabel("generation")
        ends(axis, last)
        for line in axis.lines:
            line.set_clip_on(line.get_marker() == "None")  # marks at the ends are whole
    legend(figure, 3)
    figure.notes.append(
        f"Published: about 10 %, above 70 %, largest above 10,000. {sentence(made)}"
    )
    return figure
