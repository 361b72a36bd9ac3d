"""Who says the same as whom, what four models are worth, and several small models against one."""

import numpy as np

from collapse import plot
from collapse.errors import UserError
from collapse.report.curve_band import words
from collapse.report.draw import draw_curve, ends
from collapse.report.style import COLUMN, panels, tiny
from collapse.stats.intervals import t_interval

CURVES = (("effective_models", "worth, models"), ("together", "diversity left"))
OVERLAPS, GAMMAS, LABS = (0.2, 0.4, 0.6), (1, 2, 3), 4
SMALL = {
    "large-gamma-1": "one large model",
    "small-gamma-1": "four small",
    "large-gamma-1.5": "one large, sharpening",
    "small-gamma-1.5": "four small, sharpening",
}


def draw(run, band=None):
    if band:
        raise UserError("The figure of same-answer has t intervals alone: leave out --interval.")
    figure, axes = panels(2, 2.2, 2 * COLUMN, columns=2)
    for axis, gamma in zip(axes[:2], (1, 2), strict=True):
        names = [f"model {k + 1}" for k in range(LABS)]
        plot.similarity(axis, chances(run, f"overlap-0.6-gamma-{gamma}"), names, "same answer")
        axis.set_title(f"overlap 0.6, gamma {gamma}")
    worth(axes[2], run)
    made = [
        ("together", draw_curve(axes[3], run, arm, "together", index, label))
        for index, (arm, label) in enumerate(SMALL.items())
    ]
    figure.notes.append(f"Bottom: dashed, the law; right: {words(made)}.")
    ends(axes[3], run.generations)
    axes[3].set(xlabel="generation", ylabel="1 - sum p$^2$ of all", title="on their own output")
    axes[3].set_ylim(0, 1.3)
    axes[3].legend(fontsize=tiny(), ncols=2, loc="upper right", columnspacing=1, handlelength=1.6)
    look = {"fontsize": tiny(), "title_fontsize": tiny(), "ncols": 3}
    axes[2].legend(title="overlap", loc=(0.25, 0.2), **look)
    return figure


def chances(run, arm: str) -> np.ndarray:
    """(LABS, LABS) the chance that answers of two models are the same, in generation 1."""
    values = np.zeros((LABS, LABS))
    for a in range(LABS):
        for b in range(a, LABS):
            values[a, b] = values[b, a] = run.curve(arm, f"collision_{a}_{b}")[:, 1].mean()
    return values


def worth(axis, run) -> None:
    """How many models four are worth, against gamma, for each overlap."""
    for index, overlap in enumerate(OVERLAPS):
        arms = [f"overlap-{overlap}-gamma-{gamma}" for gamma in GAMMAS]
        found = [t_interval(run.curve(arm, "effective_models")[:, 1]) for arm in arms]
        plot.threshold(axis, GAMMAS, found, f"{overlap}", index)
        gamma = np.linspace(GAMMAS[0], GAMMAS[-1], 50)
        common = overlap**gamma / (overlap**gamma + (1 - overlap) ** gamma)
        ratio = common**2 / (common**2 + (1 - common) ** 2)
        plot.law(axis, gamma, LABS / (1 + (LABS - 1) * ratio), "_")
    axis.set(xlabel="gamma", ylabel="different models that four are worth", xticks=GAMMAS)
