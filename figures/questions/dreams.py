"""Error against the share of dreams, and how many jokes live against how many make sense."""

import numpy as np

from collapse import plot
from collapse.errors import UserError
from collapse.report.draw import draw_level
from collapse.report.style import COLUMN, panels, tiny
from collapse.stats.intervals import t_interval

CURVES = (("squared_error", "error"), ("support_coverage", "jokes alive"), ("valid", "sense"))
SHARES = (0.0, 0.05, 0.1, 0.2, 0.5, 1.0)
OTHERS = {"hot": 0.2, "random-0.02": 0.02, "real-0.2": 0.2}
TOLD = ("memory", "recombined-0.2", "recombined", "checked")


def draw(run, band=None):
    if band:
        raise UserError("The figure of dreams has t intervals alone: leave out --interval.")
    figure, (left, right) = panels(1, 2.3, 2 * COLUMN, columns=2)

    def end(arm):
        return t_interval(run.curve(arm, "squared_error")[:, -1])

    plot.threshold(left, SHARES, [end(f"noise-{share:g}") for share in SHARES], "noisy dreams")
    for index, (arm, share) in enumerate(OTHERS.items(), 1):
        plot.threshold(left, [share], [end(arm)], run.label(arm), index)
    draw_level(left, end("noise-0").value, {"label": "no dreams", "measure": "squared_error"})
    left.set(xlabel="share of the rows that is dreamt, or real", ylabel="squared error in the end")
    left.set(xlim=(-0.03, 1.03), ylim=(0, None))
    left.legend(fontsize=tiny())
    for index, arm in enumerate(TOLD):
        alive, sense = (run.curve(arm, c)[:, 1:].mean(0) for c in ("support_coverage", "valid"))
        plot.quality_diversity(right, sense, np.asarray(alive), run.label(arm), index)
    right.set(xlabel="share of all jokes that are told", ylabel="share that makes sense")
    right.set(xlim=(0, 0.8), ylim=(0, 1.05))
    figure.notes.append("Right: from generation 1 (open mark) to the last (full mark).")
    right.legend(fontsize=tiny(), loc="lower center", ncols=2)
    return figure
