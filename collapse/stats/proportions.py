"""Intervals of shares, areas and standard deviations."""

import math

import numpy as np
from scipy import optimize, stats

from collapse.stats.estimate import LEVEL, Estimate, Z


def share(hits: np.ndarray) -> Estimate:
    """The share of ones among zeros and ones (n,), with the interval of Wilson (1927)."""
    p = float(np.mean(hits))
    return Estimate(p, *wilson(p, len(hits)), LEVEL, "Wilson (shares)", len(hits), unit="share")


def wilson(p: float, n: int) -> tuple[float, float]:
    """The ends of the interval of Wilson (1927) of a share ``p`` of ``n``."""
    middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    return 0.0 if p == 0 else middle - half, 1.0 if p == 1 else middle + half


def area(score: np.ndarray, label: np.ndarray) -> Estimate:
    """The area under the ROC curve: the chance that a right item (label 1) scores above a wrong one
    (label 0), ties counting half (Mann and Whitney 1947). The interval inverts the variance of
    Hanley and McNeil with equal sample sizes, method 5 of Newcombe (2006); it has a width also at 0
    and 1."""
    right, wrong = score[label == 1], score[label == 0]
    m, n = len(right), len(wrong)
    ranks = stats.rankdata(np.concatenate([right, wrong]))
    estimate = float((ranks[:m].sum() - m * (m + 1) / 2) / (m * n))
    extra = (m + n) / 2 - 1

    def variance(a: float) -> float:
        return a * (1 - a) * (1 + extra * ((1 - a) / (2 - a) + a / (1 + a))) / (m * n)

    def excess(a: float) -> float:
        return (a - estimate) ** 2 - Z**2 * variance(a)

    # ``excess`` is negative at the estimate, but 0 at 0 and 1: start beside it.
    low = 0.0 if estimate == 0 else float(optimize.brentq(excess, 0, estimate - 1e-12))
    high = 1.0 if estimate == 1 else float(optimize.brentq(excess, estimate + 1e-12, 1))
    return Estimate(estimate, low, high, LEVEL, "Newcombe's method 5 (areas)", m + n, unit="share")


def residual_sd(squares: float, df: int, unit: str, n: int) -> Estimate:
    """The residual standard deviation of a regression of ``n`` rows, from its residual sum of
    squares and degrees of freedom; the interval is by chi-square, for Gaussian noise."""
    low, high = (
        math.sqrt(squares / stats.chi2.ppf(q, df)) for q in ((1 + LEVEL) / 2, (1 - LEVEL) / 2)
    )
    value = math.sqrt(squares / df)
    return Estimate(value, low, high, LEVEL, "chi-square (noise)", n, unit=unit)
