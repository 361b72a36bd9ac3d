"""The Gaussian model against scipy, and its chains against the exact laws of their moments."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import linalg, stats
from scipy.special import polygamma

from collapse import (
    Accumulate,
    AccumulateSubsample,
    Arm,
    Gaussian,
    KeepAll,
    MarginalMoments,
    MaximumLikelihood,
    Moments,
    Plain,
    Replace,
    Wasserstein,
)
from collapse.laws.gaussian import (
    accumulate_variance,
    replace_log_variance,
    replace_variance,
    replace_w2_squared,
)
from collapse.loop.generation import shared
from collapse.loop.prepare import prepare, rows_reason
from collapse.loop.simulate import run_arm
from collapse.types import Pool

LIMIT = 4.5  # standard errors
N = 10  # items a generation in the short chains
MEAN = np.array([1.0, -2.0, 0.5])
COV = np.array([[2.0, 0.6, -0.3], [0.6, 1.0, 0.2], [-0.3, 0.2, 0.5]])


def pool(rows, weight, mass=None):
    """Training rows with weights; nothing else of the pool matters to a fit."""
    one = jnp.ones(len(rows))
    mass = one if mass is None else jnp.asarray(mass, float)
    born = jnp.zeros(len(rows), jnp.int32)
    return Pool(jnp.asarray(rows, float), mass, jnp.asarray(weight, float), one, born, born, {})


def z_of_mean(sample, law):
    """How many standard errors (of the replicates) the mean of a sample is from a law."""
    sample = np.asarray(sample, float)
    return (sample.mean(0) - law) / (sample.std(0, ddof=1) / np.sqrt(len(sample)))


# The model alone


@pytest.fixture(scope="module")
def cloud():
    rng = np.random.default_rng(1)
    return rng.normal(size=(40, 3)) @ np.diag([1, 2, 3]) + MEAN, rng.uniform(0, 1, 40)


def test_weighted_fit_is_the_weighted_average_and_scatter(cloud):
    """ddof = 0 with soft weights: np.average and np.cov(aweights), the ML estimate."""
    rows, weight = cloud
    fitted = Gaussian(np.zeros(3), np.eye(3), ddof=0).fit(None, pool(rows, weight))
    np.testing.assert_allclose(fitted.mean, np.average(rows, axis=0, weights=weight), rtol=2e-6)
    expected = np.cov(rows.T, aweights=weight, ddof=0)
    np.testing.assert_allclose(fitted.cov, expected, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("ddof", [0, 1])
def test_whole_weights_are_repetitions(cloud, ddof):
    """A row of count 3 is three rows: np.cov of the repeated rows, with either ddof; the count
    is mass times weight, and a row of weight 0 is not there."""
    rows, _ = cloud
    mass = np.resize([1, 2, 3, 4], 40)
    weight = np.resize([1, 0, 1, 1, 1], 40)
    many = np.repeat(rows, mass * weight, axis=0)
    fitted = Gaussian(np.zeros(3), np.eye(3), ddof=ddof).fit(None, pool(rows, weight, mass))
    assert fitted.ddof == ddof
    np.testing.assert_allclose(fitted.mean, many.mean(0), rtol=1e-5)
    np.testing.assert_allclose(fitted.cov, np.cov(many.T, ddof=ddof), rtol=2e-5, atol=1e-6)
    other = np.cov(many.T, ddof=1 - ddof)
    assert not np.allclose(fitted.cov, other, rtol=1e-3)


@pytest.mark.parametrize("ddof", [0, 1])
def test_equal_weights_are_numpys_covariance(cloud, ddof):
    rows, _ = cloud
    fitted = Gaussian(np.zeros(3), np.eye(3), ddof=ddof).fit(None, pool(rows, np.ones(40)))
    expected = np.cov(rows.T, aweights=np.ones(40), ddof=ddof)
    np.testing.assert_allclose(fitted.cov, expected, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("d", [1, 3])
def test_log_prob_is_scipys(d):
    mean, cov = MEAN[:d], COV[:d, :d]
    rows = np.random.default_rng(2).normal(size=(50, d)) * 3
    expected = stats.multivariate_normal(mean, cov).logpdf(rows)
    found = Gaussian(mean, cov).log_prob(jnp.asarray(rows))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_log_prob_off_a_singular_support_is_minus_infinity():
    """All mass lies on the first axis: the density of anything off it is 0."""
    flat = Gaussian(np.zeros(2), np.diag([1.0, 0.0]))
    assert float(flat.log_prob(jnp.array([[0.3, 1.0]]))[0]) == -np.inf


def test_log_prob_of_a_point_mass_elsewhere_is_minus_infinity():
    assert float(Gaussian(0.0, 0.0).log_prob(jnp.array([[1.0]]))[0]) == -np.inf


@pytest.fixture(scope="module")
def draws():
    sample = jax.jit(lambda key, mean, cov: Gaussian(mean, cov).sample(key, 40_000))
    return lambda seed, mean, cov: np.asarray(
        sample(jax.random.key(seed), jnp.asarray(mean), jnp.asarray(cov)), float
    )


def test_samples_have_the_law(draws):
    """Whitened by numpy's Cholesky factor, samples are independent standard normals."""
    rows = draws(3, MEAN, COV)
    white = linalg.solve_triangular(np.linalg.cholesky(COV), (rows - MEAN).T, lower=True)
    n = white.shape[1]
    assert np.abs(white.mean(1) * np.sqrt(n)).max() < LIMIT
    scatter = white @ white.T / n
    se = np.sqrt((1 + np.eye(3)) / n)  # Var of a product of standard normals: 1, of a square: 2
    assert np.abs((scatter - np.eye(3)) / se).max() < LIMIT
    assert min(stats.kstest(axis, "norm").pvalue for axis in white) > 1e-5
    sabotage = linalg.solve_triangular(np.linalg.cholesky(COV * 1.1), (rows - MEAN).T, lower=True)
    assert np.abs((sabotage @ sabotage.T / n - np.eye(3)) / se).max() > 2 * LIMIT


