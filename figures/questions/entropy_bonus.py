"""Junk against good answers left, for bonuses and anchors of several strengths; and on the way."""

import numpy as np

from collapse.errors import UserError
from collapse.laws.verifiers import effective_number
from collapse.report.draw import draw_line, ends, legend, log_axis
from collapse.report.recorded_figure import record
from collapse.report.style import COLUMN, panels, style, tiny

CURVES = (("model_entropy", "entropy"), ("share_0", "shares of the good answers"))
FAMILIES = {"bonus-": "entropy bonus", "anchor-": "KL anchor"}
SINGLE = ("both", "bonus-and-real", "real")
SHOWN = {"bonus-0.2": 0, "anchor-0.2": 1, "both": 2, "bonus-and-real": 3, "real": 4}


def draw(run, band=None):
    if band:
        raise UserError("The figure of entropy-bonus shows exact arms: leave out --interval.")
    figure, (last, way) = panels(1, height=2.5, width=2 * COLUMN, columns=2)
    for index, (start, label) in enumerate(FAMILIES.items()):
        arms = [a for a in run.arms if a.removeprefix(start).replace(".", "").isdigit()]
        at = np.array([_numbers(run, arm)[:, -1] for arm in arms])
        if arms:
            _points(last, *at.T, label, index, "o-")
        for arm, place in zip(arms, at, strict=True):
            text = arm.removeprefix(start)
            last.annotate(text, place, (4, -8), textcoords="offset points", fontsize=tiny())
    for index, arm in enumerate(SINGLE, 2):
        if arm in run.arms:
            _points(last, *_numbers(run, arm)[:, -1:], run.label(arm), index, "s")
    _points(last, *_numbers(run, run.arms[0])[:, :1], "people", len(SINGLE) + 2, "D")
    last.margins(y=0.12)
    last.set(xlabel="effective number of good answers", ylabel="share of junk")
    t = np.arange(1, run.generations + 1)
    for arm in (arm for arm in SHOWN if arm in run.arms):
        look = style(SHOWN[arm])
        about = {"label": run.label(arm), "arm": arm, "measure": "junk"}
        draw_line(way, t, _numbers(run, arm)[1], about | {"label": "_"}, np.ones(len(t)), **look)
    way.set(xlabel="generation", ylabel="share of junk")
    ends(way, run.generations)
    for axis in (last, way):
        log_axis(axis)
    figure.notes.append("Right: bonus and anchor of 0.2, in the same colours.")
    legend(figure, 6, fontsize=tiny())
    return figure


def _points(axis, x, y, label: str, index: int, look: str) -> None:
    (marks,) = axis.plot(x, y, look, color=style(index)["color"], markersize=3.5, label=label)
    record(axis, "points", [marks], {"label": label, "measure": "junk"}, {"x": x, "centre": y})


def _numbers(run, arm: str) -> np.ndarray:
    """(2, T) effective number of good answers and share of junk of models 1 .. T."""
    names = [name for name in run.curves if name.removeprefix("share_").isdigit()]
    p = np.stack([run.curve(arm, name)[0, 1:] for name in names]).astype(float)
    left = [effective_number(column / column.sum()) for column in p.T]
    return np.array([left, 1 - p.sum(0)])
