"""Intervals over seeds: a mean or a median over independent runs, and how certain it is.

Seeds are independent; generations of one seed are not. So every question about a curve (a slope, a
waiting time, a jump) is first answered for every seed, and the interval is over seeds.
"""

import math
from dataclasses import replace

import numpy as np
from scipy import special

from collapse.curve import Curve
from collapse.stats.estimate import LEVEL, Estimate
from collapse.suggest import nearest

RESAMPLES = 2000
SKEWED = 2.0  # skewness of values; a t interval of seven such seeds covers 90 % or less


def of_curve(values: np.ndarray, curve: Curve, method: str | None = None) -> Estimate:
    """The estimate of one number of a curve over (S,) seeds, by ``method``, one of ``INTERVALS``.
    None: the median if the curve is declared heavy-tailed over seeds, else Student's t. Ends are
    clipped to the curve's range."""
    method = method or ("median" if curve.heavy else "t")
    return INTERVALS[method](values).within(curve.low, curve.high)


def t_interval(values: np.ndarray) -> Estimate:
    """Mean and Student's t interval of (S,) values; no ends for one seed. If a seed is infinite, so
    is the mean, and the ends are the least and the greatest seed."""
    values = _known(values)
    if np.isinf(values).any():
        return _infinite(values, "t")
    mean = float(values.mean()) if len(values) else math.nan
    if len(values) < 2:
        return Estimate(mean, method="t", n=len(values))
    half = t_quantile(len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values))
    return Estimate(mean, mean - half, mean + half, LEVEL, "t", len(values))


def welch_interval(a: np.ndarray, b: np.ndarray) -> Estimate:
    """Difference of the means of independent samples (S,) and (R,), second less first, with unequal
    variances (Welch 1947). ``n`` is the size of the smaller."""
    a, b = _known(a), _known(b)
    n = min(len(a), len(b))
    gap = float(b.mean() - a.mean()) if n else math.nan
    if n < 2 or not math.isfinite(gap):
        return Estimate(gap, method="t", n=n)
    parts = np.array([a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)])
    total = parts.sum()
    df = total**2 / (parts**2 / [len(a) - 1, len(b) - 1]).sum() if total > 0 else 1.0
    half = t_quantile(df) * float(np.sqrt(total))
    return Estimate(gap, gap - half, gap + half, LEVEL, "t", n)


def t_quantile(df: float, level: float = LEVEL) -> float:
    """Standard errors to either side of a t interval with ``df`` degrees of freedom."""
    return float(special.stdtrit(df, (1 + level) / 2))


def median_interval(values: np.ndarray) -> Estimate:
    """Median and an interval of order statistics (Conover 1999, section 3.2), for values of any
    distribution, also infinite ones: the k-th value from either end, with the largest k of coverage
    95 % or more. Fewer than six seeds have none; then the ends are the least and the greatest seed,
    of ``level`` 1 - 2^(1-S)."""
    values = np.sort(_known(values))
    count = len(values)
    if not count:
        return Estimate(method="median")
    if count == 1:
        return Estimate(float(values[0]), method="median", n=1)
    ks = np.arange(1, max(count // 2, 1) + 1)
    covers = 1 - 2 * special.bdtr(ks - 1, count, 0.5)
    enough = np.flatnonzero(covers >= LEVEL)
    k = int(ks[enough[-1]]) if len(enough) else 1
    middle = (values[(count - 1) // 2], values[count // 2])
    centre = middle[0] if middle[0] == middle[1] else sum(middle) / 2  # not inf less inf
    low, high = values[k - 1], values[count - k]
    return Estimate(float(centre), float(low), float(high), float(covers[k - 1]), "median", count)


def bootstrap_interval(values: np.ndarray, seed: int = 0) -> Estimate:
    """Mean and quantiles of the means of resampled seeds (Efron 1979). Too narrow for few seeds, by
    about sqrt((S - 1) / S) and the tails of t: see docs/statistics.md."""
    values = _known(values)
    if len(values) < 2:
        return replace(t_interval(values), method="bootstrap")
    if np.isinf(values).any():
        return _infinite(values, "bootstrap")
    rng = np.random.default_rng(seed)
    means = values[rng.integers(0, len(values), (RESAMPLES, len(values)))].mean(1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    mean = float(values.mean())
    return Estimate(mean, float(low), float(high), LEVEL, "bootstrap", len(values))


INTERVALS = {"t": t_interval, "median": median_interval, "bootstrap": bootstrap_interval}


def interval_errors(method: str) -> list[str]:
    """Error sentences about a value of ``--interval``."""
    if method in INTERVALS:
        return []
    return [f"--interval must be {', '.join(INTERVALS)}, not {method}{nearest(method, INTERVALS)}."]


def skewed(values: np.ndarray) -> bool:
    """Whether values (S,) are too skewed for a t interval (Fisher and Pearson's G1)."""
    values = _known(values)
    values = values[np.isfinite(values)]
    if len(values) < 3 or np.ptp(values) <= 1e-9 * np.abs(values).max():
        return False
    count, deviation = len(values), values - values.mean()
    raw = (deviation**3).mean() / (deviation**2).mean() ** 1.5
    return abs(raw) * math.sqrt(count * (count - 1)) / (count - 2) > SKEWED


def _infinite(values: np.ndarray, method: str) -> Estimate:
    """If a seed is infinite: the mean, the least and the greatest seed, without a coverage."""
    infinite = values[np.isinf(values)]
    mean = float(infinite[0]) if (infinite == infinite[0]).all() else math.nan
    ends = (float(values.min()), float(values.max())) if len(values) > 1 else (math.nan, math.nan)
    return Estimate(mean, *ends, method=method, n=len(values))


def _known(values) -> np.ndarray:
    values = np.asarray(values, float)
    return values[~np.isnan(values)]
