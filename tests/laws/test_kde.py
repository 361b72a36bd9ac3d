"""Laws of kernel estimates fed on themselves, against chains in plain NumPy."""

import numpy as np
import pytest

from collapse.laws import gaussian, gaussian_pools, kde

LIMIT = 4.5
SEEDS = 40_000
T = np.arange(1, 6)


def worst(sample, law):
    gap = np.asarray(sample, float) - law
    return np.abs(gap.mean(0) / (gap.std(0, ddof=1) / np.sqrt(len(gap)))).max()


def gaussian_noise(rng, shape):
    return rng.normal(size=shape)


def tophat_noise(rng, shape):
    return rng.uniform(-1, 1, size=shape)


def chain(train, bandwidth, noise=gaussian_noise, n=6, last=5, seed=0):
    """Means and variances of the densities (seeds, last); ``train`` maps (rng, draws of every
    generation so far, real ones first) to the rows of the next fit, ``bandwidth`` (t, rows)."""
    rng = np.random.default_rng(seed)
    data = [rng.normal(size=(SEEDS, n))]
    means, variances = [], []
    for t in range(1, last + 1):
        rows = train(rng, data)
        h = bandwidth(t, rows)
        means.append(rows.mean(1))
        variances.append(rows.var(1))
        chosen = np.take_along_axis(rows, rng.integers(0, rows.shape[1], (SEEDS, n)), 1)
        data.append(chosen + h * noise(rng, chosen.shape))
    return np.stack(means, 1), np.stack(variances, 1)


def last_rows(rng, data):
    return data[-1]


def all_rows(rng, data):
    return np.concatenate(data, 1)


def some_rows(rng, data):
    pool = np.concatenate(data, 1)
    order = rng.random(pool.shape).argsort(1)[:, : data[0].shape[1]]
    return np.take_along_axis(pool, order, 1)


@pytest.mark.parametrize(
    ("kernel", "noise"), [("gaussian", gaussian_noise), ("tophat", tophat_noise)]
)
def test_replace(kernel, noise):
    n, h = 6, 0.5
    spread = kde.kernel_variance(kernel, h)
    means, variances = chain(last_rows, lambda t, rows: h, noise, n)
    law = kde.replace_variance(T, n, spread)
    assert worst(variances + spread, law) < LIMIT
    assert worst(means**2, kde.replace_mean_error(T, n, spread)) < LIMIT
    assert worst(variances + spread, kde.population_replace_variance(T, spread)) > LIMIT
    assert worst(variances + spread, kde.replace_variance(T + 1, n, spread)) > LIMIT
    assert worst(variances, law) > LIMIT
    wrong = kde.kernel_variance("gaussian" if kernel == "tophat" else "tophat", h)
    assert worst(variances + wrong, kde.replace_variance(T, n, wrong)) > LIMIT


def test_replace_goes_to_its_fixed_point_and_wanders():
    n, spread, t = 20, 0.3, np.array([2000, 2001])
    found = kde.replace_variance(t, n, spread)
    np.testing.assert_allclose(found, kde.replace_limit(n, spread))
    assert np.diff(kde.replace_mean_error(t, n, spread))[0] == pytest.approx(spread)


def test_accumulate():
    n, h = 4, 0.7
    means, variances = chain(all_rows, lambda t, rows: h, n=n)
    law = kde.accumulate_variance(T, n, h**2)
    assert worst(variances + h**2, law) < LIMIT
    assert worst(variances + h**2, kde.population_accumulate_variance(T, h**2)) > LIMIT
    assert worst(variances + h**2, kde.replace_variance(T, n, h**2)) > LIMIT
    assert worst(variances + h**2, kde.accumulate_variance(T - 1, n, h**2)) > LIMIT


def test_shrinking_bandwidth():
    n, c = 4, 1.5
    spread = kde.shrinking_bandwidth(T, n, c) ** 2
    means, variances = chain(all_rows, lambda t, rows: c * rows.shape[1] ** -0.2, n=n)
    assert worst(variances + spread, kde.accumulate_variance(T, n, spread)) < LIMIT
    constant = np.full(5, spread[0])
    assert worst(variances + spread, kde.accumulate_variance(T, n, constant)) > LIMIT
    late = kde.shrinking_bandwidth(T + 1, n, c) ** 2
    assert worst(variances + spread, kde.accumulate_variance(T, n, late)) > LIMIT


def test_subsample():
    n, h = 4, 0.7
    means, variances = chain(some_rows, lambda t, rows: h, n=n)
    law = kde.subsample_variance(T, n, h**2)
    assert worst(variances + h**2, law) < LIMIT
    assert worst(variances + h**2, kde.accumulate_variance(T, n, h**2)) > LIMIT
    assert worst(variances + h**2, kde.subsample_variance(T + 1, n, h**2)) > LIMIT


