"""Calibration: how well a judge tells right from wrong, and its biases, estimated from verdicts.

Single items: the chance of keeping right and wrong ones (phi and psi of Feng et al. 2024), or a
score = quality + length + typicality + noise. Pairs: the Bradley-Terry form of Zheng et al. (2023),

    P(the first wins) = 1 / (1 + exp(-(j1 - j2 + position)))

where j = quality * q + length * tokens + typicality * log-probability, all of it in units of the
judge's own noise. Ties are left out, which Davidson's (1970) model of ties allows.
"""

import numpy as np

from collapse.commands.calibrate.audit import Audit, Base, Calibration
from collapse.commands.calibrate.columns import TIE
from collapse.commands.calibrate.design import WANTED, quality_column, regress, units_of
from collapse.commands.calibrate.people import agreement
from collapse.commands.calibrate.places import BOTH, places, repeats
from collapse.commands.calibrate.regressions import least_squares, logistic
from collapse.commands.calibrate.reliability import corrected, reliability
from collapse.commands.calibrate.verdicts import Verdicts
from collapse.errors import UserError
from collapse.files.judged import UNORDERED
from collapse.stats.estimate import Estimate, missing
from collapse.stats.proportions import area, clustered_area


def calibrate(verdicts: Verdicts, threshold: float | None = None) -> Calibration:
    """Estimate a judge from its verdicts, with 95 % intervals. ``threshold``: the score from which
    on an item counts as kept, if the file does not say which are. Raises ``UserError``."""
    if threshold is not None and verdicts.score is None:
        raise UserError("--threshold needs a column of scores, and there is none: leave it out.")
    audit = Audit(verdicts, list(verdicts.notes))
    audit.say_clusters()
    if verdicts.paired:
        return _of_pairs(audit)
    return _of_singles(audit, threshold)


def _of_singles(audit: Audit, threshold: float | None) -> Calibration:
    """The calibration of a judge of single items, which keeps or scores them."""
    verdicts, found = audit.verdicts, audit.found
    columns, score = verdicts.columns, verdicts.score
    label = columns.get("label")
    known = None if label is None else ~np.isnan(label)
    accepted = _accepted(audit, threshold, label)
    # Scores that are all the same cannot be cut by a threshold of their own.
    flat = accepted is None and score is not None and score.min() == score.max()
    for name, which in (("keep_right", 1), ("keep_wrong", 0)):
        found[name] = _kept(audit, accepted, label, which, flat)
        if found[name].known:
            audit.bases[name] = Base(float(accepted[known].mean()), "kept whether right or wrong")
    if score is not None:
        found["area"] = _area(audit, score, label)
        audit.bases["area"] = Base(0.5, "scores that say nothing")
        spread = float(score.std(ddof=1)) if len(score) > 1 else 0.0
        audit.bases["noise"] = Base(spread, "a constant prediction: the spread of its scores")
    if known is not None and not known.all() and accepted is not None:
        found["right_unlabelled"] = corrected(
            accepted, label, verdicts.cluster, verdicts.cluster_of
        )
        rest = accepted[~known]
        audit.bases["right_unlabelled"] = Base(float(rest.mean()), "kept of them, not corrected")
    quality = quality_column(columns)
    kind = "accepts" if score is None else "scores"
    unit = "nats" if score is None else "score units"
    units = units_of(unit, quality) | dict.fromkeys(("intercept", "noise"), unit)

    def fit(used: dict, rows: np.ndarray) -> dict:
        cluster, what = audit.cluster(rows), verdicts.cluster_of
        if score is not None:
            return least_squares(used, score[rows], units, "noise", cluster, what)
        return logistic(used, accepted[rows], units, "intercept", cluster, what)

    regress(audit, quality, units, fit, np.ones(verdicts.rows, bool))
    found.pop("intercept", None)  # an offset of all scores means nothing
    repeats(audit)
    agreement(audit, accepted if score is None else score, quality)
    diagram = []
    if score is not None and known is not None and not flat:
        diagram = reliability(audit, score[known], label[known], audit.cluster(known))
    return audit.done(kind, quality, diagram)


