"""Kernel density estimates against scipy and the formula itself, and their chains against laws."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import gammaln, logsumexp

from collapse import Accumulate, Arm, Gaussian, KeepAll, MaximumLikelihood, Moments, Plain, Replace
from collapse.laws import kde as laws
from collapse.loop.simulate import run_arm
from collapse.models.distributions.kde import KDE
from collapse.types import Pool

LIMIT = 4.5
KEY = jax.random.key(0)


def pool(rows, weight):
    one = jnp.ones(len(rows))
    born = jnp.zeros(len(rows), jnp.int32)
    rows, weight = jnp.asarray(rows, float), jnp.asarray(weight, float)
    return Pool(rows, one, weight, one, born, born, {})


@eqx.filter_jit
def fit(model, data):
    return model.fit(KEY, data)


def fitted(rows, weight, bandwidth=0.4, **fields):
    return fit(KDE(jnp.asarray(bandwidth, float), **fields), pool(rows, weight))


@eqx.filter_jit
def _log_prob(model, queries):
    return model.log_prob(queries)


def log_prob(model, queries):
    return _log_prob(model, jnp.asarray(queries, float))


@eqx.filter_jit
def moments(model):
    return model.moments()


@eqx.filter_jit
def sample(model, n):
    return model.sample(KEY, n)


def direct(rows, weight, h, queries, kernel="gaussian"):
    """The formula in double precision, term by term."""
    rows, queries = np.asarray(rows, np.float64), np.asarray(queries, np.float64)
    d, weight = rows.shape[1], np.asarray(weight, np.float64) / np.sum(weight)
    squares = ((queries[:, None] - rows) ** 2).sum(-1)
    if kernel == "gaussian":
        log = -squares / (2 * h**2) - d / 2 * np.log(2 * np.pi * h**2)
        return logsumexp(log, b=weight, axis=1)
    ball = d / 2 * np.log(np.pi) - gammaln(d / 2 + 1) + d * np.log(h)
    with np.errstate(divide="ignore"):
        return np.log((squares <= h**2) @ weight) - ball


@pytest.fixture(scope="module")
def cloud():
    rng = np.random.default_rng(0)
    return rng.normal(size=(60, 2)) * [1, 2] + [3, -1], rng.uniform(0, 1, 60)


@pytest.mark.parametrize("rule", ["scott", "silverman"])
def test_rules_of_thumb_are_scipys(rule):
    """In one dimension, weighted: bandwidth and density."""
    rng = np.random.default_rng(1)
    rows, weight, queries = rng.normal(size=50), rng.uniform(0, 1, 50), rng.normal(size=30)
    oracle = stats.gaussian_kde(rows, rule, weights=weight)
    model = fitted(rows[:, None], weight, 1.0, rule=rule)
    assert float(model.width) == pytest.approx(float(np.sqrt(oracle.covariance[0, 0])), rel=1e-5)
    found = log_prob(model, queries[:, None])
    np.testing.assert_allclose(found, oracle.logpdf(queries), atol=1e-5)
    wrong = stats.gaussian_kde(rows, rule).logpdf(queries)
    assert np.abs(np.asarray(found) - wrong).max() > 0.01
    double = fitted(rows[:, None], weight, 2.0, rule=rule)
    assert float(double.width) == pytest.approx(2 * float(model.width))


def test_rules_in_two_dimensions(cloud):
    """The factor of scipy times the mean over coordinates of its variance."""
    rows, weight = cloud
    for rule in ("scott", "silverman"):
        oracle = stats.gaussian_kde(rows.T, rule, weights=weight)
        expected = np.sqrt(np.diag(oracle.covariance).mean())
        assert float(fitted(rows, weight, 1.0, rule=rule).width) == pytest.approx(expected, 1e-5)


def test_shrinking_counts_the_rows(cloud):
    rows, weight = cloud
    found = float(fitted(rows, weight, 0.7, rule="shrinking").width)
    assert found == pytest.approx(0.7 * weight.sum() ** -0.2)
    assert float(fitted(rows, np.ones(60), 0.7, rule="shrinking").width) < found


@pytest.mark.parametrize("kernel", ["gaussian", "tophat"])
@pytest.mark.parametrize("d", [1, 2, 10])
def test_density_is_the_formula(kernel, d):
    """Weighted, at several sizes of chunk."""
    rng = np.random.default_rng(2)
    rows, weight = rng.normal(size=(700, d)), rng.uniform(0, 1, 700)
    queries = rng.normal(size=(401, d)).astype(np.float32)
    h = 0.6 if d < 10 else 3.0
    model = fitted(rows.astype(np.float32), weight, h, kernel=kernel)
    found = np.asarray(log_prob(model, queries))
    expected = direct(rows.astype(np.float32), weight, h, queries, kernel)
    assert (np.isfinite(found) == np.isfinite(expected)).all()
    seen = np.isfinite(expected)
    np.testing.assert_allclose(found[seen], expected[seen], atol=5e-5, rtol=1e-5)


def test_density_far_out():
    """A thousand bandwidths away, where every kernel is zero in single precision; and near by."""
    rng = np.random.default_rng(3)
    rows, weight = rng.normal(size=(200, 1)).astype(np.float32), rng.uniform(0, 1, 200)
    queries = np.array([[-100.0], [0.3], [30.0], [500.0]], np.float32)
    found = log_prob(fitted(rows, weight, 0.1), queries)
    np.testing.assert_allclose(found, direct(rows, weight, 0.1, queries), rtol=1e-5)
    tophat = log_prob(fitted(rows, weight, 0.1, kernel="tophat"), queries)
    assert np.isneginf(np.asarray(tophat)).tolist() == [True, False, True, True]


@pytest.mark.parametrize("kernel", ["gaussian", "tophat"])
def test_density_integrates_to_one(kernel):
    rows = np.array([[-1.0], [0.5], [2.0]])
    model = fitted(rows, [1, 2, 1], 0.5, kernel=kernel)
    x = np.linspace(-6, 7, 20_001)
    density = np.exp(np.asarray(log_prob(model, x[:, None]), np.float64))
    assert integrate.trapezoid(density, x) == pytest.approx(1, abs=1e-3)
    mean, cov = moments(model)
    first = integrate.trapezoid(density * x, x)
    assert float(mean[0]) == pytest.approx(first, abs=2e-3)
    second = integrate.trapezoid(density * (x - first) ** 2, x)
    assert float(cov[0, 0]) == pytest.approx(second, abs=3e-3)


@pytest.mark.parametrize("kernel", ["gaussian", "tophat"])
@pytest.mark.parametrize("d", [1, 2])
def test_draws(kernel, d):
    """Rows in proportion to their weight, and noise of the kernel: shape and moments."""
    rows = 10.0 * np.arange(4)[:, None] + np.zeros((1, d))
    weight, h, n = np.array([1.0, 0, 3, 2]), 0.7, 40_000
    model = fitted(rows, weight, h, kernel=kernel)
    drawn = np.asarray(sample(model, n), np.float64)
    nearest = np.abs(drawn[:, :1] - rows[:, 0]).argmin(1)
    counts = np.bincount(nearest, minlength=4)
    assert counts[1] == 0
    assert stats.chisquare(counts[[0, 2, 3]], n * weight[[0, 2, 3]] / 6).pvalue > 1e-5
    noise = (drawn - rows[nearest]) / h
    if kernel == "gaussian":
        assert stats.kstest(noise[:, 0], "norm").pvalue > 1e-5
    else:
        radius = np.linalg.norm(noise, axis=1)
        assert radius.max() <= 1 + 1e-5
        assert stats.kstest(radius**d, "uniform").pvalue > 1e-5
    spread = (noise**2).mean(0)
    error = (noise**2).std(0) / np.sqrt(n)
    assert (np.abs(spread - laws.kernel_variance(kernel, 1.0, d)) < LIMIT * error).all()
    mean, cov = moments(model)
    np.testing.assert_allclose(mean, np.average(rows, axis=0, weights=weight), rtol=1e-5)
    oracle = np.cov(rows.T, ddof=0, aweights=weight) + np.eye(d) * laws.kernel_variance(
        kernel, h, d
    )
    np.testing.assert_allclose(cov, oracle, rtol=1e-5)


@pytest.mark.slow
def test_rows_of_no_weight_are_never_used(cloud):
    """Not even where they hold nothing sensible."""
    rows, weight = cloud
    spoiled = np.concatenate([rows, np.full((5, 2), np.nan), 100 * np.ones((5, 2))])
    queries = jnp.asarray([[100.0, 100.0], [3.0, 0.0]])
    for rule in ("fixed", "scott", "shrinking"):
        clean = fitted(rows, weight, rule=rule)
        found = fitted(spoiled, np.r_[weight, np.zeros(10)], rule=rule)
        assert float(found.width) == pytest.approx(float(clean.width), rel=1e-6)
        np.testing.assert_allclose(log_prob(found, queries), log_prob(clean, queries), rtol=1e-5)
        np.testing.assert_allclose(found.covariance, clean.covariance, rtol=1e-5)
        drawn = np.asarray(sample(found, 2000))
        assert np.isfinite(drawn).all()
        assert drawn.max() < 50


@pytest.mark.parametrize("rule", ["scott", "silverman", "fixed", "shrinking"])
def test_a_single_row(rule):
    """One row has no spread: the rules of thumb leave a point mass, the others their kernel."""
    model = fitted(np.array([[1.5, -2.0], [7.0, 7.0]]), [2.0, 0.0], 0.5, rule=rule)
    point = rule in ("scott", "silverman")
    assert float(model.width) == (
        0 if point else pytest.approx(0.5 * (2**-0.2) ** (rule[1] == "h"))
    )
    found = np.asarray(log_prob(model, [[1.5, -2.0], [1.5, -1.0]]))
    assert not np.isnan(found).any()
    if point:
        assert found.tolist() == [0, -np.inf]
        assert (np.asarray(sample(model, 10)) == [1.5, -2.0]).all()
        assert (np.asarray(model.covariance) == 0).all()


@pytest.mark.parametrize("kernel", ["gaussian", "tophat"])
def test_no_bandwidth_is_the_bootstrap(kernel):
    model = fitted(np.array([[0.0], [1.0], [1.0], [2.0]]), np.ones(4), 0.0, kernel=kernel)
    found = log_prob(model, [[0.0], [1.0], [1e-6], [9.0]])
    np.testing.assert_allclose(np.exp(found), [0.25, 0.5, 0, 0], atol=1e-6)
    assert set(np.asarray(sample(model, 200)).ravel().tolist()) == {0.0, 1.0, 2.0}
    tiny = fitted(np.array([[0.0], [1.0]]), np.ones(2), 1e-30, kernel=kernel)
    assert not np.isnan(np.asarray(log_prob(tiny, [[0.0], [0.5]]))).any()


def test_the_estimate_of_data_is_a_truth(cloud):
    rows, _ = cloud
    truth = KDE.of(rows, 0.3)
    queries = jnp.asarray(rows[:5])
    expected = log_prob(fitted(rows, np.ones(60), 0.3), queries)
    np.testing.assert_allclose(log_prob(truth, queries), expected, rtol=1e-6)
    assert KDE.of(rows[:, 0]).rows.shape == (60, 1)
    longer = truth.extend(KDE.of(np.zeros((90, 2)), 0.3))
    np.testing.assert_allclose(log_prob(longer, queries), expected, rtol=1e-5)


def test_mistakes_are_sentences():
    assert KDE().validate() == []
    wrong = KDE(-1.0, kernel="cosine", rule="best").validate()
    assert len(wrong) == 3
    assert "cosine" in wrong[1]


# Chains


def z_of_mean(sample, law):
    gap = np.asarray(sample, float) - law
    return gap.mean(0) / (gap.std(0, ddof=1) / np.sqrt(len(gap)))


def variances(model, regime, n, generations, seeds):
    arm = Arm(
        truth=Gaussian(0.0, 1.0),
        model=model,
        judge=KeepAll(),
        regime=regime,
        learner=MaximumLikelihood(),
        sampler=Plain(),
        measures=(Moments(),),
        n=n,
        generations=generations,
    )
    curves = run_arm(jax.random.key(5), arm, seeds)["curves"]
    return curves["variance"][:, 1:], curves["mean_shift"][:, 1:] ** 2


def test_chains_under_replace():
    n, t = 8, np.arange(1, 6)
    found, shift = variances(KDE(0.6, kernel="tophat"), Replace(), n, 5, 3000)
    spread = laws.kernel_variance("tophat", 0.6)
    assert np.abs(z_of_mean(found, laws.replace_variance(t, n, spread))).max() < LIMIT
    assert np.abs(z_of_mean(shift, laws.replace_mean_error(t, n, spread))).max() < LIMIT
    assert np.abs(z_of_mean(found, laws.replace_variance(t, n, 0.6**2))).max() > LIMIT
    assert np.abs(z_of_mean(found, laws.population_replace_variance(t, spread))).max() > LIMIT


@pytest.mark.slow
def test_chains_under_accumulate_with_a_shrinking_bandwidth():
    n, t = 6, np.arange(1, 6)
    found, _ = variances(KDE(1.2, rule="shrinking"), Accumulate(), n, 5, 3000)
    spread = laws.shrinking_bandwidth(t, n, 1.2) ** 2
    assert np.abs(z_of_mean(found, laws.accumulate_variance(t, n, spread))).max() < LIMIT
    late = laws.shrinking_bandwidth(t + 1, n, 1.2) ** 2
    assert np.abs(z_of_mean(found, laws.accumulate_variance(t, n, late))).max() > LIMIT
