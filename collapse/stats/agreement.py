"""Agreement of raters beyond chance: Cohen's and Fleiss' kappa, Krippendorff's alpha.

Ratings are an array (units, raters) of numbers, NaN where a rater gave none. Each function gives
what ``clusters.jackknife`` takes: sums (units, k), to be added up over clusters, and the statistic
of their totals. That is why these few lines are here and not a library's, which has no intervals.
"""

from collections.abc import Callable

import numpy as np

Parts = tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]


def cohen(ratings: np.ndarray, quadratic: bool = False) -> Parts:
    """Kappa of two raters, both of whom rated every unit (Cohen 1960). ``quadratic``: disagreements
    weigh the square of their distance (Cohen 1968)."""
    values, codes = np.unique(ratings, return_inverse=True)
    codes, k = codes.reshape(ratings.shape), len(values)
    tables = np.zeros((len(ratings), k, k))
    tables[np.arange(len(ratings)), codes[:, 0], codes[:, 1]] = 1
    weights = (values[:, None] - values) ** 2 if quadratic else 1 - np.eye(k)

    def kappa(sums: np.ndarray) -> np.ndarray:
        table = sums.reshape(*sums.shape[:-1], k, k)
        expected = table.sum(-1)[..., :, None] * table.sum(-2)[..., None, :]
        n = table.sum((-1, -2))
        return 1 - (weights * table).sum((-1, -2)) * n / (weights * expected).sum((-1, -2))

    return tables.reshape(len(ratings), -1), kappa


def fleiss(ratings: np.ndarray) -> Parts:
    """Kappa of m raters of every unit, who need not be the same people (Fleiss 1971)."""
    raters = ratings.shape[1]
    counts = (ratings[:, :, None] == np.unique(ratings)).sum(1)
    agreed = (counts * (counts - 1)).sum(1)

    def kappa(sums: np.ndarray) -> np.ndarray:
        n = sums[..., :-1].sum(-1) / raters
        observed = sums[..., -1] / (n * raters * (raters - 1))
        chance = ((sums[..., :-1] / (n * raters)[..., None]) ** 2).sum(-1)
        return (observed - chance) / (1 - chance)

    return np.column_stack([counts, agreed]).astype(float), kappa


def krippendorff(ratings: np.ndarray, interval: bool = False) -> Parts:
    """Alpha of any number of raters with missing ratings (Krippendorff 2011); of categories, or
    with the squared distance of numbers. Units with fewer than two ratings count for nothing."""
    there = ~np.isnan(ratings)
    each = there.sum(1)
    ratings = np.where((each > 1)[:, None], ratings, np.nan)
    each = np.where(each > 1, each, 0)
    pairs = np.maximum(each - 1, 1)
    if interval:
        middle = np.nanmean(ratings) if each.any() else 0.0
        moved = ratings - middle  # less is lost to rounding around the mean
        first, second = np.nansum(moved, 1), np.nansum(moved**2, 1)
        parts = np.stack([2 * (each * second - first**2) / pairs, each, first, second], 1)

        def alpha(sums: np.ndarray) -> np.ndarray:
            observed, n, s1, s2 = np.moveaxis(sums, -1, 0)
            return 1 - observed / n * (n * (n - 1)) / (2 * (n * s2 - s1**2))

        return parts, alpha
    values = np.unique(ratings[~np.isnan(ratings)])
    counts = (ratings[:, :, None] == values).sum(1)
    observed = (each**2 - (counts**2).sum(1)) / pairs

    def nominal(sums: np.ndarray) -> np.ndarray:
        counts = sums[..., 1:]
        n = counts.sum(-1)
        expected = (n**2 - (counts**2).sum(-1)) / (n - 1)
        return 1 - sums[..., 0] / expected

    return np.column_stack([observed, counts]).astype(float), nominal


def constant(reference: np.ndarray) -> float:
    """How often the best constant answer agrees with ratings (n,): the base rate of agreement."""
    return float(np.unique(reference, return_counts=True)[1].max() / len(reference))
