"""Claims: what is known about a run in advance, and the test of a run against it.

    law            the mean over seeds equals ``expected``, two-sided, in standard errors
    approximation  the same, with a tolerance ``error``, the derived error of the formula
    bound          one-sided: the mean is ``"at most"`` or ``"at least"`` the expected value
    identity       every seed equals ``expected`` within the absolute tolerance ``error``
    published      a number or a shape printed in a paper; it never affects the exit code

Notation: S seeds, G generations tested. The evidence of a claim is the record of an arm, or the
result of a function of its scenario, both {"curves": {name: (S, ...)}, ...}.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from collapse.errors import UserError, call_user
from collapse.scenario.verdicts import DOES_NOT_HOLD, Verdict, reported
from collapse.stats.estimate import Estimate
from collapse.suggest import unknown

LIMIT = 4.0  # standard errors, for a claim about one number
POWER = 1.645  # standard errors beyond the limit, for detection with probability 95 %
ROUNDING = 4 * float(np.finfo(np.float32).eps)
KINDS = ("law", "approximation", "bound", "identity", "published")
SIDES = ("both", "at most", "at least")


@dataclass(frozen=True)
class Claim:
    """What is known about a run in advance: one row of ``collapse verify``.

    name      what is claimed, in a few words
    kind      one of ``KINDS``, which says when it passes: see the head of this file
    source    author (year), equation; or the law that derives it
    evidence  an arm of the scenario, or a key of its ``evidence``: a function (key, seeds) ->
              record
    observe   the name of a curve; or a function record -> (S, G) or (S,) numbers, one row for each
              seed. A record is {"curves": {name: (S, T + 1)}, ...}, generation 0 first
    expected  a number, an array (G,), or a function of the array of generations ``at``; a function
              is also drawn over the curve in the figure of a shipped scenario
    at        the G generations tested; the one that fits worst counts
    spread    standard deviation over seeds, a number or (G,), if the law gives it; None: estimated
              from the seeds
    error     by how much the mean may be off beyond chance, a number or (G,): the known error of
              an approximation or of a printed number; of an identity its absolute tolerance
    side      "both"; or "at most" or "at least", of a bound or a published shape

    Of published claims alone:

    paper     key in docs/references.bib; default: that of the scenario
    printed   what the paper prints, where it is not the number ``expected``
    differs   settings that differ from the paper's
    note      why it does not hold, or how the paper's own claim is wrong or ambiguous
    size      smallest size of the scenario at which it can be decided
    """

    name: str
    kind: str
    source: str
    evidence: str
    observe: str | Callable
    expected: Any
    at: tuple[int, ...] = (1,)
    spread: Any = None
    error: Any = 0.0
    side: str = "both"
    paper: str = ""
    printed: str = ""
    differs: str = ""
    note: str = ""
    size: str = "quick"

    def __post_init__(self):
        choices = (("kind", self.kind, KINDS), ("side", self.side, SIDES))
        errors = [
            unknown(what, value, list(may)) for what, value, may in choices if value not in may
        ]
        if self.kind == "bound" and self.side == "both":
            errors.append("a bound is on one side: give side='at most' or side='at least'.")
        if not isinstance(self.at, (tuple, list, range, np.ndarray)):
            errors.append(f"at must be a tuple of generations, such as (1, 20), not {self.at!r}.")
        if errors:
            raise UserError(*(f"The claim {self.name!r}: {error}" for error in errors))


@dataclass(frozen=True)
class Finding:
    """The result of testing a claim: the generation (or number) that fits it worst."""

    claim: Claim
    expected: float
    measured: float
    standard_error: float
    z: float  # gap beyond the allowed error, in standard errors; for an identity, gap / tolerance
    limit: float  # the |z| that would fail
    detects: float  # smallest deviation that would fail with probability 95 %
    seeds: int
    at: int
    verdict: str  # passes, FAILS; of published claims: one of ``verdicts.VERDICTS``
    key: int = 0
    estimate: Estimate = Estimate()  # of published claims: what was measured, with its interval
    reason: str = ""  # of published claims: why the verdict is not "holds"
    first: "Finding | None" = field(default=None, repr=False)  # the failure with the first key


def observed(claim: Claim, record: dict) -> np.ndarray:
    """(S, G) the numbers of each seed that a claim observes in a record. Raises ``UserError`` for a
    curve or generation that the record lacks, and for exceptions in the user's function."""
    if callable(claim.observe):
        numbers = np.asarray(
            call_user(f"observe of the claim {claim.name!r}", claim.observe, record), float
        )
        return numbers.reshape(len(numbers), -1)
    curves = record["curves"]
    if claim.observe not in curves:
        where = f"curve of {claim.evidence}"
        raise UserError(f"The claim {claim.name!r}: {unknown(where, claim.observe, list(curves))}")
    numbers = np.asarray(curves[claim.observe], float)
    if numbers.ndim > 1 and max(claim.at) >= numbers.shape[1]:
        raise UserError(
            f"The claim {claim.name!r} is about generation {max(claim.at)}, and the last one of "
            f"{claim.evidence} is {numbers.shape[1] - 1}: give other generations in at=."
        )
    numbers = numbers[:, list(claim.at)] if numbers.ndim > 1 else numbers
    return numbers.reshape(len(numbers), -1)


