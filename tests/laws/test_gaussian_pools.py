"""Laws of Gaussian chains that keep, mix or renew their data, against chains in plain NumPy."""

import numpy as np
import pytest

from collapse.laws import gaussian, gaussian_pools
from tests.laws.gaussian_chains import LIMIT, SEEDS, T, chain, draw, worst


@pytest.mark.parametrize("n", [2, 6])
def test_subsample(n):
    """n rows without replacement of everything so far: against chains, and not as with
    replacement, nor as the whole pool."""
    pools = []

    def subsample(rng, pool, replacement):
        if replacement:
            return np.take_along_axis(pool, rng.integers(0, pool.shape[1], (len(pool), n)), 1)
        return np.take_along_axis(pool, rng.random(pool.shape).argsort(1)[:, :n], 1)

    def train(replacement):
        def step(rng, t, mean, variance, data):
            if t == 2:
                pools[:] = [data[0]]
            pools.append(draw(rng, mean, variance, n))
            return subsample(rng, np.concatenate(pools, 1), replacement)

        return step

    means, variances = chain(train(False), first=n)
    assert worst(variances, gaussian_pools.subsample_variance(T, n)) < LIMIT
    assert worst(means**2, gaussian_pools.subsample_mean_error(T, n)) < LIMIT
    assert worst(variances, gaussian_pools.subsample_variance(T + 1, n)) > LIMIT
    assert worst(variances, gaussian.accumulate_variance(T, n)) > LIMIT
    _, variances = chain(train(True), first=n)
    assert worst(variances, gaussian_pools.subsample_variance(T, n)) > LIMIT


def test_plateau_of_subsample():
    """The limit, its order, and its place: below accumulate, above replace."""
    for n in (2, 10, 300):
        limit = gaussian_pools.subsample_limit(n)
        far = gaussian_pools.subsample_variance(np.array([20_000]), n)[0]
        assert far == pytest.approx(limit, rel=2e-4)
        assert limit < gaussian.accumulate_limit(n)
    assert (1 - limit) * 300 == pytest.approx(np.pi**2 / 2 - 2, rel=0.02)
    t = np.arange(4)
    assert gaussian_pools.subsample_variance(t, 9)[:2] == pytest.approx([1, 8 / 9])
    assert (gaussian_pools.subsample_variance(t, 9)[2:] > gaussian.replace_variance(t, 9)[2:]).all()


@pytest.mark.parametrize("ddof", [0, 1])
@pytest.mark.parametrize("bias", [1.0, 0.6])
def test_fresh_mix(ddof, bias):
    real, synthetic = 3, 5

    def train(rng, t, mean, variance, data):
        fresh = rng.normal(size=(len(mean), real))
        return np.concatenate([fresh, draw(rng, mean, bias * variance, synthetic)], 1)

    means, variances = chain(train, ddof, first=8)
    variance, error = gaussian_pools.fresh_mix(T, real, synthetic, ddof, bias)
    assert worst(variances, variance) < LIMIT
    assert worst(means**2, error) < LIMIT
    for wrong in (
        gaussian_pools.fresh_mix(T, real, synthetic, 1 - ddof, bias),
        gaussian_pools.fresh_mix(T, synthetic, real, ddof, bias),
        gaussian_pools.fixed_real_mix(T, real, synthetic, ddof, bias),
        gaussian_pools.fresh_mix(T, real, synthetic, ddof, 0.8 * bias),
    ):
        assert max(worst(variances, wrong[0]), worst(means**2, wrong[1])) > LIMIT
    far = gaussian_pools.fresh_mix(np.array([400]), real, synthetic, ddof, bias)
    limit = gaussian_pools.fresh_mix_limit(real, synthetic, ddof, bias)
    np.testing.assert_allclose([x[0] for x in far], limit)


def test_weighted_fresh_mix():
    """Real items of total weight 0.7, though they are 3 of 8."""
    real, synthetic, weight, seeds = 3, 5, 0.7, SEEDS
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(seeds, 8))
    mean, variance, means, variances = rows.mean(1), rows.var(1), [], []
    weights = np.r_[np.full(3, weight / 3), np.full(5, (1 - weight) / 5)]
    for _ in T:
        means.append(mean)
        variances.append(variance)
        new = draw(rng, mean[:, None], variance[:, None], synthetic)
        rows = np.concatenate([rng.normal(size=(seeds, real)), new], 1)
        mean = rows @ weights
        variance = (rows - mean[:, None]) ** 2 @ weights
    means, variances = np.stack(means, 1), np.stack(variances, 1)
    law = gaussian_pools.fresh_mix(T, real, synthetic, weight=weight)
    assert worst(variances, law[0]) < LIMIT
    assert worst(means**2, law[1]) < LIMIT
    equal = gaussian_pools.fresh_mix(T, real, synthetic)
    assert worst(means**2, equal[1]) > LIMIT


@pytest.mark.parametrize("ddof", [0, 1])
def test_fresh_mix_of_the_population(ddof):
    n, share = 8, 0.375

    def train(rng, t, mean, variance, data):
        real = rng.random((len(mean), n)) < share
        return np.where(real, rng.normal(size=real.shape), draw(rng, mean, variance, n))

    means, variances = chain(train, ddof, first=n)
    variance, error = gaussian_pools.fresh_mix_population(T, n, share, ddof)
    assert worst(variances, variance) < LIMIT
    assert worst(means**2, error) < LIMIT
    fixed_shares = gaussian_pools.fresh_mix(T, 3, 5, ddof)
    assert max(worst(variances, fixed_shares[0]), worst(means**2, fixed_shares[1])) > LIMIT


