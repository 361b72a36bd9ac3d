"""Calibration: how well a judge tells right from wrong, and its biases, estimated from verdicts.

Single items: the chance of keeping right and wrong ones (phi and psi of Feng et al. 2024), or a
score = quality + length + typicality + noise. Pairs: the Bradley-Terry form of Zheng et al. (2023),

    P(the first wins) = 1 / (1 + exp(-(j1 - j2 + position)))

where j = quality * q + length * tokens + typicality * log-probability, all of it in units of the
judge's own noise. Ties are left out, which Davidson's (1970) model of ties allows.
"""

from dataclasses import dataclass, field

import numpy as np

from collapse.commands.calibrate.regressions import least_squares, logistic
from collapse.commands.calibrate.sentences import sentences_of
from collapse.commands.calibrate.verdicts import FEATURES, FIRST, QUALITIES, TIE, Verdicts
from collapse.errors import UserError
from collapse.stats.estimate import Estimate, missing
from collapse.stats.proportions import area, share

STEPS = {
    "label": "from wrong to right",
    "human": "per point of the human number",
    "better": "from worse to better",
}
PER = {"length": "per token", "typicality": "per nat"}


@dataclass(frozen=True)
class Calibration:
    """Estimates of a judge by name; ``kind`` of the verdicts is accepts, scores or pairs."""

    kind: str
    rows: int
    quality: str | None  # which column stands for the true quality: label, human or better
    estimates: dict[str, Estimate]
    notes: list[str] = field(default_factory=list)

    @property
    def sentences(self) -> list[str]:
        """The estimates in plain language."""
        return sentences_of(self)


def calibrate(verdicts: Verdicts, threshold: float | None = None) -> Calibration:
    """Estimate a judge, with 95 % intervals. ``threshold``: the score from which on an item counts
    as kept, if the file does not say which are."""
    if threshold is not None and verdicts.score is None:
        raise UserError("--threshold needs a column of scores, and there is none: leave it out.")
    if verdicts.paired:
        return _of_pairs(verdicts)
    return _of_singles(verdicts, threshold)


def _of_singles(verdicts: Verdicts, threshold: float | None) -> Calibration:
    columns, score, accepted = verdicts.columns, verdicts.score, verdicts.accepted
    label, notes = columns.get("label"), list(verdicts.notes)
    found: dict[str, Estimate] = {}
    if accepted is not None or threshold is not None:
        accepted = accepted if threshold is None else (score >= threshold).astype(float)
        found["kept"] = share(accepted)
    elif label is not None and label.min() < label.max() and score.min() < score.max():
        threshold = own_threshold(score, label)
        accepted = (score >= threshold).astype(float)
        many, right = int(accepted.sum()), int(label.sum())
        how = (
            "as many items as are right" if many == right else f"{many} items, {right} being right"
        )
        notes.append(f"kept: scores of at least {threshold:g}, {how}")
    flat = accepted is None and score is not None and score.min() == score.max()
    for name, which in (("keep_right", 1), ("keep_wrong", 0)):
        found[name] = _kept(accepted, label, which, flat)
    if score is not None:
        found["area"] = _area(score, label)
    quality = _quality(columns)
    used = _regressors(columns, quality)
    if score is not None:
        units = _units("score units", quality)
        units |= dict.fromkeys(("intercept", "noise"), "score units")
        regressed = least_squares(used, score, units, "noise")
    else:
        units = _units("nats", quality) | {"intercept": "nats"}
        regressed = logistic(used, accepted, units, "intercept")
    regressed.pop("intercept", None)  # an offset of all scores means nothing
    found |= _all_of(regressed, units, quality)
    kind = "accepts" if score is None else "scores"
    return Calibration(kind, verdicts.rows, quality, found, notes)


def own_threshold(score: np.ndarray, label: np.ndarray) -> float:
    """The threshold that keeps as many items as are right, or more if scores tie."""
    return float(np.sort(score)[::-1][int(label.sum()) - 1])