def test_singular_covariance_samples_lie_on_their_line(draws):
    """cov = v v' with v = (1, 2, -1): every sample is a multiple of v, of unit variance."""
    along = np.array([1.0, 2.0, -1.0])
    rows = draws(4, np.zeros(3), np.outer(along, along))
    scale = rows @ along / 6
    np.testing.assert_allclose(rows, scale[:, None] * along, atol=5e-3)
    z = ((scale**2).mean() - 1) / np.sqrt(2 / len(scale))
    assert abs(z) < LIMIT


def test_scatter_of_fewer_items_than_dimensions():
    """The mean and scatter S of n = 3 items in 5 dimensions: m = n - 1 degrees of freedom, rank m,
    E[S] = m cov / n, E[tr S^2] = (m (m + 1) tr cov^2 + m (tr cov)^2) / n^2 (Wishart), and the mean
    apart from the scatter with covariance cov / n."""
    n, d, seeds = 3, 5, 20_000
    half = np.random.default_rng(4).normal(size=(d, d))
    cov = half @ half.T
    model = Gaussian(np.zeros(d), cov)

    def one(key):
        summary = model.summary(model.noise(key, jnp.asarray(3.0)), jnp.asarray(3.0))
        return summary.mean[0], summary.cov[0]

    mean, scatter = jax.jit(jax.vmap(one))(jax.random.split(jax.random.key(0), seeds))
    mean, scatter = np.asarray(mean, float), np.asarray(scatter, float)
    m = n - 1
    squares = (m * (m + 1) * np.trace(cov @ cov) + m * np.trace(cov) ** 2) / n**2
    assert np.abs(z_of_mean(scatter.reshape(seeds, -1), (m * cov / n).ravel())).max() < LIMIT
    assert abs(z_of_mean(np.einsum("sij,sji->s", scatter, scatter), squares)) < LIMIT
    assert abs(z_of_mean(np.einsum("si,si->s", mean, mean), np.trace(cov) / n)) < LIMIT
    assert (np.linalg.matrix_rank(scatter[:50], tol=1e-4) == m).all()