def expectation(claim: Claim, count: int) -> np.ndarray:
    """(G,) expected value of each observed number."""
    expected = claim.expected
    if callable(expected):
        what = f"expected of the claim {claim.name!r}"
        expected = call_user(what, expected, np.array(claim.at))
    return np.broadcast_to(np.asarray(expected, float), count)


def family_limit(count: int) -> float:
    """Limit in standard errors for the worst of ``count`` numbers, with the false-alarm rate of one
    number at LIMIT (Bonferroni correction)."""
    from scipy.special import ndtr, ndtri

    return float(-ndtri(ndtr(-LIMIT) / count))


def check(claim: Claim, record: dict, key: int = 0) -> Finding:
    """Test one claim against its evidence."""
    with np.errstate(invalid="ignore", divide="ignore"):  # NaN and infinity never pass
        return _checked(claim, record, key)


def _checked(claim: Claim, record: dict, key: int) -> Finding:
    sample = observed(claim, record)
    expected = expectation(claim, sample.shape[1])
    allowed = np.broadcast_to(np.asarray(claim.error, float), expected.shape)
    if claim.kind == "published":
        error = standard_error(claim, sample, expected)
        spread = (
            "estimated" if claim.spread is None else "known" if np.any(claim.spread) else "none"
        )
        verdict = reported(sample, expected, allowed, error, claim.side, spread, claim.differs)
        return _published(claim, verdict, expected, allowed, error, key)
    if claim.kind == "identity":
        gap = sample - expected
        seed = int(np.argmax(np.nan_to_num(np.abs(gap), nan=np.inf).max(1)))
        measured, error, limit = sample[seed], allowed, 1.0
        score = np.abs(gap[seed]) / allowed
    else:
        measured, limit = sample.mean(0), family_limit(len(expected))
        error = standard_error(claim, sample, expected)
        gap = measured - expected
        away = {"both": np.abs(gap), "at most": gap, "at least": -gap}[claim.side]
        score = (away - allowed) / error
    worst = int(np.argmax(np.nan_to_num(score, nan=np.inf)))
    passes = bool(score[worst] <= limit)  # NaN does not pass
    exact = claim.kind == "identity"
    two_sided = not exact and claim.side == "both"
    return Finding(
        claim=claim,
        expected=float(expected[worst]),
        measured=float(measured[worst]),
        standard_error=0.0 if exact else float(error[worst]),
        z=float(np.sign(gap[worst]) * max(score[worst], 0) if two_sided else score[worst]),
        limit=limit,
        detects=float(error[worst] if exact else (limit + POWER) * error[worst] + allowed[worst]),
        seeds=len(sample),
        at=claim.at[worst] if worst < len(claim.at) else claim.at[-1],
        verdict="passes" if passes else "FAILS",
        key=key,
    )


def _published(
    claim: Claim,
    verdict: Verdict,
    expected: np.ndarray,
    allowed: np.ndarray,
    error: np.ndarray,
    key: int,
) -> Finding:
    worst, limit = verdict.worst, verdict.limit
    reason = claim.note if claim.note and verdict.word == DOES_NOT_HOLD else verdict.reason
    return Finding(
        claim=claim,
        expected=float(expected[worst]),
        measured=verdict.estimate.value,
        standard_error=float(error[worst]),
        z=verdict.z,
        limit=limit,
        detects=float((limit + POWER) * error[worst] + allowed[worst]),
        seeds=verdict.estimate.n,
        at=claim.at[worst] if worst < len(claim.at) else claim.at[-1],
        verdict=verdict.word,
        key=key,
        estimate=verdict.estimate,
        reason=reason,
    )


def standard_error(claim: Claim, sample: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """(G,) standard error of the mean over seeds, from the law's own spread if it gives one. It
    includes the rounding error of means in single precision."""
    if claim.spread is not None:
        spread = np.asarray(claim.spread, float)
    else:
        spread = sample.std(0, ddof=1) if len(sample) > 1 else np.full(sample.shape[1], np.nan)
    largest = np.maximum(np.abs(expected), np.abs(sample).max(0))
    rounding = ROUNDING * np.maximum(largest, np.finfo(np.float32).tiny)
    return np.hypot(np.broadcast_to(spread, expected.shape) / np.sqrt(len(sample)), rounding)
