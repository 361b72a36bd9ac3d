"""Quality against diversity on the way, and what the loss of diversity is made of."""

import numpy as np

from collapse import plot
from collapse.errors import UserError
from collapse.report.draw import legend, log_axis
from collapse.report.recorded_figure import record
from collapse.report.style import COLUMN, GREY, panels, tiny
from collapse.report.typeset import escaped

CURVES = (("valid", "right answers"), ("effective_number", "effective number"))
GREYS = ("0.82", "0.55", "0.2")
PARTS = {
    "wrong_removed": "wrong answers removed",
    "right_narrowed": "right answers narrowed",
    "wrong_narrowed": "wrong answers narrowed",
}


def draw(run, band=None):
    if band:
        raise UserError("The figure of judges-compared shows paths: leave out --interval.")
    figure, (path, split) = panels(1, height=2.6, width=2 * COLUMN, columns=2)
    for index, arm in enumerate(run.arms):
        quality, diversity = (run.curve(arm, name)[:, 1:].mean(0) for name, _ in CURVES)
        plot.quality_diversity(path, quality, diversity, run.label(arm), index)
    path.set(xlabel="effective number of answers", ylabel="share of right answers")
    path.margins(0.04)
    log_axis(path, "x")
    places = np.arange(len(run.arms))
    low, high = np.zeros(len(places)), np.zeros(len(places))  # ends of the bars below and above 0
    for number, (name, label) in enumerate(PARTS.items()):
        value = np.array([run.curve(arm, name)[:, -1].mean() for arm in run.arms])
        left = np.where(value < 0, low, high)
        colour = GREYS[number]
        bars = split.barh(places, value, left=left, height=0.6, color=colour)
        split.plot([], [], "s", color=colour, label=label, gid="key")
        columns = {"y": places, "centre": value}
        record(split, "bar", list(bars), {"label": label, "measure": name}, columns)
        low, high = low + np.minimum(value, 0), high + np.maximum(value, 0)
    split.axvline(0, color=GREY, linewidth=0.6, gid="zero")
    split.set_yticks(places, [escaped(run.label(arm)) for arm in run.arms], fontsize=tiny())
    split.invert_yaxis()
    split.set_xlabel("chance that two answers differ: its fall")
    legend(figure, 3, fontsize=tiny())
    return figure
