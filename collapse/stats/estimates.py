"""Numbers with their 95 % intervals, or the reason why there is none."""

import math
from dataclasses import asdict, dataclass

import numpy as np
from scipy import optimize, special, stats

LEVEL = 0.95
Z = float(special.ndtri((1 + LEVEL) / 2))


@dataclass(frozen=True)
class Estimate:
    """One thing that a judge does.

    ``value`` is None where the data give no number: then ``low`` or ``high`` may still be a bound
    ("at least", "at most"), and ``reason`` says what is missing.
    """

    unit: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    method: str = ""
    reason: str = ""
    rows: int = 0  # how many rows it rests on

    @property
    def best(self) -> float | None:
        """The value, or the bound where there is but one of them."""
        if self.value is not None:
            return self.value
        ends = [end for end in (self.low, self.high) if end is not None]
        return ends[0] if len(ends) == 1 else None

    @property
    def shows(self) -> bool:
        """Whether it is told from 0."""
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        return self.best is not None and (low > 0 or high < 0)

    def as_dict(self) -> dict:
        return asdict(self)


def missing(unit: str, reason: str) -> Estimate:
    """What is not identified, and why."""
    return Estimate(unit, reason=reason)


def share(hits: np.ndarray) -> Estimate:
    """The share of a row of 0 and 1, with the interval of Wilson (1927)."""
    n, p = len(hits), float(np.mean(hits))
    middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    low = 0.0 if p == 0 else middle - half
    high = 1.0 if p == 1 else middle + half
    return Estimate("share", p, low, high, "Wilson (shares)", rows=n)


def area(score: np.ndarray, label: np.ndarray) -> Estimate:
    """The chance that a right item scores above a wrong one, ties counting half: the area under the
    receiver's curve, by Mann and Whitney. The interval inverts Hanley and McNeil's variance with
    equal sample sizes, method 5 of Newcombe (2006), which has a width at 0 and 1 too."""
    right, errors = score[label == 1], score[label == 0]
    m, n = len(right), len(errors)
    ranks = stats.rankdata(np.concatenate([right, errors]))
    found = float((ranks[:m].sum() - m * (m + 1) / 2) / (m * n))
    extra = (m + n) / 2 - 1

    def variance(a: float) -> float:
        return a * (1 - a) * (1 + extra * ((1 - a) / (2 - a) + a / (1 + a))) / (m * n)

    def away(a: float) -> float:
        return (a - found) ** 2 - Z**2 * variance(a)

    # At the estimate ``away`` is negative, but 0 where that is 0 or 1: step off it.
    low = 0.0 if found == 0 else float(optimize.brentq(away, 0, found - 1e-12))
    high = 1.0 if found == 1 else float(optimize.brentq(away, found + 1e-12, 1))
    return Estimate("share", found, low, high, "Newcombe's method 5 (areas)", rows=m + n)


def spread(squares: float, df: int, unit: str, rows: int) -> Estimate:
    """The standard deviation of what a regression leaves, from its sum of squares; the interval by
    chi-square, for Gaussian noise."""
    low, high = (
        math.sqrt(squares / stats.chi2.ppf(q, df)) for q in ((1 + LEVEL) / 2, (1 - LEVEL) / 2)
    )
    method = "chi-square (noise)"
    return Estimate(unit, math.sqrt(squares / df), low, high, method, rows=rows)
