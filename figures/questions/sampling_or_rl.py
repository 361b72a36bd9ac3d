"""pass@k of each way to sample, and of the trained model; entropy when answers are fed back."""

import re

from collapse import plot
from collapse.errors import UserError
from collapse.report.draw import arms_with, draw_curve, ends, generations_label, legend
from collapse.report.style import panels

TRAINED = "grpo"  # their last generation is shown; of the others the first


def draw(run, band=None):
    if band:
        raise UserError("The figure of sampling-or-rl shows means: leave out --interval.")
    figure, (upper, lower) = panels(2, height=1.8)
    ks = sorted(int(k) for k in re.findall(r"pass_at_(\d+)", " ".join(run.curves)))
    for arm, index in arms_with(run, "entropy").items():
        t = run.generations if arm.startswith(TRAINED) else 1
        rates = [run.curve(arm, f"pass_at_{k}")[:, t].mean() for k in ks]
        plot.pass_at_k(upper, ks, rates, run.label(arm), index)
    made = [
        ("entropy", draw_curve(lower, run, arm, "entropy", index, label="_"))
        for arm, index in arms_with(run, "entropy").items()
    ]
    lower.set_ylabel("entropy (nats)")
    lower.set_xlabel(generations_label(made))
    ends(lower, run.generations)
    legend(figure, 2)
    return figure
