"""Kappa and alpha against statsmodels and krippendorff, and by hand."""

import numpy as np
import pytest

from collapse.stats.agreement import cohen, constant, fleiss, krippendorff


def value(parts):
    sums, statistic = parts
    return float(statistic(sums.sum(0)))


def rated(seed=0, units=80, raters=4, grades=4):
    """Grades of several raters, noisy readings of one truth."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, grades, units)
    noise = random.integers(0, grades, (units, raters))
    return np.where(random.random((units, raters)) < 0.6, truth[:, None], noise).astype(float)


@pytest.mark.parametrize("quadratic", [False, True])
def test_cohen_is_that_of_statsmodels(quadratic):
    rater = pytest.importorskip("statsmodels.stats.inter_rater")
    ratings = rated(raters=2)
    table, _ = rater.to_table(ratings.astype(int), bins=4)
    oracle = rater.cohens_kappa(table, wt="quadratic" if quadratic else None)
    assert value(cohen(ratings, quadratic)) == pytest.approx(float(oracle.kappa))


def test_fleiss_is_that_of_statsmodels():
    rater = pytest.importorskip("statsmodels.stats.inter_rater")
    ratings = rated()
    oracle = rater.fleiss_kappa(rater.aggregate_raters(ratings)[0])
    assert value(fleiss(ratings)) == pytest.approx(oracle)


@pytest.mark.parametrize("interval", [False, True])
def test_alpha_is_that_of_krippendorff(interval):
    library = pytest.importorskip("krippendorff")
    ratings = rated()
    ratings[np.random.default_rng(1).random(ratings.shape) < 0.4] = np.nan
    assert (np.isfinite(ratings).sum(1) < 2).any()
    level = "interval" if interval else "nominal"
    oracle = library.alpha(ratings.T, level_of_measurement=level)
    assert value(krippendorff(ratings, interval)) == pytest.approx(oracle)
    far = ratings + (1e6 if interval else 0)
    assert value(krippendorff(far, interval)) == pytest.approx(oracle, rel=1e-6)


def test_by_hand():
    """Two raters, 20 units: 13 the same where 10 are expected, (13 - 10) / (20 - 10)."""
    ratings = np.array([[1, 1]] * 7 + [[0, 0]] * 6 + [[1, 0]] * 3 + [[0, 1]] * 4, float)
    expected = (10 * 11 + 10 * 9) / 20
    assert value(cohen(ratings)) == pytest.approx((13 - expected) / (20 - expected))
    assert value(cohen(np.array([[1.0, 1], [0, 0]]))) == 1
    assert value(cohen(np.array([[1.0, 0], [0, 1]]))) == -1
    assert constant(ratings[:, 1]) == 11 / 20
