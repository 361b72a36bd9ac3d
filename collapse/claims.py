"""Claims: what is known beforehand about a run, and how a run is held against it.

    law            the mean over seeds equals ``expected``, two-sided, in standard errors
    approximation  the same, plus a derived ``error`` that the formula itself may be wrong by
    bound          one-sided: the mean is ``"at most"`` or ``"at least"`` what is expected
    identity       every seed equals ``expected`` within the absolute tolerance ``error``
    published      an order, sign or shape that a paper reports; it never fails the exit code

Letters: S seeds, G generations looked at. A claim reads evidence: the record of an arm, or what a
function of its scenario returns, both {"curves": {name: (S, ...)}, ...}.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

LIMIT = 4.0  # standard errors, for a claim about one number
KINDS = ("law", "approximation", "bound", "identity", "published")


@dataclass(frozen=True)
class Claim:
    """One row of ``collapse verify``.

    ``observe`` is the name of a curve, or a function record -> (S, G) or (S,) of per-seed numbers
    whose mean over seeds is claimed. ``expected`` is a number, an array (G,), or a function of
    the generations ``at``; a function is also drawn over the curve in figures. ``spread`` is the
    standard deviation of one seed where the law gives it; else it is estimated from the seeds.
    """

    name: str
    kind: str
    source: str  # author (year), equation; or the law that derives it
    evidence: str  # an arm of the scenario, or a key of its ``evidence``
    observe: str | Callable
    expected: Any
    at: tuple[int, ...] = (1,)
    spread: Any = None
    error: Any = 0.0
    side: str = "both"


@dataclass(frozen=True)
class Finding:
    """A claim held against its evidence: the generation (or number) that fits it least."""

    claim: Claim
    expected: float
    measured: float
    standard_error: float
    z: float  # gap beyond the allowed error, in standard errors; gap / tolerance for an identity
    limit: float  # the |z| that would fail
    detects: float  # the smallest deviation that would have failed 95 times in 100
    seeds: int
    at: int
    verdict: str  # passes, FAILS; of published claims: holds, does not hold
    key: int = 0
    first: "Finding | None" = field(default=None, repr=False)  # the failure on the first key


def observed(claim: Claim, record: dict) -> np.ndarray:
    """(S, G) the per-seed numbers a claim is about."""
    if callable(claim.observe):
        found = np.asarray(claim.observe(record), float)
    else:
        found = np.asarray(record["curves"][claim.observe], float)
        found = found[:, list(claim.at)] if found.ndim > 1 else found
    return found.reshape(len(found), -1)


def expectation(claim: Claim, count: int) -> np.ndarray:
    """(G,) what the claim expects of each observed number."""
    expected = claim.expected(np.array(claim.at)) if callable(claim.expected) else claim.expected
    return np.broadcast_to(np.asarray(expected, float), count)


def family_limit(count: int) -> float:
    """Standard errors at which the worst of ``count`` numbers fails as rarely as one at LIMIT."""
    from scipy.special import ndtr, ndtri

    return float(-ndtri(ndtr(-LIMIT) / count))


def check(claim: Claim, record: dict, key: int = 0) -> Finding:
    """Hold one claim against its evidence."""
    sample = observed(claim, record)
    expected = expectation(claim, sample.shape[1])
    if claim.kind == "identity":
        return _identity(claim, sample, expected, key)
    seeds = len(sample)
    spread = sample.std(0, ddof=1) if claim.spread is None else np.asarray(claim.spread, float)
    # What rounding alone can do to a mean is no deviation.
    rounding = 4 * np.finfo(np.float32).eps * np.maximum(np.abs(expected), np.abs(sample).max(0))
    error = np.broadcast_to(spread, expected.shape) / np.sqrt(seeds)
    error = np.hypot(error, rounding)
    gap = sample.mean(0) - expected
    limit = family_limit(len(expected))
    allowed = np.broadcast_to(np.asarray(claim.error, float), expected.shape)
    if claim.side == "both":
        beyond = np.sign(gap) * np.maximum(np.abs(gap) - allowed, 0)
        worst = int(np.nanargmax(np.where(np.isnan(gap), np.inf, np.abs(beyond) / error)))
    else:
        sign = 1 if claim.side == "at most" else -1
        beyond = np.where(sign * gap > 0, gap, 0) - sign * allowed * (sign * gap > allowed)
        worst = int(np.argmax(np.where(np.isnan(gap), np.inf, sign * gap / error)))
    z = float(beyond[worst] / error[worst])
    good = bool(np.abs(z) <= limit)  # not a number is no pass
    return Finding(
        claim,
        float(expected[worst]),
        float(sample.mean(0)[worst]),
        float(error[worst]),
        z,
        limit,
        float((limit + 1.645) * error[worst] + allowed[worst]),
        seeds,
        worst_generation(claim, worst),
        verdict_of(claim, good),
        key,
    )


def _identity(claim: Claim, sample: np.ndarray, expected: np.ndarray, key: int) -> Finding:
    gap = np.abs(sample - expected)
    seed, worst = np.unravel_index(int(np.argmax(np.where(np.isnan(gap), np.inf, gap))), gap.shape)
    tolerance = np.broadcast_to(np.asarray(claim.error, float), expected.shape)
    z = float(gap[seed, worst] / tolerance[worst])
    return Finding(
        claim,
        float(expected[worst]),
        float(sample[seed, worst]),
        0.0,
        z,
        1.0,
        float(tolerance[worst]),
        len(sample),
        worst_generation(claim, int(worst)),
        verdict_of(claim, bool(z <= 1)),
        key,
    )


def worst_generation(claim: Claim, index: int) -> int:
    """The generation of the index-th observed number, where numbers stand for generations."""
    return claim.at[index] if index < len(claim.at) else claim.at[-1]


def verdict_of(claim: Claim, good: bool) -> str:
    if claim.kind == "published":
        return "holds" if good else "does not hold"
    return "passes" if good else "FAILS"
