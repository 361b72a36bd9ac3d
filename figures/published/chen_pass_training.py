"""Advantages against the number of wrong answers; pass@4 and entropy by generation."""

import numpy as np
from scipy.special import comb

from collapse import plot
from collapse.report.draw import draw_curve, ends, legend, sentence
from collapse.report.recorded_figure import record
from collapse.report.style import COLOURS, COLUMN, GREY, panels

N, K = 8, 4  # answers of a group, and of a set
CURVES = ((f"pass_at_{K}", f"pass@{K}"), ("per_prompt_entropy", "entropy (nats per problem)"))
EVIDENCE = ("advantages",)
LABELS = {"pass-at-1": "trained for pass@1", "pass-at-k": f"trained for pass@{K}"}


def draw(run, band=None):
    figure, (advantage, *axes) = panels(1, height=2.3, width=2 * COLUMN, columns=3)
    found = run.evidence["advantages"]
    wrong = N - found["solved"]
    every = np.arange(1, N)
    for index, kind in enumerate(("right", "wrong")):
        values, label = found[kind][0], f"{kind} answer, sets of {K}"
        look = {"color": COLOURS[index + 2], "markersize": 4}
        (marks,) = advantage.plot(wrong, values, "o^"[index], label=label, **look)
        record(advantage, "points", [marks], {"label": label}, {"x": wrong, "centre": values})
        plot.law(advantage, every, in_sets(every)[index], "formula of the paper")
        single = np.sqrt(every / (N - every)) ** (1 - 2 * index) * (1 - 2 * index)
        plot.law(advantage, every, single, "answers one by one", color=GREY, linestyle=":")
    advantage.set(xlabel=f"wrong answers of {N}", ylabel="advantage", xticks=every)
    made = []
    for axis, (name, words) in zip(axes, CURVES, strict=True):
        for index, arm in enumerate(LABELS):
            if arm in run.arms:
                drawn = draw_curve(axis, run, arm, name, index, LABELS[arm], band)
                made.append((words.split(" (")[0], drawn))
        axis.set(xlabel="generation", ylabel=words)
        ends(axis, run.generations)
    legend(figure, 3)
    figure.notes.append(f"{sentence(made)} Left: exact.")
    return figure


def in_sets(wrong):
    """Advantages of a right and of a wrong answer, among so many wrong ones (Chen et al. 2025)."""
    missed = comb(wrong, K) / comb(N, K)  # share of the sets without a right answer
    spread = np.sqrt(missed * (1 - missed))
    spread = np.where(spread > 0, spread, 1)
    return missed / spread, (missed - comb(wrong - 1, K - 1) / comb(N - 1, K - 1)) / spread
