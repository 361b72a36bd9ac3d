"""One context by itself: its diversity and its distance from the truth, with and without real data;
and the diversity of many contexts, each alone and all together."""

import numpy as np

from collapse import plot
from collapse.laws import categorical_mixes as mixes
from collapse.report.draw import draw_curve, ends, generations_label, legend, log_axis
from collapse.report.style import panels

CURVES = (
    ("model_gini", "1 - sum of squares"),
    ("squared_error", "squared distance"),
    ("per_prompt_entropy", "entropy of a context"),
    ("across_prompt_entropy", "entropy of all contexts"),
)
REAL = {"one-context": (0.0, "no real rows"), "quarter": (0.25, "a quarter real")}
REAL["half"] = (0.5, "half real")


def draw(run, band=None):
    figure, (kept, far, many) = panels(3, height=1.5)
    t, made = np.arange(1, run.generations + 1), []

    def curve(axis, arm, name, index, label):
        made.append((name, draw_curve(axis, run, arm, name, index, label, band)))

    for index, (arm, (share, label)) in enumerate(REAL.items()):
        if arm not in run.arms:
            continue
        n = run.manifest["arms"][arm]["parts"]["n"]
        first = run.curve(arm, "model_gini")[0, 0]  # generation 0 is the truth
        curve(kept, arm, "model_gini", index, label)
        curve(far, arm, "squared_error", index, label)
        if share:
            law = mixes.fixed_mix_error(t, n, first, round(share * n))
            plot.law(far, t, law, "law")
        else:
            plot.law(kept, t, first * (1 - 1 / n) ** t, "law")
    if "contexts" in run.arms:
        curve(many, "contexts", "per_prompt_entropy", 3, "each context")
        curve(many, "contexts", "across_prompt_entropy", 4, "all contexts together")
        log_axis(many)
    kept.set_ylabel("two draws differ\n(probability)")
    far.set_ylabel("squared distance\nfrom the truth")
    many.set_ylabel("entropy (nats)")
    for axis in (kept, far, many):
        ends(axis, run.generations)
    many.set_xlabel(generations_label(made))
    legend(figure, 2)
    return figure
