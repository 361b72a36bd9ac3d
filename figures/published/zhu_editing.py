"""Loss by the share of synthetic text, test error by generation, and word pairs that are left."""

import numpy as np

from collapse import plot
from collapse.curve import Curve
from collapse.report.curve_band import drawn
from collapse.report.draw import draw_curve, ends, legend, sentence
from collapse.report.draw_means import draw_means
from collapse.report.style import COLUMN, panels
from collapse.scenario.load import find, load_file

CURVES = (("risk", "test error"),)
EVIDENCE = ("tables", "texts")
PERPLEXITY = (21.37, 22.31, 23.90, 27.03, 49.30)  # published, by quarters of synthetic text
PUBLISHED = "Published: logarithm of the perplexity of GPT-2; tables are sharpened to end like it."
ARMS = {
    "replace": "all replaced",
    "edit-tenth": "a tenth edited",
    "edit-ever-less": "ever fewer edited",
}
TEXTS = {
    "replaced": ("all replaced", 0),
    "edited": ("sure tokens edited", 3),
    "all-edited": ("all tokens edited", 4),
}


def draw(run, band=None):
    figure, (loss, risk, pairs) = panels(1, 2.5, 2 * COLUMN, columns=3)
    found, made = run.evidence["tables"], []
    nats = [found[f"real-{x:g}/kl_truth_model"][:, 2] for x in found["real"]]
    synthetic = 1 - found["real"]
    means = draw_means(loss, synthetic, np.stack(nats, axis=1), "exact tables", 5, band)
    made.append(("loss", means))
    shares, lost = np.linspace(0, 1, 101), load_file(find("zhu-editing"), "scenario").lost
    plot.law(loss, shares, [lost(1 - x) for x in shares])
    printed = np.log(np.array(PERPLEXITY) / PERPLEXITY[0])
    plot.published(loss, np.linspace(0, 1, 5), printed, "published", 1)
    loss.set(xlabel="share of synthetic text", ylabel="excess loss (nats)")
    for index, (arm, label) in enumerate(ARMS.items()):
        if arm in run.arms:
            made.append(("test error", draw_curve(risk, run, arm, "risk", index, label, band)))
    parts = run.manifest["arms"][run.arms[0]]["parts"]
    d, t = len(parts["truth"]["w"]), np.arange(1, run.generations + 1)
    first = d / (parts["n"] - d - 1)
    plot.law(risk, t, first * t)
    plot.noise_floor(risk, 2 * first, "bound of editing ever fewer")
    risk.set_ylabel("test error")
    for arm, (label, index) in TEXTS.items():
        distinct = run.evidence["texts"][f"{arm}/distinct_2"][:, 1:]
        made.append(("word pairs", drawn(distinct / distinct[:, :1], Curve(""), band)))
        t, one = np.arange(1, distinct.shape[1] + 1), made[-1][1]
        plot.band(pairs, t, one.centre, one.low, one.high, label, index)
    pairs.set_ylabel("distinct word pairs (first: 1)")
    for axis, last in ((risk, run.generations), (pairs, t[-1])):
        ends(axis, last)
        axis.set(xlabel="generation", xlim=(1, last), ylim=0)
    figure.notes.append(f"{PUBLISHED} {sentence(made)}")
    legend(figure, 3)
    return figure
