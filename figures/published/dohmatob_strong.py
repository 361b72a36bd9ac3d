"""Excess risk against the number of rows, for shares of synthetic ones, and where it ends."""

import numpy as np

from collapse import plot
from collapse.report.draw import legend, log_axis, sentence
from collapse.report.draw_means import draw_means
from collapse.report.style import panels

CURVES = ()
EVIDENCE = ("scaling",)


def draw(run, band=None):
    figure, (axis,) = panels(1, height=2.2, over="rows")
    found = run.evidence["scaling"]
    rows, made = found["rows"], []
    for index, share in enumerate(found["shares"]):
        label = f"{100 * share:g} % synthetic"
        means = draw_means(axis, rows, found["risk"][:, index], label, index, band)
        made.append(("risk", means))
    for share in found["shares"][found["shares"] > 0]:
        plateau = np.full(len(rows), (share * found["off"]) ** 2)
        plot.law(axis, rows, plateau, f"plateau: {found['off'] ** 2:g} share²")
    axis.margins(x=0.03)
    log_axis(axis, "x")
    log_axis(axis)
    axis.set_ylabel("excess risk")
    figure.notes.append(sentence(made))
    legend(figure, 2)
    return figure
