"""The figure of rollouts: score and entropy by step, score against entropy with its fit, prompts
without a gradient, and pass@k. Each panel is drawn into given Axes."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from collapse.report.style import COLOURS, line_with_band
from collapse.stats.estimate import Estimate


def draw(found: dict) -> Figure:
    """Draw the document of rollouts."""
    figure = Figure(figsize=(6.9, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    (a, b), (c, d) = figure.subplots(2, 2)
    score_by_step(a, found)
    score_by_entropy(b, found)
    no_gradient(c, found)
    pass_at(d, found) if found["support"] and found["support"]["pass_at"] else d.set_axis_off()
    return figure


def _series(rows: list[dict], key: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    estimates = [Estimate.of(row[key]) for row in rows]
    value = np.array([one.value for one in estimates])
    low = np.array([one.value if math.isnan(one.low) else one.low for one in estimates])
    high = np.array([one.value if math.isnan(one.high) else one.high for one in estimates])
    return value, low, high


def score_by_step(axis: Axes, found: dict) -> Axes:
    """The mean score and the entropy of the answers to a prompt (on the right), with their 95 %."""
    steps = [row["step"] for row in found["steps"]]
    line_with_band(axis, steps, *_series(found["steps"], "score"), 0, "score")
    axis.set_xlabel(found["by"])
    axis.set_ylabel("mean score", color=COLOURS[0])
    beside = axis.twinx()
    line_with_band(beside, steps, *_series(found["steps"], "entropy"), 1, "entropy")
    beside.spines["right"].set_visible(True)
    beside.set_ylabel("entropy (nats)", color=COLOURS[1])
    beside.set_ylim(0, None)
    return axis


def score_by_entropy(axis: Axes, found: dict) -> Axes:
    """The score against the entropy of each step, early ones filled, with R = -a e^H + b."""
    fit, rows = found["ceiling"], found["steps"]
    logged = fit["entropy"] == "logged"
    h = [row["logged_entropy"] if logged else Estimate.of(row["entropy"]).value for row in rows]
    h, score = np.array(h, float), _series(rows, "score")[0]
    early = fit["early"]
    axis.plot(h[:early], score[:early], "o", color=COLOURS[0], markersize=3, label="early")
    look = {"color": COLOURS[0], "markersize": 3, "markerfacecolor": "white"}
    axis.plot(h[early:], score[early:], "o", label="later", **look)
    if "reason" not in fit:
        x = np.linspace(0, np.nanmax(h), 100)
        axis.plot(x, fit["b"] - fit["a"] * np.exp(x), color=COLOURS[1], label="$b - a e^H$")
        top = Estimate.of(fit["ceiling"])
        axis.errorbar(
            0,
            top.value,
            [[top.value - top.low], [top.high - top.value]],
            fmt="s",
            color=COLOURS[1],
            markersize=3,
        )
    axis.set(xlabel=f"entropy H ({'logged' if logged else 'nats'})", ylabel="mean score")
    axis.legend(loc="best")
    return axis


def no_gradient(axis: Axes, found: dict) -> Axes:
    """The share of prompts whose answers all have one score, and what is right and wrong of it."""
    rows = found["steps"]
    steps = [row["step"] for row in rows]
    line_with_band(axis, steps, *_series(rows, "no_gradient"), 0, "no gradient")
    for i, (key, label) in enumerate((("all_right", "all right"), ("all_wrong", "all wrong")), 1):
        values = [math.nan if row[key] is None else row[key] for row in rows]
        axis.plot(steps, values, color=COLOURS[i + 1], linewidth=0.8, label=label)
    axis.set(xlabel=found["by"], ylabel="share of prompts", ylim=(0, 1.02))
    axis.legend(loc="best")
    return axis


def pass_at(axis: Axes, found: dict) -> Axes:
    """pass@k at the first and the last time that each prompt was asked."""
    rows = found["support"]["pass_at"]
    ks = [row["k"] for row in rows]
    for i, end in enumerate(("first", "last")):
        line_with_band(axis, ks, *_series(rows, end), i, end)
    axis.set_xscale("log", base=2)
    axis.set(xlabel="k", ylabel="pass@k", xticks=ks, xticklabels=list(map(str, ks)))
    axis.legend(loc="best")
    return axis
