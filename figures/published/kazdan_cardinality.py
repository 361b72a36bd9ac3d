"""Test loss against the number of real rows, and against their share, by synthetic rows."""

import numpy as np

from collapse import plot
from collapse.report.draw import legend, log_axis, sentence
from collapse.report.draw_means import draw_means
from collapse.report.style import COLUMN, panels

CURVES = ()
EVIDENCE = ("grid",)


def draw(run, band=None):
    figure, (number, share) = panels(1, 2.4, 2 * COLUMN, columns=2)
    found, made = run.evidence["grid"], []
    real, d = found["real"], found["coefficients"]
    finer = np.geomspace(real.min(), real.max(), 100)
    for index, rows in enumerate(found["synthetic"]):
        label = f"{rows:,} synthetic rows" if rows else "real rows alone"
        risk = found["risk"][:, :, index]
        law = d / (finer + rows) + (rows / (finer + rows)) ** 2 * d / found["worth"]
        made.append(("loss", draw_means(number, real, risk, label, index, band)))
        plot.law(number, finer, law, "to first order")
        if rows:
            made.append(("loss", draw_means(share, real / (real + rows), risk, label, index, band)))
            plot.law(share, finer / (finer + rows), law, "to first order")
    n, s = (x.ravel() for x in np.meshgrid(real, found["synthetic"][1:], indexing="ij"))
    loss = found["risk"][:, :, 1:].mean(0).ravel()
    for axis, x, words in (
        (number, n**-0.5, r"in $1/\sqrt{n}$ (published 0.59)"),
        (share, np.log(n / (n + s)), "in log share (published 0.34)"),
    ):
        log_axis(axis, "x")
        log_axis(axis)
        axis.set(ylabel="excess test loss", ylim=number.get_ylim())
        axis.set_title(f"R² = {np.corrcoef(x, loss)[0, 1] ** 2:.2f} {words}")
    log_axis(share)  # ticks as in the other panel
    number.set_xlabel("real rows n")
    share.set_xlabel("share of real rows")
    figure.notes += ["R² of straight lines, without real rows alone. Lines only join the marks."]
    figure.notes += [sentence(made)]
    legend(figure, 3)
    return figure