@pytest.mark.parametrize("d", [1, 3])
def test_kl_is_the_mean_log_ratio(d):
    """KL(a || b) = E_a[ln a - ln b], by Monte Carlo with numpy and scipy; asymmetric."""
    a_mean, a_cov = MEAN[:d], COV[:d, :d]
    b_mean, b_cov = MEAN[:d] + 0.5, 4 * np.eye(d)
    a, b = (stats.multivariate_normal(*x) for x in ((a_mean, a_cov), (b_mean, b_cov)))
    rows = np.random.default_rng(5).multivariate_normal(a_mean, a_cov, 40_000).reshape(-1, d)
    ratio = a.logpdf(rows) - b.logpdf(rows)
    first, second = Gaussian(a_mean, a_cov), Gaussian(b_mean, b_cov)
    assert abs(z_of_mean(ratio, float(first.kl(second)))) < LIMIT
    assert abs(z_of_mean(ratio, float(second.kl(first)))) > 2 * LIMIT


def test_kl_edges():
    """0 to itself, infinite to a singular one, infinite from a singular one."""
    whole, flat = Gaussian(np.zeros(2), np.eye(2)), Gaussian(np.zeros(2), np.diag([1.0, 0.0]))
    assert float(whole.kl(whole)) == 0
    assert float(whole.kl(flat)) == np.inf
    assert float(flat.kl(whole)) == np.inf
    assert float(Gaussian(0.0, 1.0).kl(Gaussian(0.0, 0.0))) == np.inf


def test_w2_is_the_bures_distance_by_scipys_matrix_root():
    b_cov = np.array([[1.0, -0.4, 0.0], [-0.4, 2.0, 0.3], [0.0, 0.3, 1.5]])
    root = linalg.sqrtm(COV)
    cross = linalg.sqrtm(root @ b_cov @ root)
    expected = ((MEAN - 1) ** 2).sum() + np.trace(COV + b_cov - 2 * cross).real
    a, b = Gaussian(MEAN, COV), Gaussian(np.ones(3), b_cov)
    np.testing.assert_allclose(a.w2_squared(b), expected, rtol=1e-5)
    np.testing.assert_allclose(b.w2_squared(a), expected, rtol=1e-5)
    assert float(a.w2_squared(a)) < 1e-5
    one = Gaussian(1.0, 4.0).w2_squared(Gaussian(3.0, 9.0))
    assert float(one) == pytest.approx((1 - 3) ** 2 + (2 - 3) ** 2, rel=1e-6)


def test_defined_needs_more_than_ddof_items():
    """A fit exists for a total count above ddof; otherwise the learner keeps the old model."""
    rows, old = np.array([[1.0], [3.0]]), Gaussian(7.0, 2.0, ddof=1)
    for weight, answer in (([1, 1], True), ([1, 0], False), ([0.5, 0.4], False), ([0, 0], False)):
        data = pool(rows, weight)
        assert bool(old.defined(data)) is answer
        new, _ = MaximumLikelihood().learn(None, old, data, None)
        assert bool(new.mean[0] == 7.0) is (not answer)
    assert bool(Gaussian(ddof=0).defined(pool(rows, [1, 0])))
    assert not bool(Gaussian(ddof=0).defined(pool(rows, [0, 0])))


# Chains


def chain(ddof, n, generations, seeds, *more, regime=None, truth=None, key=0):
    truth = Gaussian(0.0, 1.0) if truth is None else truth
    arm = Arm(
        truth=truth,
        model=Gaussian(truth.mean, truth.cov, ddof=ddof),
        judge=KeepAll(),
        regime=regime or Replace(),
        learner=MaximumLikelihood(),
        sampler=Plain(),
        measures=(Moments(), *more),
        n=n,
        generations=generations,
    )
    curves = run_arm(jax.random.key(key), arm, seeds)["curves"]
    return {name: np.asarray(curve, float) for name, curve in curves.items()}


@pytest.fixture(scope="module")
def biased():
    """The replace chain with ddof = 0, n = 10, 50 generations, 16,000 seeds."""
    return chain(0, N, 50, 16_000)


@pytest.fixture(scope="module")
def unbiased():
    """The replace chain of Shumailov et al., ddof = 1, n = 50."""
    return chain(1, 50, 20, 6_000, Wasserstein(), key=1)


