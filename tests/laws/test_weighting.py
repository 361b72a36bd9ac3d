"""Weights of real and synthetic items, and what a mixture is worth, against NumPy chains."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from collapse.laws import gaussian_pools, weighting
from collapse.laws.gaussian import replace_w2_squared

LIMIT = 4.5
T = np.arange(1, 7)


def worst(sample, law):
    gap = np.asarray(sample, float) - law
    return np.abs(gap.mean(0) / (gap.std(0, ddof=1) / np.sqrt(len(gap)))).max()


@pytest.mark.parametrize("weight", [0.2, 0.618])
def test_weighted_means(weight):
    """A mean of 4 new real and 6 synthetic items of known variance; first 10 real ones."""
    rng, real, synthetic, seeds, means = np.random.default_rng(0), 4, 6, 40_000, []
    mean = rng.normal(size=(seeds, 10)).mean(1)
    for _ in T:
        means.append(mean)
        fresh = rng.normal(size=(seeds, real)).mean(1)
        old = mean + rng.normal(size=(seeds, synthetic)).mean(1)
        mean = weight * fresh + (1 - weight) * old
    means = np.stack(means, 1)
    assert worst(means**2, weighting.mean_variance(T, real, synthetic, weight)) < LIMIT
    assert worst(means**2, weighting.mean_variance(T + 1, real, synthetic, weight)) > LIMIT
    assert worst(means**2, weighting.mean_variance(T, synthetic, real, weight)) > LIMIT
    assert worst(means**2, weighting.mean_variance(T, real, synthetic, weight, first=4)) > LIMIT
    assert weighting.mean_variance(np.array([0]), real, synthetic, weight)[0] == 0


def test_golden_weight():
    assert weighting.golden_weight(10, 10) == pytest.approx((np.sqrt(5) - 1) / 2)
    found = [10 * weighting.mean_variance_limit(10, 10, w) for w in (0.618034, 0.5, 0.8)]
    np.testing.assert_allclose(found, [0.618034, 0.666667, 0.708333], atol=5e-7)
    for real, synthetic in ((10, 90), (50, 3), (7, 7)):

        def loss(w, real=real, synthetic=synthetic):
            return weighting.mean_variance_limit(real, synthetic, w)

        best = minimize_scalar(loss, bounds=(1e-3, 1), method="bounded", options={"xatol": 1e-9})
        weight = weighting.golden_weight(real, synthetic)
        assert weight == pytest.approx(best.x, abs=1e-5)
        assert weight > real / (real + synthetic)
        assert loss(weight) == pytest.approx(weight / real)


@pytest.mark.parametrize(("bias", "ddof"), [(1.0, 1), (0.7, 1), (0.7, 0)])
def test_second_moments_of_the_fresh_loop(bias, ddof):
    rng, real, synthetic, seeds = np.random.default_rng(1), 4, 7, 60_000
    rows, found = rng.normal(size=(seeds, 11)), []
    for _ in T:
        mean, variance = rows.mean(1), rows.var(1, ddof=ddof)
        found.append((mean**2, variance))
        noise = rng.normal(size=(seeds, synthetic)) * np.sqrt(bias * variance)[:, None]
        rows = np.concatenate([rng.normal(size=(seeds, real)), mean[:, None] + noise], 1)
    d, v = (np.stack(x, 1) for x in zip(*found, strict=True))
    law = weighting.fresh_mix_second_moments(T, real, synthetic, ddof, bias)
    samples = {"D": d, "V": v, "DD": d * d, "DV": d * v, "VV": v * v}
    for name, sample in samples.items():
        assert worst(sample, law[name]) < LIMIT, name
    swapped = weighting.fresh_mix_second_moments(T, synthetic, real, ddof, bias)
    assert all(worst(sample, swapped[name]) > LIMIT for name, sample in samples.items())
    first = gaussian_pools.fresh_mix(T, real, synthetic, ddof, bias)
    np.testing.assert_allclose([law["V"], law["D"]], first)
    distances = d + (np.sqrt(v) - 1) ** 2
    near = weighting.fresh_mix_w2_squared(T, real, synthetic, ddof, bias)
    np.testing.assert_allclose(distances.mean(0), near, rtol=0.08)


def test_first_distance_is_exact():
    law = weighting.fresh_mix_w2_squared(np.array([0, 1]), 8, 12)
    np.testing.assert_allclose(law, [0, replace_w2_squared(1, 20)], rtol=1e-9, atol=1e-12)


def test_effective_size():
    """Unbiased, synthetic items help; narrowed, many of them hurt (Alemohammad et al. 2024,
    fig. 11). Without synthetic items the loop is worth its real ones."""
    assert weighting.effective_size(100, 0) == pytest.approx(100, rel=1e-6)
    unbiased = [weighting.effective_size(100, m) for m in (30, 100, 1000)]
    narrowed = [weighting.effective_size(100, m, bias=0.7) for m in (30, 100, 1000)]
    assert min(unbiased) > 100
    assert narrowed[-1] < 100
    assert all(a > b for a, b in zip(unbiased, narrowed, strict=True))
    size = weighting.effective_size(100, 100)
    loop = weighting.fresh_mix_w2_squared(np.array([2000]), 100, 100)[0]
    assert float(replace_w2_squared(1, size)) == pytest.approx(loop, rel=1e-6)


@pytest.mark.parametrize(("separation", "power"), [(0.0, 10.0), (1.0, 10.0), (2.0, 1.0)])
def test_rows_drawn_by_confidence(separation, power):
    """One draw after another from an urn of three copies of 400 rows, as it is defined."""
    rng, rows, found = np.random.default_rng(3), 400, []
    synthetic = np.tile(np.arange(rows) < 100, 3)
    for _ in range(40):
        score = np.tile(rng.normal(size=rows), 3) + separation * synthetic  # of a row, not a copy
        weight = (1 + np.exp(separation * (score - separation / 2))) ** -power
        drawn = rng.choice(3 * rows, 600, replace=False, p=weight / weight.sum())
        found.append(synthetic[drawn].mean())
    law = weighting.resampled_share(0.25, separation, power, 1.5, 3)
    assert abs(np.mean(found) - law) < LIMIT * np.std(found, ddof=1) / np.sqrt(40) + 1 / rows
    assert (law < 0.2) == (separation > 0)
