"""Loss and variety of text by way of decoding, and entropy of tables behind a detector."""

import numpy as np

from collapse import plot
from collapse.curve import Curve
from collapse.laws.weighting import resampled_share
from collapse.report.curve_band import drawn
from collapse.report.draw import draw_curve, ends, legend, sentence
from collapse.report.style import COLUMN, panels
from collapse.scenario.load import find, load_file

CURVES = (("cross_entropy", "loss"), ("distinct_2", "distinct pairs"))
EVIDENCE = ("tables",)
WAYS = {"pure": "pure sampling", "temperature": "temperature 0.9", "top-p": "top-p 0.95"}
TABLES = {
    "detector": ("half human, detected out", 3),
    "resampled": ("half human, weights (1 − c)¹⁰", 4),
    "weakly": ("half human, weights 1 − c", 5),
    "mixed": ("half human, unfiltered", 7),
    "synthetic": ("synthetic alone", 8),
}


def draw(run, band=None):
    figure, (loss, variety, tables) = panels(1, 2.5, 2 * COLUMN, columns=3)
    made = []
    for axis, (curve, words) in zip((loss, variety), CURVES, strict=True):
        for index, (arm, label) in enumerate(WAYS.items()):
            if arm in run.arms:
                made.append((words, draw_curve(axis, run, arm, curve, index, label, band)))
        ends(axis, run.generations)
    loss.set_ylabel("loss on real text (nats)")
    variety.set_ylabel("distinct pairs of words")
    found = run.evidence["tables"]
    for arm, (label, index) in TABLES.items():
        one = drawn(found[f"{arm}/model_entropy"][:, 1:], Curve("nats"), band)
        t = np.arange(1, len(one.centre) + 1)
        made.append(("entropy", one))
        plot.band(tables, t, one.centre, one.low, one.high, label, index)
    entropies = load_file(find("drayson-detector"), "scenario").entropies  # of many rows
    for share in shares(found):
        plot.law(tables, t, entropies(share), "law")
    ends(tables, t[-1])
    first, unfiltered = (found["mixed/model_entropy"][:, at].mean() for at in (1, -1))
    tables.set(ylabel="entropy of a table (nats)", xlim=(1, t[-1]))
    tables.set_ylim(2 * unfiltered - first)  # synthetic data alone go on falling
    for axis in (loss, variety, tables):
        axis.set_xlabel("generation")
    figure.notes.append(f"c: confidence of the detector. {sentence(made)}")
    legend(figure, 3)
    return figure


def shares(found: dict) -> tuple[float, ...]:
    """Shares of synthetic rows: alone, unfiltered, and of what each detector lets through."""
    missed, kept = 1 - found["hit"], 1 - found["false_alarm"]
    separation, power, draws, copies = found["weights"]
    drawn = [resampled_share(0.5, separation, b, draws, copies) for b in (power, 1.0)]
    return 1.0, 0.5, float(missed / (missed + kept)), *drawn
