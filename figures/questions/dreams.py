"""Error against the share of dreams, and how many jokes live against how many make sense."""

import numpy as np

from collapse import plot
from collapse.errors import UserError
from collapse.report.draw import draw_level
from collapse.report.style import panels, tiny
from collapse.stats.intervals import t_interval

CURVES = (("squared_error", "error"), ("support_coverage", "jokes alive"), ("valid", "sense"))
SHARES = (0.0, 0.05, 0.1, 0.2, 0.5, 1.0)
OTHERS = {"hot": 0.2, "random-0.02": 0.02, "real-0.2": 0.2}
TOLD = ("memory", "recombined-0.2", "recombined", "checked")


def draw(run, band=None):
    if band:
        raise UserError("The figure of dreams has t intervals alone: leave out --interval.")
    figure, (upper, lower) = panels(2, height=2.0)

    def end(arm):
        return t_interval(run.curve(arm, "squared_error")[:, -1])

    plot.threshold(upper, SHARES, [end(f"noise-{share:g}") for share in SHARES], "noisy dreams")
    for index, (arm, share) in enumerate(OTHERS.items(), 1):
        plot.threshold(upper, [share], [end(arm)], run.label(arm), index)
    draw_level(upper, end("noise-0").value, {"label": "no dreams", "measure": "squared_error"})
    upper.set(xlabel="share of the rows that is dreamt, or real", ylabel="squared error in the end")
    upper.set_ylim(0)
    upper.legend(fontsize=tiny())
    for index, arm in enumerate(TOLD):
        alive, sense = (run.curve(arm, c)[:, 1:].mean(0) for c in ("support_coverage", "valid"))
        plot.quality_diversity(lower, sense, np.asarray(alive), run.label(arm), index)
    lower.set(xlabel="share of all jokes that are told", ylabel="share that makes sense")
    lower.set_ylim(0, 1.05)
    lower.legend(fontsize=tiny())
    return figure