@pytest.mark.parametrize("ddof", [0, 1])
def test_fixed_real_mix(ddof):
    real, synthetic = 3, 5

    def train(rng, t, mean, variance, data):
        return np.concatenate([data[0][:, :real], draw(rng, mean, variance, synthetic)], 1)

    means, variances = chain(train, ddof, first=8)
    variance, error = gaussian_pools.fixed_real_mix(T, real, synthetic, ddof)
    assert worst(variances, variance) < LIMIT
    assert worst(means**2, error) < LIMIT
    for wrong in (
        gaussian_pools.fixed_real_mix(T, real, synthetic, 1 - ddof),
        gaussian_pools.fresh_mix(T, real, synthetic, ddof),
        gaussian_pools.fixed_real_mix(T + 1, real, synthetic, ddof),
    ):
        assert max(worst(variances, wrong[0]), worst(means**2, wrong[1])) > LIMIT


def test_fixed_real_mix_given_its_real_items():
    real, synthetic = 3, 5
    items = np.array([0.3, -1.2, 0.8, 2.0, 0.1, -0.4, -2.2, 1.5])

    def train(rng, t, mean, variance, data):
        return np.concatenate([data[0][:, :real], draw(rng, mean, variance, synthetic)], 1)

    rng, data = np.random.default_rng(6), [np.tile(items, (SEEDS, 1))]
    rows, found = data[0], []
    for t in T:
        found.append((rows.mean(1), rows.var(1)))
        rows = train(rng, t + 1, *(x[:, None] for x in found[-1]), data)
    means, variances = (np.stack(x, 1) for x in zip(*found, strict=True))
    kept = items[:real]
    start = kept.var(), items.var(), (items.mean() - kept.mean()) ** 2
    variance, apart = gaussian_pools.fixed_real_mix_given(T, real, synthetic, *start)
    assert worst(variances[:, 1:], variance[1:]) < LIMIT
    assert worst((means[:, 1:] - kept.mean()) ** 2, apart[1:]) < LIMIT
    assert variances[0, 0] == pytest.approx(variance[0])
    assert worst(variances[:, 1:], np.roll(variance, 1)[1:]) > LIMIT


def test_infinite_fixed_real_mix():
    """Closed form against the map, and against the finite law with many items."""
    share, variance, shift = 0.3, 2.5, 1.2
    t, found = np.arange(1, 9), []
    for _ in t:
        found.append((variance, shift))
        variance = share + (1 - share) * variance + share * (1 - share) * shift**2
        shift = (1 - share) * shift
    law = gaussian_pools.fixed_real_mix_infinite(t, share, 2.5, 1.2)
    np.testing.assert_allclose(np.array(found).T, law)
    finite = gaussian_pools.fixed_real_mix_given(t, 3 * 10**8, 7 * 10**8, 1.0, 2.5, 1.2**2)
    np.testing.assert_allclose(finite[0], law[0], rtol=1e-6)
    np.testing.assert_allclose(finite[1], law[1] ** 2, rtol=1e-6)


def test_pools_in_their_limits():
    """No real items: replace. Real items only: one fit for ever. Kept share 1: the same."""
    t = np.arange(6)
    for ddof in (0, 1):
        none = gaussian_pools.fresh_mix(t, 0, 7, ddof)
        np.testing.assert_allclose(none[0], gaussian.replace_variance(t, 7, ddof))
        np.testing.assert_allclose(none[1], gaussian.replace_mean_error(t, 7, ddof), atol=1e-15)
        nobody = gaussian_pools.fresh_mix_population(t, 7, 0.0, ddof)
        np.testing.assert_allclose(nobody, none, atol=1e-15)
        for law in (gaussian_pools.fresh_mix, gaussian_pools.fixed_real_mix):
            variance, error = law(t, 7, 0, ddof)
            np.testing.assert_allclose(variance[1:], 6 / (7 - ddof))
            np.testing.assert_allclose(error[1:], 1 / 7)
            assert (variance[0], error[0]) == (1, 0)


def test_mixture_of_all_past_models():
    """Fitted to new items of the truth and all past models: in the mean as if the items stayed,
    and not as with the last model alone."""
    n = 4

    def train(regime):
        past = []

        def step(rng, t, mean, variance, data):
            if t == 2:
                past[:] = [(np.zeros_like(mean), np.ones_like(variance))]
            past.append((mean, variance))
            means, variances = (np.concatenate(x, 1) for x in zip(*past, strict=True))
            which = (
                rng.integers(0, t, (len(mean), n))
                if regime == "all"
                else np.full((len(mean), n), t - 1)
            )
            means, variances = (np.take_along_axis(x, which, 1) for x in (means, variances))
            return means + np.sqrt(variances) * rng.normal(size=means.shape)

        return step

    law = gaussian_pools.past_mixture_variance(T, n)
    means, variances = chain(train("all"), first=n)
    assert worst(variances, law) < LIMIT
    assert worst(means**2, gaussian_pools.past_mixture_mean_error(T, n)) < LIMIT
    assert worst(chain(train("last"), first=n)[1], law) > 2 * LIMIT
    np.testing.assert_allclose(law, gaussian.accumulate_variance(T, n))
    assert gaussian_pools.past_mixture_variance(0, n) == 1
