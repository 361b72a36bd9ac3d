"""The population laws against chains in plain NumPy, and in the cases that are known apart."""

import numpy as np
import pytest

from collapse.laws.categorical import replace_heterozygosity
from collapse.laws.population import (
    between_members,
    gaussian_population,
    island_heterozygosity,
    label_noise,
    member_maps,
    population_limit,
    population_step,
    spectral_radius,
)

LIMIT = 4.5
SEEDS, K, LAST = 20_000, 3, 4
ALPHA, BETA, ROWS = 0.6, 0.7, (5, 7, 4)
AT, OWN, PUBLIC = np.array([0.0, 1.0, 3.0]), np.array([1.0, 2.0, 0.5]), (2.0, 1.5)


def z_of_mean(sample, law):
    gap = np.asarray(sample, float) - law
    return gap.mean(0) / (gap.std(0, ddof=1) / np.sqrt(len(gap)))


def gaussian_chain(real, known, seed, carried=1.0):
    """Means and variances (SEEDS, LAST + 1, K); ``carried`` scales what members see of the said."""
    rng = np.random.default_rng(seed)

    def draw():
        own = AT[:, None] + np.sqrt(OWN)[:, None] * rng.normal(size=(SEEDS, K, ROWS[0]))
        return own, PUBLIC[0] + np.sqrt(PUBLIC[1]) * rng.normal(size=(SEEDS, 1, ROWS[1]))

    (own, shared), means, variances = draw(), [np.tile(AT, (SEEDS, 1))], [np.tile(OWN, (SEEDS, 1))]
    for t in range(1, LAST + 1):
        if real == "fresh" and t > 1:
            own, shared = draw()
        normal = rng.normal(size=(SEEDS, K, ROWS[2]))
        said = means[-1][..., None] + np.sqrt(variances[-1])[..., None] * normal
        alpha = ALPHA if t > 1 else 0.0

        def average(own, shared, said, alpha=alpha):
            mix = BETA * own.mean(2) + (1 - BETA) * shared.mean(2)
            return (1 - alpha) * mix + carried * alpha * said.mean(2).mean(1, keepdims=True)

        mean = average(own, shared, said)
        square = average(own**2, shared**2, said**2)
        means.append(mean)
        variances.append(np.tile(OWN, (SEEDS, 1)) if known else square - mean**2)
    return np.stack(means, 1), np.stack(variances, 1)


def gaussian_law(real="fixed", known=False, alpha=ALPHA, generations=LAST):
    return gaussian_population(generations, alpha, BETA, (AT, OWN), PUBLIC, ROWS, real, known)


@pytest.mark.parametrize("real", ["fixed", "fresh"])
@pytest.mark.parametrize("known", [False, True])
def test_gaussian_members_against_numpy_chains(real, known):
    means, variances = gaussian_chain(real, known, seed=3)
    law = gaussian_law(real, known)
    gap = (means - law["mean"])[:, 1:]
    assert np.abs(z_of_mean(gap, 0)).max() < LIMIT
    products = gap[..., :, None] * gap[..., None, :]
    assert np.abs(z_of_mean(products, law["covariance"][1:])).max() < LIMIT
    between = means.var(2)[:, 1:]
    spread = between_members(law["mean"], law["covariance"])[1:]
    assert np.abs(z_of_mean(between, spread)).max() < LIMIT
    if not known:
        assert np.abs(z_of_mean(variances[:, 1:], law["variance"][1:])).max() < LIMIT
    # The other kind of real rows, the other kind of variance and one generation off are seen.
    other = gaussian_law("fresh" if real == "fixed" else "fixed", known)["covariance"]
    assert np.abs(z_of_mean(products[:, 1:], other[2:])).max() > LIMIT
    other = gaussian_law(real, not known)["covariance"]
    assert np.abs(z_of_mean(products[:, 1:], other[2:])).max() > LIMIT
    assert np.abs(z_of_mean(gap[:, 1], law["mean"][1] - law["mean"][2])).max() > LIMIT


def test_weights_that_are_not_renormalised_are_seen():
    means, _ = gaussian_chain("fixed", True, seed=4, carried=0.9)
    assert np.abs(z_of_mean(means[:, 2:], gaussian_law()["mean"][2:])).min() > LIMIT


