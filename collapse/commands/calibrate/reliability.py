"""Scores as probabilities: the reliability diagram and its error; and counts corrected for a
judge's errors."""

from dataclasses import replace

import numpy as np

from collapse.commands.calibrate.audit import Audit, Base
from collapse.stats.clusters import jackknife, totals
from collapse.stats.estimate import Estimate, missing
from collapse.stats.proportions import share

BINS = 10  # of equal width, as Naeini, Cooper and Hauskrecht (2015)
REPEATS = 200  # sets of labels that are drawn for the base rate


def reliability(audit: Audit, score, label, cluster) -> list[dict]:
    """Add the expected calibration error, and give the bins of the reliability diagram.

    Scores from 0 to 1 are taken as probabilities; of others the least is 0 and the greatest 1.
    """
    low, high = float(score.min()), float(score.max())
    if low < 0 or high > 1:
        audit.notes.append(f"calibration error: scores from {low:g} to {high:g} are read as 0 to 1")
        score = (score - low) / (high - low)
    which = np.minimum((score * BINS).astype(int), BINS - 1)
    marks = which[:, None] == np.arange(BINS)
    parts = np.concatenate([marks * (score - label)[:, None], np.ones((len(score), 1))], 1)
    what = "row" if cluster is None else audit.verdicts.cluster_of

    def error(sums: np.ndarray) -> np.ndarray:
        return np.abs(sums[..., :-1]).sum(-1) / sums[..., -1]

    found = jackknife(totals(parts, cluster), error, "share", 0, 1, what)
    audit.found["calibration_error"] = found
    random = np.random.default_rng(0)
    chance = np.zeros(REPEATS)
    for k in range(REPEATS):  # one set at a time: there may be a million rows
        rest = score - (random.random(len(score)) < score)
        chance[k] = np.abs(np.bincount(which, rest, BINS)).sum() / len(score)
    audit.bases["calibration_error"] = Base(float(chance.mean()), "probabilities that are true")
    return [
        {
            "low": i / BINS,
            "high": (i + 1) / BINS,
            "n": int(of.sum()),
            "score": float(score[of].mean()),
            "right": _right(audit, label[of], cluster, of).as_dict(),
        }
        for i, of in enumerate(marks.T)
        if of.any()
    ]


def _right(audit: Audit, label, cluster, rows) -> Estimate:
    return share(label, None if cluster is None else cluster[rows], audit.verdicts.cluster_of)


def corrected(accepted, label, cluster, what: str) -> Estimate:
    """How many of the rows without a label are right: the share kept of them, corrected for the
    errors that the judge makes on rows with one (Rogan and Gladen 1978),

        (kept + specificity - 1) / (sensitivity + specificity - 1)
    """
    known = ~np.isnan(label)
    right, wrong = label == 1, label == 0
    parts = np.stack(
        [accepted * ~known, ~known, accepted * right, right, accepted * wrong, wrong], 1
    )

    def right_ones(sums: np.ndarray) -> np.ndarray:
        kept, phi, psi = (sums[..., i] / sums[..., i + 1] for i in (0, 2, 4))
        return (kept - psi) / (phi - psi)

    if not (right.any() and wrong.any()):
        return missing("share", "no item is right, or none is wrong")
    if accepted[right].mean() <= accepted[wrong].mean():
        return missing("share", "the judge keeps no more of what is right than of what is wrong")
    sums = totals(parts.astype(float), cluster)
    found = jackknife(sums, right_ones, "share", what="row" if cluster is None else what)
    return _clipped(found) if found.known else found


def _clipped(found: Estimate) -> Estimate:
    """The same with a value from 0 to 1, as the truth is one."""
    value = min(max(found.value, 0.0), 1.0)
    low, high = max(min(found.low, value), 0.0), min(max(found.high, value), 1.0)
    clipped = found.clipped or value != found.value
    return replace(found, value=value, low=low, high=high, clipped=clipped)
