"""Success rate by generation with the fixed points of the map, and the map of two settings."""

import numpy as np

from collapse import plot
from collapse.errors import UserError
from collapse.laws import gradient
from collapse.report.draw import draw_level, draw_line, ends, legend
from collapse.report.recorded_figure import record
from collapse.report.style import COLUMN, GREY, panels, style

CURVES = tuple((f"share_{i}", f"right answer {i}") for i in range(3))
FIRST = 12  # generations that are shown: all is over by then
MAPPED = ("ref-0.2-beta-2", "ref-0.2-beta-0.6")  # with fixed points, and without
LABELS = {"mirror": "KL penalty to the last model", "gradient-steps": "many gradient steps"}


def draw(run, band=None):
    if band:
        raise UserError("The figure of mroueh-grpo shows exact arms: leave out --interval.")
    figure, (way, steps) = panels(1, height=2.5, width=2 * COLUMN, columns=2)
    last = min(FIRST, run.generations)
    t = np.arange(1, last + 1)
    shown = [arm for arm in run.arms if arm != "gradient-steps"] or run.arms  # drawn by the third
    for index, arm in enumerate(shown):
        solved = sum(run.curve(arm, name)[0] for name, _ in CURVES)
        label, held = LABELS.get(arm, arm), arm.startswith("ref-")
        if held:
            reference, beta = map(float, arm.removeprefix("ref-").split("-beta-"))
            label = rf"$p_\mathrm{{ref}}$ = {reference:g}, $\beta$ = {beta:g}"
            _fixed(way, gradient.grpo_fixed_points(reference, beta)[0], style(index)["color"])
        seeds = np.full(last, len(run.curve(arm, "share_0")))
        draw_line(way, t, solved[1 : last + 1], {"label": label, "arm": arm}, seeds, **style(index))
        if held and arm in MAPPED:
            _map(steps, reference, beta, solved[1 : last + 1], style(index)["color"])
    (diagonal,) = steps.plot([0, 1], [0, 1], ":", color=GREY, linewidth=0.8)
    record(steps, "line", [diagonal], {"label": "no change"}, {"x": [0, 1], "centre": [0, 1]})
    way.set(xlabel="generation", ylabel="success rate $p$", ylim=(0, 1.03))
    ends(way, last)
    way.set_xlim(1, last)
    steps.set(xlabel="success rate $p$", ylabel="success rate after one update")
    steps.set(xlim=(0, 1.03), ylim=(0, 1.03))
    legend(figure, 3)
    figure.notes.append(
        "Exact. Dotted on the left: fixed points of the map; on the right: no change."
    )
    return figure


def _fixed(axis, value, colour):
    """The lower fixed point as a dotted level, if there is one."""
    if np.isfinite(value):
        draw_level(axis, value, {"label": "fixed point"}, color=colour)


def _map(axis, reference, beta, path, colour):
    """The map dashed, and the steps (p, p') of the run."""
    p = np.linspace(0.002, 0.998, 500)
    plot.law(axis, p, gradient.grpo_step(p, reference, beta), "map of the paper", color=colour)
    (marks,) = axis.plot(path[:-1], path[1:], "o", color=colour, markersize=3)
    marks.set_label("steps of the run")
    record(axis, "points", [marks], {"label": "steps"}, {"x": path[:-1], "centre": path[1:]})
