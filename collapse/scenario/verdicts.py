"""Verdicts on what a paper prints: does it hold, in number or in shape?

    holds               the number is the printed one; or the order, sign or threshold is as said,
                        at the settings of the paper
    holds in shape      the order, sign or threshold is as said, at settings that differ
    needs more compute  the interval over seeds is too wide to say, or the size is too small
    does not hold       it is something else

A number holds if it is within the allowed error, up to a deviation that chance exceeds once in
16,000 claims, and if its interval is narrow enough to mean something. A shape holds if the whole
interval is on its side of the bound. Both limits are Student's t, corrected for the worst of G
numbers (Bonferroni).
"""

from typing import NamedTuple

import numpy as np

from collapse.stats.estimate import LEVEL, Estimate, normal_interval
from collapse.stats.intervals import t_interval, t_quantile
from collapse.stats.proportions import share

HOLDS, IN_SHAPE = "holds", "holds in shape"
NEEDS_MORE, DOES_NOT_HOLD = "needs more compute", "does not hold"
VERDICTS = (DOES_NOT_HOLD, NEEDS_MORE, IN_SHAPE, HOLDS)  # in the order of a table
RARE = 6.3e-5  # chance that a true number deviates by more: 4 standard errors of a normal
NARROW = 0.25  # half an interval, relative to the printed number, at which it still tells something


class Verdict(NamedTuple):
    """``word`` is one of ``VERDICTS``; ``worst`` is the index of the number that decided it."""

    word: str
    worst: int
    estimate: Estimate
    z: float  # gap beyond the allowed error in standard errors; of a shape, below 0 on its side
    limit: float
    reason: str


def reported(
    sample: np.ndarray,
    expected: np.ndarray,
    allowed: np.ndarray,
    error: np.ndarray,
    side: str,
    spread: str,
    differs: str,
) -> Verdict:
    """The verdict on numbers over seeds.

    Args:
        sample: (S, G) the numbers of each seed.
        expected, allowed, error: (G,) printed numbers or bounds, allowed errors, standard errors.
        side: "both" of a number; "at least" or "at most" of a shape.
        spread: how the standard errors are known: "estimated" from the seeds, "known" by a law, or
            "none", where every seed must agree but for rounding.
        differs: the settings that differ from the paper's; empty if none do.
    """
    seeds, count = sample.shape
    gap = sample.mean(0) - expected
    away = {"both": np.abs(gap), "at most": gap, "at least": -gap}[side] - allowed
    lone = np.isnan(error) & ~np.isnan(gap)  # one seed has no standard error
    score = np.where(lone, 0.0, away / error)
    worst = int(np.argmax(np.nan_to_num(score, nan=np.inf)))
    rare = RARE if side == "both" else 1 - LEVEL
    df = np.inf if spread != "estimated" else seeds - 1
    limit = t_quantile(df, 1 - rare / count) if df > 0 else np.inf
    estimate = _estimate(sample[:, worst], float(error[worst]), spread)
    z, bound = float(score[worst]), f"{expected[worst]:.4g}"
    if np.isnan(z):
        word, reason = DOES_NOT_HOLD, "what is measured is not a number"
    elif side == "both":
        narrow = max(allowed[worst], NARROW * abs(expected[worst]))
        word, reason = _number(z, limit, estimate, bound, narrow)
    else:
        word, reason = _shape(z, limit, estimate, f"{side} {bound}", spread == "none")
    if word == HOLDS and side != "both" and differs:
        word, reason = IN_SHAPE, f"other settings: {differs}"
    return Verdict(word, worst, estimate, z, float(limit), reason)


def _number(z: float, limit: float, estimate: Estimate, printed: str, narrow: float):
    if z > limit:
        return DOES_NOT_HOLD, f"measured {estimate.value:.4g}, printed {printed}"
    if not (estimate.high - estimate.low) / 2 <= narrow:
        return NEEDS_MORE, "the interval is too wide to tell: more seeds"
    return HOLDS, ""


def _shape(z: float, limit: float, estimate: Estimate, bound: str, exact: bool):
    if z <= (limit if exact else -limit):
        return HOLDS, ""
    if exact or z >= limit:
        return DOES_NOT_HOLD, f"measured {estimate.value:.4g}, which is not {bound}"
    return NEEDS_MORE, f"the interval includes the bound ({bound}): more seeds"


def _estimate(values: np.ndarray, error: float, spread: str) -> Estimate:
    """Mean and interval of (S,) values: of a share, of a known spread, or Student's t."""
    if len(values) > 1 and np.isin(values, (0.0, 1.0)).all():
        return share(values)
    if spread == "estimated":
        return t_interval(values)
    half, method = (0.0, "exact") if spread == "none" else (error, "known spread")
    return normal_interval(float(values.mean()), half, method, len(values))