def _accepted(audit: Audit, threshold: float | None, label) -> np.ndarray | None:
    """(n,) 1 for items that count as kept, else 0: by the file, the ``threshold``, or where there
    is neither one that keeps as many as are right; None if nothing says so."""
    score, accepted = audit.verdicts.score, audit.verdicts.accepted
    known = None if label is None else ~np.isnan(label)
    if accepted is not None or threshold is not None:
        accepted = accepted if threshold is None else (score >= threshold).astype(float)
        audit.found["kept"] = audit.share(accepted)
        base = Base(0.5, "a coin")
        if known is not None:
            base = Base(float(label[known].mean()), "the share that is right")
        audit.bases["kept"] = base
    elif known is not None and np.ptp(label[known]) > 0 and score.min() != score.max():
        threshold = own_threshold(score[known], label[known])
        accepted = (score >= threshold).astype(float)
        many, right = int(accepted[known].sum()), int(label[known].sum())
        how = (
            "as many items as are right" if many == right else f"{many} items, {right} being right"
        )
        audit.notes.append(f"kept: scores of at least {threshold:g}, {how}")
    return accepted


def own_threshold(score: np.ndarray, label: np.ndarray) -> float:
    """The threshold that keeps as many items as are right, or more if scores tie."""
    return float(np.sort(score)[::-1][int(label.sum()) - 1])


def _kept(audit: Audit, accepted, label, which: int, flat: bool) -> Estimate:
    """The share kept of the items with a label, 1 (right) or 0 (wrong)."""
    named = ("wrong", "right")[which]
    if label is None:
        return missing("share", "there is no column label")
    if not (label == which).any():
        return missing("share", f"no item is {named}")
    if flat:
        return missing("share", "every score is the same, so that no threshold separates items")
    if accepted is None:
        return missing("share", "there is neither a column choice nor a threshold")
    return audit.share(accepted[label == which], label == which)


def _area(audit: Audit, score, label) -> Estimate:
    """The area under the ROC curve of the scores of labelled items."""
    if label is None:
        return missing("share", "there is no column label")
    known = ~np.isnan(label)
    score, label, cluster = score[known], label[known], audit.cluster(known)
    if label.min() == label.max():
        return missing("share", "every item has the same label")
    if cluster is None:
        return area(score, label)
    return clustered_area(score, label, cluster, audit.verdicts.cluster_of)


def _of_pairs(audit: Audit) -> Calibration:
    """The calibration of a judge of pairs, by the Bradley-Terry form at the head of this file."""
    verdicts, found = audit.verdicts, audit.found
    chosen, columns = verdicts.chosen, dict(verdicts.columns)
    kept = chosen != TIE
    if not kept.all():
        audit.notes.append(
            f"ties: {int((~kept).sum())} of {verdicts.rows} rows, left out (Davidson 1970)"
        )
    quality = quality_column(columns)
    found["first"] = audit.share(chosen[kept], kept)
    audit.bases["first"] = Base(0.5, "no favour for a place")
    better = columns.get(quality) if quality else None
    none = "no column says which is better"
    found["better"] = _wins(audit, better, kept, none, "no pair has a better one")
    length, none = columns.get("length"), WANTED["length"]
    found["longer"] = _wins(audit, length, kept, none, "no pair has a longer one")
    if better is not None and "length" in columns and found["longer"].known:
        differ = (better != 0) & (columns["length"] != 0) & ~np.isnan(better)
        if differ.any():
            same = np.sign(better[differ]) == np.sign(columns["length"][differ])
            audit.bases["longer"] = Base(float(same.mean()), "the better is the longer")
    audit.bases.setdefault("longer", Base(0.5, "no liking for length"))
    audit.bases["better"] = Base(0.5, "a coin")
    units = units_of("nats", quality) | {"position": "nats"}

    def fit(used: dict, rows: np.ndarray) -> dict:
        cluster = audit.cluster(rows)
        return logistic(used, chosen[rows], units, "position", cluster, verdicts.cluster_of)

    regress(audit, quality, units, fit, kept)
    found["noise"] = missing("nats", "it is the unit of the others: a logistic of scale 1")
    found["ties"] = audit.share((~kept).astype(float))
    audit.bases["ties"] = Base(1 / 3, "one of three verdicts at random")
    places(audit)
    if verdicts.unordered:
        _without_order(found)
    repeats(audit)
    agreement(audit, chosen, quality)
    return audit.done("pairs", quality)


def _without_order(found: dict[str, Estimate]) -> None:
    """Take out what is about the order of two answers, of which the file says nothing."""
    for name in ("position", "first", *BOTH):
        found[name] = missing(found[name].unit, UNORDERED)


def _wins(audit: Audit, difference, kept: np.ndarray, absent: str, equal: str) -> Estimate:
    """How often the item with the larger number is chosen, without pairs of equal ones."""
    if difference is None:
        return missing("share", absent)
    differ = kept & (np.nan_to_num(difference) != 0)
    if not differ.any():
        return missing("share", equal)
    chosen = audit.verdicts.chosen[differ]
    return audit.share(np.where(difference[differ] > 0, chosen, 1 - chosen), differ)