@pytest.fixture(scope="module")
def accumulated():
    return chain(0, N, 20, 16_000, regime=Accumulate(), key=2)


def test_generation_zero_is_the_truth(biased):
    assert (biased["variance"][:, 0] == 1).all()
    assert (biased["mean_shift"][:, 0] == 0).all()


def test_replace_variance_shrinks_by_the_exact_factor(biased):
    """E[var_t] = (1 - 1/n)^t for ddof = 0; fails for the other ddof and one generation off."""
    t = np.array([1, 2, 3, 5])
    sample = biased["variance"][:, t]
    assert np.abs(z_of_mean(sample, replace_variance(t, N, 0))).max() < LIMIT
    assert np.abs(z_of_mean(sample, replace_variance(t, N, 1))).min() > 2 * LIMIT
    assert np.abs(z_of_mean(sample, replace_variance(t - 1, N, 0))).min() > LIMIT


def test_first_variance_is_chi_squared(biased):
    """n var_1 is exactly chi^2 with n - 1 degrees of freedom."""
    scatter = N * biased["variance"][:4000, 1]
    assert stats.kstest(scatter, stats.chi2(N - 1).cdf).pvalue > 1e-5
    assert stats.kstest(scatter, stats.chi2(N).cdf).pvalue < 1e-9


def z_of_log_variance(sample, t, n, ddof):
    """Mean and variance of ln var_t in standard errors of the law: a sum of t independent
    ln chi^2, whose cumulants are polygammas."""
    mean, variance = replace_log_variance(t, n, ddof)
    fourth = t * polygamma(3, (n - 1) / 2) + 3 * variance**2
    seeds = len(sample)
    se = np.sqrt((fourth - variance**2 * (seeds - 3) / (seeds - 1)) / seeds)
    return (sample.mean() - mean) / np.sqrt(variance / seeds), (sample.var(ddof=1) - variance) / se


@pytest.mark.parametrize("t", [1, 10, 50])
def test_log_variance_is_a_random_walk(biased, t):
    """Mean by digamma and variance by trigamma, exact at every t."""
    mean, variance = z_of_log_variance(biased["log_variance"][:, t], t, N, 0)
    assert abs(mean) < LIMIT
    assert abs(variance) < LIMIT


def test_log_variance_sabotaged(biased):
    """The same check sees a swapped ddof, one generation too many and one item too many."""
    sample = biased["log_variance"][:, 50]
    assert abs(z_of_log_variance(sample, 50, N, 1)[0]) > 4 * LIMIT
    assert abs(z_of_log_variance(sample, 51, N, 0)[0]) > LIMIT
    assert abs(z_of_log_variance(sample, 50, N + 1, 0)[1]) > LIMIT


def test_unbiased_chain_keeps_its_mean_variance_and_collapses_all_the_same(unbiased):
    """ddof = 1: E[var_t] = 1 for all t, while E[ln var_t] falls."""
    t = np.array([1, 5, 20])
    assert np.abs(z_of_mean(unbiased["variance"][:, t], 1.0)).max() < LIMIT
    for at in (5, 20):
        sample = unbiased["log_variance"][:, at]
        assert max(map(abs, z_of_log_variance(sample, at, 50, 1))) < LIMIT
        assert abs(z_of_log_variance(sample, at, 50, 0)[0]) > LIMIT
    assert abs(z_of_mean(unbiased["variance"][:, 20], replace_variance(20, 50, 0))) > 2 * LIMIT


def test_w2_squared_is_exact(unbiased):
    """E[W2^2] = t / n + 2 (1 - c^t) under replace with ddof = 1."""
    t = np.array([1, 5, 20])
    sample = unbiased["w2"][:, t] ** 2
    assert np.abs(z_of_mean(sample, replace_w2_squared(t, 50))).max() < LIMIT
    early = sample[:, :2]
    assert np.abs(z_of_mean(early, replace_w2_squared(t[:2] + 1, 50))).min() > 2 * LIMIT


def test_w2_squared_with_the_other_ddof_is_seen(biased):
    """The ddof = 0 chain does not follow the ddof = 1 law; its W2 is written out here."""
    shift, variance = (biased[name][:, [5, 10]] for name in ("mean_shift", "variance"))
    sample = shift**2 + (np.sqrt(variance) - 1) ** 2
    assert np.abs(z_of_mean(sample, replace_w2_squared(np.array([5, 10]), N))).min() > 2 * LIMIT


