"""Jokes left against the KL penalty, with the law; and different jokes in lists and one by one."""

import numpy as np

from collapse import plot
from collapse.laws import verifiers
from collapse.report.draw import draw_level, legend, log_axis
from collapse.report.recorded_figure import record
from collapse.report.style import COLOURS, COLUMN, panels
from collapse.stats.intervals import INTERVALS

CURVES = (("model_entropy", "entropy"),)
EVIDENCE = ("lists",)
ALPHA, JOKES = 0.57, 1000  # the estimate of the paper; jokes by Zipf's law
BETAS = {"beta-1": 1.0, "beta-0.5": 0.5, "beta-0.1": 0.1}
ASKED = {"direct": "one by one", "listed": "lists of five", "base": "model before, one by one"}
PUBLISHED = (1.6, 2.1)  # times as diverse: Zhang et al. (2025), abstract


def draw(run, band=None):
    figure, (left, lists) = panels(1, height=2.3, width=2 * COLUMN, columns=2)
    p = 1 / np.arange(1, JOKES + 1)
    beta = np.geomspace(0.08, 10, 200)
    gamma = verifiers.typicality_exponent(ALPHA, beta)
    law = [verifiers.effective_number(verifiers.sharpened(p, g)) for g in gamma]
    _left(left, run, [arm for arm in BETAS if arm in run.arms], BETAS, "aligned model", 0)
    plot.law(left, beta, law, r"reference to the power $1 + 0.57/\beta$")
    _left(left, run, [a for a in run.arms if a == "unbiased"], {"unbiased": 0.1}, "no bias", 1)
    draw_level(left, verifiers.effective_number(p / p.sum()), {"label": "before"})
    left.lines[-1].set_label("model before")
    left.set(xlabel=r"KL penalty $\beta$", ylabel="effective number of jokes", ylim=(0.8, 300))
    log_axis(left, "x")
    log_axis(left)
    found = run.evidence["lists"]
    shares = [INTERVALS[band or "t"](found[name] / found["direct"].mean()) for name in ASKED]
    plot.bias_bars(lists, list(ASKED.values()), shares)
    plot.published(lists, PUBLISHED, [1, 1], index=6)
    lists.set(xlabel="different jokes of thirty (one by one: 1)", xlim=(0, 2.3))
    legend(figure, 3)
    text = "Left: exact. Right: means and 95 % intervals"
    figure.notes.append(f"{text}, {shares[0].n} seeds; published: 1.6 to 2.1 times.")
    return figure


def _left(axis, run, arms, penalties, label, index):
    """A mark for each of the ``arms`` at its penalty."""
    x = [penalties[arm] for arm in arms]
    y = [np.exp(run.curve(arm, "model_entropy")[0, 2]) for arm in arms]
    (marks,) = axis.plot(x, y, "os"[index], color=COLOURS[index], markersize=4, label=label)
    record(axis, "points", [marks], {"label": label}, {"x": x, "centre": y})
