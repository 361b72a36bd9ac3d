"""The example of two tokens against the power, and likelihood against entropy of longer rows."""

import numpy as np

from collapse import plot
from collapse.report.curve_band import drawn
from collapse.report.draw import legend, sentence
from collapse.report.recorded_figure import record
from collapse.report.style import COLOURS, COLUMN, panels, tiny

CURVES = (("gold_reward", "chance or log-likelihood"), ("entropy", "entropy"))
AFTER = np.array([[0.0, 0.40], [0.25, 0.25]]) / 0.90  # aa, ab; ba, bb: the paper's example
POWERS = (2, 4)
PRINTED = {"power": (0.5614, 0.7662), "cold": (0.3902, 0.2906)}  # of that example
KINDS = {"power": "whole rows to a power", "cold": "tokens at low temperature"}
SIX = {
    KINDS["power"]: ("six-power-0", "six-power-2", "six-power-10"),
    KINDS["cold"]: ("six-cold",),
    "base model": ("six-base",),
}
STEPS = {  # of the Markov chain: what is written beside a mark, and where in points
    "six-power-0": ("0 steps", (5, -8), "left"),
    "six-power-2": ("2 steps", (-5, -2), "right"),
    "six-power-10": ("10 steps", (6, -2), "left"),
}


def draw(run, band=None):
    figure, (two, six) = panels(1, height=2.5, width=2 * COLUMN, columns=2)
    made, alpha = [], np.linspace(1, max(POWERS), 100)
    for index, (kind, label) in enumerate(KINDS.items()):
        at = [a for a in POWERS if f"two-{kind}-{a}" in run.arms]
        arms = [f"two-{kind}-{a}" for a in at]
        if arms:
            made.append(("chance", _marks(two, run, arms, at, label, index, band, 2.2)))
        plot.law(two, alpha, begins_with_a(alpha, kind), "exact")
        plot.published(two, POWERS, PRINTED[kind], index=6)
    for index, (label, named) in enumerate(SIX.items()):
        if not (arms := [arm for arm in named if arm in run.arms]):
            continue
        entropy = [run.curve(arm, "entropy")[:, 1].mean() for arm in arms]
        found = _marks(six, run, arms, entropy, label, index, band, (3.2, 5.5, 4)[index])
        made.append(("log-likelihood", found))
        for arm, *at in zip(arms, entropy, found.centre, strict=True):
            text, offset, side = STEPS.get(arm, ("", (0, 0), "left"))
            look = {"xytext": offset, "textcoords": "offset points", "fontsize": tiny()}
            six.annotate(text, at, color=COLOURS[index], ha=side, **look)
    two.set_xlabel(r"power $\alpha$ (temperature $1/\alpha$)")
    two.set_ylabel("chance that a row begins with a")
    six.set(xlabel="entropy of rows (nats)", ylabel="log-likelihood under the\nbase model (nats)")
    six.set(xlim=(0.3, 3.8))
    six.margins(y=0.08)
    legend(figure, 3)
    figure.notes.append(f"Published: what the paper's example gives. {sentence(made)}")
    return figure


def begins_with_a(alpha, kind):
    """Chance that the first token is a: whole rows sharpened, or the first token alone."""
    rows = AFTER ** alpha[:, None, None]
    weight = rows.sum(2) if kind == "power" else AFTER.sum(1) ** alpha[:, None]
    return weight[:, 0] / weight.sum(1)


def _marks(axis, run, arms, x, label, index, band, size):
    """A mark for each arm in the first generation, with its interval as a bar."""
    values = np.stack([run.curve(arm, "gold_reward")[:, 1] for arm in arms], 1)
    found = drawn(values, run.meaning("gold_reward"), band or "t")
    bars = axis.vlines(x, found.low, found.high, color=COLOURS[index], linewidth=0.9)
    (marks,) = axis.plot(x, found.centre, "osD"[index], color=COLOURS[index], label=label)
    marks.set(markersize=size, zorder=3 - index / 10)
    columns = {"x": x, "centre": found.centre, "low": found.low, "high": found.high}
    columns |= {"seeds": found.seeds, "defined": found.defined, "covers": found.covers}
    record(axis, "points", [bars, marks], {"label": label, "band": found.method}, columns)
    return found
