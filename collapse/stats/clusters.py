"""Intervals for rows that come in clusters, such as all verdicts on one question.

Rows of one cluster depend on each other, so that the clusters and not the rows are what an interval
counts. ``cluster`` is the number of each row's cluster (n,), from 0 to G - 1; None: every row is a
cluster of its own. The standard error is that of the delete-one-cluster jackknife, which for
regressions is CR3 of Bell and McCaffrey (2002), with Student's t of G - 1 degrees of freedom
(Cameron and Miller 2015, section VI). With few clusters it covers better than the plain sandwich.
"""

import math
from collections.abc import Callable

import numpy as np

from collapse.stats.estimate import LEVEL, Estimate, missing
from collapse.stats.intervals import t_quantile


def numbered(keys) -> np.ndarray:
    """The number of each key (n,), in order of appearance."""
    numbers: dict = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], int)


def totals(parts: np.ndarray, cluster: np.ndarray | None) -> np.ndarray:
    """The sums (G, ...) over the rows (n, ...) of each cluster that has any."""
    if cluster is None:
        return parts
    cluster = np.unique(cluster, return_inverse=True)[1]
    sums = np.zeros((cluster.max() + 1, *parts.shape[1:]))
    np.add.at(sums, cluster, parts)
    return sums


def jackknife(
    sums: np.ndarray,
    statistic: Callable[[np.ndarray], np.ndarray],
    unit: str = "",
    least: float = -math.inf,
    greatest: float = math.inf,
    what: str = "question",
) -> Estimate:
    """A function of sums over all rows, with the interval of the delete-one-cluster jackknife.

    Args:
        sums: (G, k), the sums of each cluster.
        statistic: from sums (..., k) to the number (...).
        unit: of the number.
        least, greatest: its range, to which the ends are moved.
        what: what a cluster is.
    """
    count = len(sums)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(statistic(sums.sum(0)))
        without = statistic(sums.sum(0) - sums)
    if not math.isfinite(value):
        return missing(unit, "nothing varies in it")
    if count < 2 or not np.isfinite(without).all():
        reason = f"a single {what} decides it" if count > 1 else f"there is one {what} only"
        return missing(unit, reason)
    half = t_quantile(count - 1) * jackknife_error(without)
    method = f"jackknife over {what}s, t"
    if half <= 1e-12 * max(abs(value), 1.0):  # all clusters alike: their variance is not known
        why = f"all {count} {what}s give the same number"
        return Estimate(value, method=method, n=count, unit=unit, reason=why)
    estimate = Estimate(value, value - half, value + half, LEVEL, method, count, unit=unit)
    return estimate.within(least, greatest)


def jackknife_error(without: np.ndarray) -> float:
    """The standard error from the values (G,) without each of the clusters in turn."""
    count = len(without)
    return math.sqrt((count - 1) / count * float(((without - without.mean()) ** 2).sum()))
