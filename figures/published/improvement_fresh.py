"""Squared error by generation for shares of fresh data, with its recursion."""

import numpy as np

from collapse import plot
from collapse.report.curve_band import drawn
from collapse.report.draw import ends, generations_label, legend, log_axis, there
from collapse.report.style import panels
from collapse.scenario.load import find, load_file

CURVES = (("squared_error", "squared error"),)
SHARES = {  # of fresh data at generation t
    "alpha-0": ("no fresh data", lambda t: 0.0),
    "vanishing": ("share 1/t fresh", lambda t: 1 / t),
    "alpha-0.1": ("share 0.1 fresh", lambda t: 0.1),
    "alpha-0.3": ("share 0.3 fresh", lambda t: 0.3),
    "many": ("0.3, ten times the rows", lambda t: 0.3),
}
ROWS, OUTCOMES = 50, 20  # rows of all arms but the last; outcomes by Zipf's law


def draw(run, band=None):
    figure, (axis,) = panels(1, height=2.5)
    p, made = 1 / np.arange(1, OUTCOMES + 1), []
    first = (1 - (p @ p) / p.sum() ** 2) / ROWS
    t = np.arange(1, run.generations + 1)
    recursion = load_file(find("improvement-fresh"), "scenario").recursion
    for index, (arm, (label, share)) in enumerate(SHARES.items()):
        if arm in run.arms:
            error, here = run.curve(arm, "squared_error")[:, 1:], there(run, arm)[:, 1:]
            found = drawn(error, run.meaning("squared_error"), band, here)
            made.append(("squared error", found))
            ys = (y / first for y in (found.centre, found.low, found.high))
            plot.band(axis, t, *ys, label, index)
            n = run.manifest["arms"][arm]["parts"]["n"]
            law = ROWS / n * recursion(share, len(t), n)
            plot.law(axis, t, law, "recursion of the paper", linestyle=(0, (2, 4)))
    log_axis(axis)
    axis.set_ylabel("squared error\n(first fit to 50 rows: 1)")
    axis.set_xlabel(generations_label(made))
    legend(figure, 2)
    ends(axis, run.generations, first=1)
    return figure