@pytest.mark.parametrize("rule", ["scott", "silverman"])
def test_rules_of_thumb_blow_up(rule):
    n = 8
    factor = kde.rule_factor(rule, n)

    def bandwidth(t, rows):
        return factor * rows.std(1, ddof=1, keepdims=True)

    _, variances = chain(last_rows, bandwidth, n=n)
    found = variances * (1 + factor**2 * n / (n - 1))
    assert worst(found, kde.rule_variance(T, n, factor)) < LIMIT
    assert worst(found, kde.rule_variance(T + 1, n, factor)) > LIMIT
    assert worst(found, kde.rule_variance(T, n, 0.8 * factor)) > LIMIT
    assert (np.diff(kde.rule_variance(T, n, factor)) > 0).all()


def test_fresh_mix():
    n, real, h = 6, 2, 0.8

    def train(rng, data):
        if len(data) == 1:
            return data[0]
        return np.concatenate([rng.normal(size=(SEEDS, real)), data[-1][:, : n - real]], 1)

    means, variances = chain(train, lambda t, rows: h, n=n)
    variance, error = kde.fresh_mix(T, real, n - real, h**2)
    assert worst(variances + h**2, variance) < LIMIT
    assert worst(means**2, error) < LIMIT
    swapped = kde.fresh_mix(T, n - real, real, h**2)
    assert worst(variances + h**2, swapped[0]) > LIMIT
    assert worst(means**2, swapped[1]) > LIMIT
    far = kde.fresh_mix(np.array([500]), real, n - real, h**2)
    bound = 1 + (n - real) / real * h**2 + h**2
    assert far[0][0] + far[1][0] == pytest.approx(bound)


def test_without_noise_a_kernel_estimate_obeys_the_gaussian_laws():
    """Only pairs of rows matter: the bootstrap loses as much variance as the fitted Gaussian."""
    n, t = 7, np.arange(8)
    np.testing.assert_allclose(kde.replace_variance(t, n, 0.0), gaussian.replace_variance(t, n))
    found = kde.replace_mean_error(t, n, 0.0)
    np.testing.assert_allclose(found, gaussian.replace_mean_error(t, n), atol=1e-15)
    found = kde.accumulate_variance(t, n, 0.0)
    np.testing.assert_allclose(found, gaussian.accumulate_variance(t, n))
    found = kde.subsample_variance(t, n, 0.0)
    np.testing.assert_allclose(found, gaussian_pools.subsample_variance(t, n))
    found = kde.fresh_mix(t, 3, 4, 0.0)
    np.testing.assert_allclose(found, gaussian_pools.fresh_mix(t, 3, 4), atol=1e-15)


def test_population_laws_are_the_limits_of_many_rows():
    t, n = np.arange(9), 10**7
    found = kde.replace_variance(t, n, 0.3)
    np.testing.assert_allclose(found, kde.population_replace_variance(t, 0.3), rtol=1e-5)
    np.testing.assert_allclose(found, 1 + 0.3 * t, rtol=1e-5)
    found = kde.accumulate_variance(t, n, 0.3)
    np.testing.assert_allclose(found, kde.population_accumulate_variance(t, 0.3), rtol=1e-5)
    harmonic = np.cumsum(1 / np.arange(1, 9))
    np.testing.assert_allclose(found[1:], 1 + 0.3 * harmonic, rtol=1e-5)


def test_shrinking_bandwidth_keeps_the_variance_bounded():
    t = np.array([10**6])
    spread = kde.shrinking_bandwidth(np.arange(1, 10**6 + 1), 50, 2.0) ** 2
    total = kde.population_accumulate_variance(t, spread)[0] - 1
    tail = 2.5 * 1e6**-0.4  # the integral of k^(-7/5) from there on
    assert total / (4 * 50**-0.4) + tail == pytest.approx(2.320, abs=5e-3)


def test_kernel_variances():
    rng = np.random.default_rng(1)
    direction = rng.normal(size=(200_000, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    ball = 2.0 * rng.random((200_000, 1)) ** (1 / 3) * direction
    assert worst(ball**2, kde.kernel_variance("tophat", 2.0, 3)) < LIMIT
    assert worst(ball**2, kde.kernel_variance("tophat", 2.0, 2)) > LIMIT
    assert kde.kernel_variance("tophat", 2.0) == pytest.approx(4 / 3)
    assert kde.kernel_variance("gaussian", 2.0, 3) == 4
    with pytest.raises(ValueError, match="kernel"):
        kde.kernel_variance("cosine", 1.0)
    with pytest.raises(ValueError, match="rule"):
        kde.rule_factor("cosine", 1)
