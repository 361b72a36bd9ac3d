"""Intervals of shares, areas and standard deviations."""

import math
from dataclasses import replace

import numpy as np
from scipy import optimize, stats

from collapse.stats.clusters import jackknife, totals
from collapse.stats.estimate import LEVEL, Estimate, Z
from collapse.stats.intervals import t_quantile


def share(hits: np.ndarray, cluster: np.ndarray | None = None, what: str = "question") -> Estimate:
    """The share of ones among numbers from 0 to 1 (n,), with the interval of Wilson (1927).

    With clusters, n is the effective sample size p (1 - p) / variance, and the quantile is that of
    Student's t (Franco, Little, Louis and Slud 2019). If all rows agree, it is the number of
    clusters; one cluster alone tells no variance, and its rows are taken as independent.
    """
    n, p = len(hits), float(np.mean(hits))
    sums = totals(np.stack([hits, np.ones(n)], 1), cluster)
    count = len(sums)
    if count == n or count < 2:
        return Estimate(p, *wilson(p, n), LEVEL, "Wilson (shares)", n, unit="share")
    rest = sums[:, 0] - p * sums[:, 1]
    variance = count / (count - 1) * float(rest @ rest) / n**2
    size = n if variance == 0 else p * (1 - p) / variance
    size = count if p in (0, 1) else size
    method = f"Wilson with the effective size of clusters ({what}s), t (shares)"
    ends = wilson(p, size, t_quantile(count - 1))
    return Estimate(p, *ends, LEVEL, method, count, unit="share")


def wilson(p: float, n: float, z: float = Z) -> tuple[float, float]:
    """The ends of the interval of Wilson (1927) of a share ``p`` of ``n``."""
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return 0.0 if p == 0 else middle - half, 1.0 if p == 1 else middle + half


def none_seen(n: int) -> float:
    """The most that a share may be at ``LEVEL``, one-sided, if none of ``n`` independent units has
    it (Clopper and Pearson 1934): about 3 / n, the rule of three."""
    return 1 - (1 - LEVEL) ** (1 / n)


def clustered_area(
    score: np.ndarray, label: np.ndarray, cluster: np.ndarray, what: str = "question"
) -> Estimate:
    """``area`` with the interval of Obuchowski (1997) for rows in clusters: the variance of the
    clusters' sums of influences, on the logit scale, with Student's t."""
    right, wrong = label == 1, label == 0
    m, n = right.sum(), wrong.sum()
    value = area(score, label).value
    influence = np.zeros(len(score))
    below, equal = (
        np.searchsorted(np.sort(score[wrong]), score[right], side) for side in ("left", "right")
    )
    influence[right] = ((below + equal) / (2 * n) - value) / m
    under, same = (
        np.searchsorted(np.sort(score[right]), score[wrong], side) for side in ("left", "right")
    )
    influence[wrong] = (1 - (under + same) / (2 * m) - value) / n
    sums = totals(influence, cluster)
    count = len(sums)
    if value in (0, 1) or count in (1, len(score)):
        return area(score, label)
    error = math.sqrt(count / (count - 1) * float(sums @ sums)) / (value * (1 - value))
    logit, half = math.log(value / (1 - value)), t_quantile(count - 1) * error
    low, high = (1 / (1 + math.exp(-end)) for end in (logit - half, logit + half))
    method = f"Obuchowski, by {what}s, t (areas)"
    return Estimate(value, low, high, LEVEL, method, count, unit="share")


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


def pooled_sd(squares: np.ndarray, dfs: np.ndarray, unit: str, what: str) -> Estimate:
    """The standard deviation from sums of squares (G,) of clusters and their degrees of freedom.
    The interval is the jackknife over clusters of its logarithm, so that the noise may differ from
    one cluster to another, where that by chi-square has it the same in all."""
    total, df = float(squares.sum()), int(dfs.sum())
    if total == 0 or len(squares) < 2:
        return residual_sd(total, df, unit, len(squares))
    sums = np.stack([squares, dfs], 1)
    log_sd = jackknife(sums, lambda s: np.log(s[..., 0] / s[..., 1]) / 2, unit, what=what)
    if not log_sd.known:
        return log_sd
    value, low, high = (math.exp(x) for x in (log_sd.value, log_sd.low, log_sd.high))
    return replace(log_sd, value=value, low=low, high=high, method=f"{log_sd.method} (repeats)")


def clustered_sd(
    rest: np.ndarray, df: int, cluster: np.ndarray, unit: str, what: str = "question"
) -> Estimate:
    """The standard deviation of residuals (n,) in clusters, of Gaussian noise in two parts, one of
    the cluster and one of the row. The interval is that of Graybill and Wang (1980) for a sum of
    the mean squares between and within clusters."""
    sums = totals(np.stack([rest, np.ones(len(rest))], 1), cluster)
    count = len(sums)
    squares = float(rest @ rest)
    between = float((sums[:, 0] ** 2 / sums[:, 1]).sum())
    parts = np.array([between, squares - between]) / df
    dfs = np.array([count - 1, max(df - count + 1, 1)])
    up = dfs / stats.chi2.ppf((1 - LEVEL) / 2, dfs) - 1
    down = 1 - dfs / stats.chi2.ppf((1 + LEVEL) / 2, dfs)
    low, high = (
        math.sqrt(max(squares / df + sign * math.sqrt(float(((by * parts) ** 2).sum())), 0.0))
        for sign, by in ((-1, down), (1, up))
    )
    method = f"Graybill and Wang, within and between {what}s (noise)"
    return Estimate(math.sqrt(squares / df), low, high, LEVEL, method, count, unit=unit)
