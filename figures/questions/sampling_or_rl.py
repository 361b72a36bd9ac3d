"""pass@k of each way to sample, and of the trained model; entropy when answers are fed back."""

from collapse import plot
from collapse.errors import UserError
from collapse.report.draw import arms_with, draw_curve, ends, generations_label, legend
from collapse.report.style import COLUMN, panels

KS = (1, 4, 16, 64, 256)
CURVES = (*((f"pass_at_{k}", f"pass@{k}") for k in KS), ("entropy", "entropy (nats)"))
TRAINED = "grpo"  # their last generation is shown; of the others the first


def draw(run, band=None):
    if band:
        raise UserError("The figure of sampling-or-rl shows means: leave out --interval.")
    figure, (upper, lower) = panels(1, height=2.2, width=2 * COLUMN, columns=2)
    for arm, index in arms_with(run, "entropy").items():
        t = run.generations if arm.startswith(TRAINED) else 1
        rates = [run.curve(arm, f"pass_at_{k}")[:, t].mean() for k in KS]
        plot.pass_at_k(upper, KS, rates, run.label(arm), index)
    made = [
        ("entropy", draw_curve(lower, run, arm, "entropy", index))
        for arm, index in arms_with(run, "entropy").items()
    ]
    lower.set_ylabel("entropy (nats)")
    lower.set_xlabel(generations_label(made))
    ends(lower, run.generations)
    lower.set_xlim(1, run.generations)  # generation 0 is the base model again
    legend(figure, 3)
    return figure