def test_pooling_makes_members_alike_at_once_and_no_further():
    """With fixed real rows members differ by (1 - alpha) beta of their private averages, from
    generation 2 on; without synthetic rows by beta."""
    law = gaussian_law("fixed", generations=30)
    between = between_members(law["mean"], law["covariance"])
    np.testing.assert_allclose(between[2:] / between[1], (1 - ALPHA) ** 2)
    alone = gaussian_law("fixed", alpha=0.0)
    np.testing.assert_allclose(between_members(alone["mean"], alone["covariance"])[1:], between[1])


def test_nothing_but_said_rows_is_one_walk():
    """alpha = 1, known variance: all members are one mean, whose variance grows without end by
    the mean of variance / rows over members, / K."""
    law = gaussian_law("fixed", True, alpha=1.0, generations=6)
    covariance = law["covariance"]
    np.testing.assert_allclose(covariance[2:], covariance[2:, :1, :1] + 0 * covariance[2:])
    steps = np.diff(covariance[2:, 0, 0])
    np.testing.assert_allclose(steps, OWN.mean() / ROWS[2] / K)


# Regressions


def regressions(seed=0, d=2, alike=False):
    """Gram matrices of K private, a public and K synthetic designs, and the designs."""
    rng = np.random.default_rng(seed)
    private, synthetic = rng.normal(size=(K, 6, d)), rng.normal(size=(K, 5, d))
    public = rng.normal(size=(8, d))
    if alike:
        synthetic = np.stack([np.sqrt(k + 1) * synthetic[0] for k in range(K)])
    grams = [np.einsum("kni,knj->kij", x, x) / x.shape[1] for x in (private, synthetic)]
    return (grams[0], public.T @ public / 8, grams[1]), (private, public, synthetic)


def test_regression_members_against_numpy_chains():
    """Members fitted by weighted numpy least squares, real rows given, designs fixed."""
    grams, (private, public, synthetic) = regressions()
    rng = np.random.default_rng(1)
    seeds, noise, d = 4_000, 0.5, 2
    own_y, public_y = rng.normal(size=(K, 6)), rng.normal(size=8)
    real_fits = [np.linalg.lstsq(x, y, rcond=None)[0] for x, y in zip(private, own_y, strict=True)]
    real = np.concatenate([*real_fits, np.linalg.lstsq(public, public_y, rcond=None)[0]])
    real_map, carry = member_maps(*grams, ALPHA, BETA)
    fit = label_noise(grams[2], 5, noise)
    weights = np.repeat(
        [(1 - ALPHA) * BETA / 6, (1 - ALPHA) * (1 - BETA) / 8, ALPHA / K / 5], [6, 8, 15]
    )
    said = np.concatenate(list(synthetic))
    solve = [np.concatenate([x, public, said]) * np.sqrt(weights)[:, None] for x in private]
    solve = [np.linalg.pinv(x) * np.sqrt(weights) for x in solve]
    w = np.zeros((seeds, K, d))
    mean, covariance = np.zeros(K * d), np.zeros((K * d, K * d))
    for _ in range(3):
        y = np.einsum("kni,ski->skn", synthetic, w) + noise * rng.normal(size=(seeds, K, 5))
        rows = y.reshape(seeds, -1)
        w = np.stack(
            [
                (s @ np.hstack([np.tile(np.concatenate([own, public_y]), (seeds, 1)), rows]).T).T
                for s, own in zip(solve, own_y, strict=True)
            ],
            1,
        )
        before = mean
        mean, covariance = population_step(mean, covariance, real_map @ real, carry, fit)
        flat = w.reshape(seeds, -1)
        assert np.abs(z_of_mean(flat, mean)).max() < LIMIT
        gap = flat - mean
        assert np.abs(z_of_mean(gap[:, :, None] * gap[:, None], covariance)).max() < LIMIT
        assert np.abs(z_of_mean(flat, before)).max() > LIMIT
    twice = carry @ (2 * fit) @ carry.T
    assert np.abs(z_of_mean(gap[:, :, None] * gap[:, None], twice)).max() > LIMIT


