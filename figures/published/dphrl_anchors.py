"""pass@1 and pass@64 by generation for each anchor, and the optimum of each divergence."""

import numpy as np

from collapse import plot
from collapse.report.draw import draw_curve, ends, legend, sentence
from collapse.report.recorded_figure import record
from collapse.report.style import COLOURS, COLUMN, panels
from collapse.scenario.load import find, load_file

CURVES = (("pass_at_1", "pass@1"), ("pass_at_64", "pass@64"))
EVIDENCE = ("optima",)
LABELS = {
    "no-anchor": "no anchor",
    "reverse-kl": "reverse KL",
    "rehearsal": "rehearsal (forward KL)",
}
BASE = np.array([0.4, 0.3, 0.2, 0.1])  # of four answers
REWARD = np.array([1.0, 0.5, 0.0, -1.0])
OPTIMA = {"reverse": ("reverse KL", 1), "forward": ("forward KL", 2), "js": ("Jensen-Shannon", 3)}


def draw(run, band=None):
    figure, axes = panels(1, height=2.3, width=2 * COLUMN, columns=3)
    made = []
    for axis, (name, words) in zip(axes, CURVES, strict=False):
        for index, arm in enumerate(LABELS):
            if arm in run.arms:
                found = draw_curve(axis, run, arm, name, index, LABELS[arm], band)
                made.append((words, found))
        axis.set(xlabel="generation (0: base model)", ylabel=words)
        ends(axis, run.generations)
    optima, optimum = axes[2], load_file(find("dphrl-anchors"), "scenario").optimum
    for name, (label, index) in OPTIMA.items():
        shares = [run.evidence["optima"][f"optimum-{name}/share_{i}"][0, -1] for i in range(4)]
        (marks,) = optima.plot(REWARD, shares, "osD^"[index], color=COLOURS[index], markersize=3.5)
        marks.set_label(f"optimum: {label}")
        record(optima, "points", [marks], {"label": label}, {"x": REWARD, "centre": shares})
        plot.law(optima, REWARD, optimum(name), "exact", color=COLOURS[index])
    (marks,) = optima.plot(REWARD, BASE, "x", color="0.4", markersize=4, label="base model")
    record(optima, "points", [marks], {"label": "base model"}, {"x": REWARD, "centre": BASE})
    optima.set(xlabel="reward of the answer", ylabel="share of the answer", yscale="log")
    legend(figure, 4)
    figure.notes.append(f"{sentence(made)} Right: exact.")
    return figure
