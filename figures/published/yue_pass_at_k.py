"""pass@k against k: of the base model, and after each of some rounds of reward."""

import numpy as np

from collapse import plot
from collapse.errors import UserError
from collapse.report.draw import legend
from collapse.report.style import panels

KS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
CURVES = tuple((f"pass_at_{k}", f"pass@{k}") for k in KS)
ARM = "rewarded"


def draw(run, band=None):
    if band:
        raise UserError("The figure of yue-pass-at-k shows means: leave out --interval.")
    arm = ARM if ARM in run.arms else run.arms[0]
    figure, (axis,) = panels(1, height=2.2)
    means = np.array([run.curve(arm, name).mean(0) for name, _ in CURVES])
    for index, t in enumerate((0, 2, run.generations)):
        label = "base model" if t == 0 else f"generation {t}"
        plot.pass_at_k(axis, KS, means[:, t], label, index)
    legend(figure, 3)
    return figure