def test_the_limit_is_where_the_steps_lead():
    grams, _ = regressions(2)
    real_map, carry = member_maps(*grams, ALPHA, BETA)
    push, fit = real_map @ np.arange(8), label_noise(grams[2], 5, 0.5)
    mean, covariance = np.zeros(6), np.zeros((6, 6))
    assert spectral_radius(carry) < 1
    for _ in range(200):
        mean, covariance = population_step(mean, covariance, push, carry, fit)
    for found, law in zip((mean, covariance), population_limit(push, carry, fit), strict=True):
        np.testing.assert_allclose(found, law, atol=1e-10)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.9, 0.999, 1.0])
def test_spectral_radius(alpha):
    """alpha with equal Gram matrices; below 1 where the synthetic ones are alike; 1 at the end.
    The truth is a fixed point whatever the weights."""
    same = np.tile(np.array([[2.0, 0.3], [0.3, 1.0]]), (K, 1, 1))
    assert spectral_radius(member_maps(same, same[0], same, alpha, BETA)[1]) == pytest.approx(alpha)
    for seed in range(5):
        grams, _ = regressions(seed, alike=True)
        real_map, carry = member_maps(*grams, alpha, BETA)
        radius = spectral_radius(carry)
        assert radius < 1 if alpha < 1 else radius == pytest.approx(1)
        np.testing.assert_allclose(
            real_map @ np.tile([1, -2], K + 1) + carry @ np.tile([1, -2], K),
            np.tile([1, -2], K),
            atol=1e-9,
        )


def test_one_dimensional_regressions_are_the_gaussian_members():
    """Inputs of 1 and a known variance: the same means and covariances, given the real rows."""
    ones = np.ones((K, 1, 1))
    real_map, carry = member_maps(ones, ones[0], ones, ALPHA, BETA)
    no_noise = gaussian_population(
        6, ALPHA, BETA, (AT, np.zeros(K)), (2.0, 0.0), ROWS, "fixed", True
    )
    mean = no_noise["mean"][1]
    for t in range(2, 7):
        mean, _ = population_step(mean, np.zeros((K, K)), real_map @ np.append(AT, 2.0), carry, 0)
        np.testing.assert_allclose(mean, no_noise["mean"][t])


# Islands


@pytest.mark.parametrize("migration", [0.0, 0.3, 1.0])
def test_islands_against_numpy_chains(migration):
    rng = np.random.default_rng(5)
    p, n, islands, seeds = np.array([0.5, 0.3, 0.2]), 12, 3, 10_000
    h0, q, within, together = 1 - p @ p, np.tile(p, (seeds, islands, 1)), [], []
    t = np.arange(1, 5)
    for step in t:
        parents = q if step == 1 else (1 - migration) * q + migration * q.mean(1, keepdims=True)
        q = rng.multinomial(n // islands, parents) / (n // islands)
        within.append((1 - (q**2).sum(2)).mean(1))
        together.append(1 - (q.mean(1) ** 2).sum(1))
    for sample, which in ((within, 0), (together, 1)):
        sample = np.stack(sample, 1)
        law = island_heterozygosity(t, n, islands, h0, migration)[which]
        assert np.abs(z_of_mean(sample, law)).max() < LIMIT
        late = island_heterozygosity(t + 1, n, islands, h0, migration)[which]
        assert np.abs(z_of_mean(sample[:, :2], late[:2])).min() > LIMIT
        other = island_heterozygosity(t, n, islands, h0, 0.3 if migration == 0 else 0.0)[which]
        assert np.abs(z_of_mean(sample, other)).max() > LIMIT


def test_islands_in_closed_form():
    """Without migration by hand; one island is plain drift, and so are all islands together where
    every row's parent is drawn from all. Apart they lose more within and less together."""
    t, h0, n, islands = np.array([0, 1, 3, 20]), 0.6, 20, 4
    within, together = island_heterozygosity(t, n, islands, h0)
    np.testing.assert_allclose(within, h0 * (1 - islands / n) ** t)
    np.testing.assert_allclose(together, h0 * ((1 - islands / n) ** t / islands + 1 - 1 / islands))
    one = island_heterozygosity(t, n, 1, h0)
    np.testing.assert_allclose(one, [replace_heterozygosity(t, n, h0)] * 2)
    mixed = island_heterozygosity(t, n, islands, h0, 1.0)[1]
    np.testing.assert_allclose(mixed, replace_heterozygosity(t, n, h0))
    assert together[-1] > replace_heterozygosity(20, n, h0)
    assert within[-1] < replace_heterozygosity(20, n, h0)