def _kept(accepted, label, which: int, flat: bool) -> Estimate:
    named = ("wrong", "right")[which]
    if label is None:
        return missing("share", "there is no column label")
    if not (label == which).any():
        return missing("share", f"no item is {named}")
    if flat:
        return missing("share", "every score is the same, so that no threshold separates items")
    if accepted is None:
        return missing("share", "there is neither a column choice nor a threshold")
    return share(accepted[label == which])


def _area(score, label) -> Estimate:
    if label is None:
        return missing("share", "there is no column label")
    if label.min() == label.max():
        return missing("share", "every item has the same label")
    return area(score, label)


def _of_pairs(verdicts: Verdicts) -> Calibration:
    columns, notes = verdicts.columns, list(verdicts.notes)
    kept = verdicts.chosen != TIE
    if not kept.all():
        notes.append(
            f"ties: {int((~kept).sum())} of {verdicts.rows} rows, left out (Davidson 1970)"
        )
    won = (verdicts.chosen[kept] == FIRST).astype(float)
    quality = _quality(columns)
    used = {name: x[kept] for name, x in _regressors(columns, quality).items()}
    found = {"first": share(won), "better": _better(used, won)}
    units = _units("nats", quality) | {"position": "nats"}
    found |= _all_of(logistic(used, won, units, "position"), units, quality)
    found["noise"] = missing("nats", "it is the unit of the others: a logistic of scale 1")
    return Calibration("pairs", verdicts.rows, quality, found | _orders(verdicts), notes)


def _better(used: dict, won: np.ndarray) -> Estimate:
    """How often the better item of a pair is chosen, without pairs of equal items."""
    if "quality" not in used:
        return missing("share", "no column says which is better")
    differ = used["quality"] != 0
    if not differ.any():
        return missing("share", "no pair has a better one")
    return share((won == (used["quality"] > 0))[differ].astype(float))


def _orders(verdicts: Verdicts) -> dict[str, Estimate]:
    """Consistency of verdicts when the two items change places."""
    if verdicts.pair is None:
        reason = "neither text_a and text_b nor a column pair says which rows compare the same two"
        return dict.fromkeys(("consistent", "first_twice"), missing("share", reason))
    verdict: tuple[dict, dict] = {}, {}
    for pair, turned, chosen in zip(verdicts.pair, verdicts.turned, verdicts.chosen, strict=True):
        if pair >= 0:
            verdict[int(turned)].setdefault(int(pair), float(chosen))
    same, other = verdict
    both = np.array([(same[pair], other[pair]) for pair in same if pair in other])
    if not len(both):
        reason = "no two items are shown in both orders"
        return dict.fromkeys(("consistent", "first_twice"), missing("share", reason))
    consistent = both[:, 0] == 1 - both[:, 1]  # a tie is 1/2, its own opposite
    twice = (both == FIRST).all(1)
    return {
        "consistent": share(consistent.astype(float)),
        "first_twice": share(twice.astype(float)),
    }


def _quality(columns: dict) -> str | None:
    """The column of the true quality: the label first, as in a simulation items are right or wrong;
    columns that vary come before those that do not."""
    there = [name for name in (*QUALITIES, "better") if name in columns]
    varied = [name for name in there if np.ptp(columns[name]) > 0]
    return next(iter(varied + there), None)


def _regressors(columns: dict, quality: str | None) -> dict[str, np.ndarray]:
    used = {} if quality is None else {"quality": columns[quality]}
    return used | {name: columns[name] for name in FEATURES if name in columns}


def _units(unit: str, quality: str | None) -> dict[str, str]:
    units = {name: f"{unit} {per}" for name, per in PER.items()}
    return units | {"quality": f"{unit} {STEPS.get(quality, '')}".strip()}


def _all_of(regressed: dict, units: dict, quality: str | None) -> dict[str, Estimate]:
    """The estimates of a regression, and the reason for each that had no column."""
    wanted = {
        "quality": "no column says what is right",
        "length": "no column text or length",
        "typicality": "no column, and no --reference to take it from",
    }
    without = {
        name: missing(units[name], f"not estimated: {why}")
        for name, why in wanted.items()
        if name not in regressed
    }
    return {name: (regressed | without)[name] for name in {**wanted, **regressed}}