def test_means_walk_by_the_variance_over_n(unbiased):
    """E[(mean_t - mean_0)^2] = t / n for ddof = 1."""
    t = np.array([1, 5, 20])
    assert np.abs(z_of_mean(unbiased["mean_shift"][:, t] ** 2, t / 50)).max() < LIMIT


def test_accumulated_variance_follows_the_product(accumulated):
    """E[var_t] = prod_k (1 - 1 / (n k^2)): falls to a limit above 0, unlike replace."""
    t = np.array([1, 2, 5, 20])
    sample = accumulated["variance"][:, t]
    assert np.abs(z_of_mean(sample, accumulate_variance(t, N))).max() < LIMIT
    late = accumulate_variance(t + 1, N)  # told apart at first: then the law stands nearly still
    assert abs(z_of_mean(sample, late)[0]) > LIMIT
    assert abs(z_of_mean(sample, accumulate_variance(t - 1, N))[0]) > 2 * LIMIT
    assert np.abs(z_of_mean(sample[:, 1:], replace_variance(t[1:], N, 0))).min() > 2 * LIMIT
    unbiased = accumulate_variance(t, N) * N / (N - 1)
    assert np.abs(z_of_mean(sample, unbiased)).min() > 2 * LIMIT


@pytest.mark.slow
def test_every_direction_of_a_chain_in_space_shrinks_alike():
    """In d dimensions the trace obeys the factor of one dimension, whatever the covariance."""
    curves = chain(0, N, 4, 4_000, truth=Gaussian(MEAN, COV), key=3)
    t = np.array([1, 2, 4])
    law = replace_variance(t, N, 0) * np.trace(COV) / 3
    sample = curves["variance"][:, t]
    assert np.abs(z_of_mean(sample, law)).max() < LIMIT
    late = replace_variance(t + 1, N, 0) * np.trace(COV) / 3
    assert np.abs(z_of_mean(sample, late)).min() > LIMIT


@pytest.mark.slow
@pytest.mark.parametrize("regime", [Replace(), Accumulate(), AccumulateSubsample()])
@pytest.mark.parametrize("n", [4, 12])
def test_first_coordinates_are_a_chain_of_their_own(regime, n):
    """Mean and spread of the variance and of the squared shift: the first two of five coordinates
    (summaries, where the regime has them) against items in two dimensions."""
    t, seeds = [1, 3, 8], 3000

    def run(d, key, **more):
        arm = Arm(
            truth=Gaussian(np.zeros(d), np.eye(d)),
            regime=regime,
            measures=(MarginalMoments((2,)),),
            n=n,
            generations=8,
            **more,
        )
        curves = run_arm(jax.random.key(key), arm, seeds)["curves"]
        return [np.asarray(curves[name], float)[:, t] for name in ("variance_2", "mean_shift_2")]

    for five, two in zip(run(5, 1), run(2, 2, statistics=False), strict=True):
        for power in (1, 2):
            a, b = five**power, two**power
            error = np.sqrt((a.var(0, ddof=1) + b.var(0, ddof=1)) / seeds)
            assert (np.abs(a.mean(0) - b.mean(0)) < LIMIT * error).all()


def test_arms_that_differ_in_n_share_their_programs():
    """Where rows are summaries; also where there are fewer items than dimensions, and the manifest
    says so. Arms of items do not: their shapes differ."""
    space = Gaussian(np.zeros(4), np.eye(4))
    arm = lambda n, **more: prepare(Arm(truth=space, n=n, generations=3, **more))  # noqa: E731
    (first, few), (second, many) = shared(arm(3)), shared(arm(50))
    assert eqx.tree_equal(first, second)
    assert (float(few), float(many)) == (3, 50)
    assert rows_reason(arm(3)).startswith("sufficient statistics")
    items = [arm(n, statistics=False) for n in (3, 50)]
    assert [shared(one)[1] for one in items] == [None, None]
    assert not eqx.tree_equal(*items)
