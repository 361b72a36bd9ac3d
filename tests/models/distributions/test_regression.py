"""Linear regression against numpy, its summaries against its items, its chains against laws."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from collapse.laws.regression import fit_risk
from collapse.models.distributions.regression import (
    LinearRegression,
    RegressionSummary,
    factor_of,
    least_squares,
)
from collapse.types import Pool

LIMIT = 4.5
fit = eqx.filter_jit(lambda model, data: model.fit(None, data))
sample = eqx.filter_jit(lambda model, key, n: model.sample(key, n))
log_prob = eqx.filter_jit(lambda model, rows: model.log_prob(rows))
W, SPECTRUM = np.array([1.0, -2.0, 0.5]), np.array([2.0, 1.0, 0.3])


def pool(rows, weight, mass=None, kind="items"):
    weight = jnp.asarray(weight, float)
    mass = jnp.ones_like(weight) if mass is None else jnp.asarray(mass, float)
    born = jnp.zeros(len(weight), jnp.int32)
    return Pool(rows, mass, weight, jnp.zeros_like(weight), born, born, {}, kind)


def rows_of(seed, n, d=3, noise=0.3):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d))
    y = x @ np.arange(1, d + 1) + noise * rng.normal(size=n)
    return jnp.asarray(np.column_stack([x, y]), float), x, y


def test_weighted_fit_is_numpys_least_squares():
    rows, x, y = rows_of(0, 40)
    weight = np.random.default_rng(1).uniform(0, 1, 40)
    root = np.sqrt(weight)
    expected = np.linalg.lstsq(x * root[:, None], y * root, rcond=None)[0]
    found = fit(LinearRegression(W), pool(rows, weight)).w
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    mass = np.resize([1, 2, 3], 40)
    repeated = np.linalg.lstsq(np.repeat(x, mass, 0), np.repeat(y, mass), rcond=None)[0]
    found = fit(LinearRegression(W), pool(rows, np.ones(40), mass)).w
    np.testing.assert_allclose(found, repeated, rtol=1e-4)


def test_ridge_is_that_of_the_mean_squared_error():
    """(X'X + n lambda) w = X'y; a penalty of the sum would be n times weaker."""
    rows, x, y = rows_of(2, 25)
    expected = np.linalg.solve(x.T @ x + 25 * 0.4 * np.eye(3), x.T @ y)
    found = fit(LinearRegression(W, ridge=0.4), pool(rows, np.ones(25))).w
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    sums = np.linalg.solve(x.T @ x + 0.4 * np.eye(3), x.T @ y)
    assert not np.allclose(found, sums, rtol=1e-2)


@pytest.mark.parametrize("rows", [1, 3, 5])
def test_too_few_rows_take_the_minimum_norm(rows):
    """Rows of weight 0 do not help; no row at all leaves nothing, but a number."""
    items, x, y = rows_of(3, 8, d=8)
    weight = (np.arange(8) < rows).astype(float)
    found = fit(LinearRegression(np.zeros(8)), pool(items, weight)).w
    np.testing.assert_allclose(found, np.linalg.pinv(x[:rows]) @ y[:rows], rtol=2e-3, atol=1e-3)
    empty = fit(LinearRegression(np.zeros(8)), pool(items, np.zeros(8))).w
    assert (np.asarray(empty) == 0).all()
    assert not bool(LinearRegression(np.zeros(8)).defined(pool(items, np.zeros(8))))


def test_ill_conditioned_inputs_keep_their_ridge():
    """Variances from 1 to 1e-8: a direction below rounding still gets its penalised weight."""
    gram, moment = jnp.diag(jnp.array([1.0, 1e-8])), jnp.array([1.0, 1e-4])
    found = least_squares(gram, moment, jnp.array(1e-4))
    np.testing.assert_allclose(found, [1 / 1.0001, 1e-4 / (1e-4 + 1e-8)], rtol=1e-3)
    flat = least_squares(jnp.diag(jnp.array([1.0, 0.0])), jnp.array([1.0, 0.0]), 0.0)
    assert np.asarray(flat).tolist() == [1, 0]


def test_least_squares_keeps_its_digits():
    """20 dimensions, eigenvalues over a thousandfold, against float64."""
    rng = np.random.default_rng(16)
    x = rng.normal(size=(60, 20)) * np.geomspace(1, 0.1, 20)
    gram, moment = x.T @ x / 60, x.T @ rng.normal(size=60) / 60
    found = least_squares(jnp.asarray(gram, float), jnp.asarray(moment, float), 0.0)
    exact = np.linalg.solve(gram, moment)
    assert np.linalg.norm(found - exact) < 2e-3 * np.linalg.norm(exact)


@pytest.mark.parametrize("rows", [0, 1, 2, 5])
def test_factor_of_a_gram_matrix(rows):
    x = np.random.default_rng(17).normal(size=(rows, 3))
    lower = np.asarray(factor_of(jnp.asarray(x.T @ x, float)))
    np.testing.assert_allclose(lower @ lower.T, x.T @ x, atol=1e-5)
    assert (np.triu(lower, 1) == 0).all()


def test_samples_and_their_density():
    model = LinearRegression(W, noise_level=0.5, spectrum=SPECTRUM)
    rows = np.asarray(sample(model, jax.random.key(4), 40_000), float)
    x, apart = rows[:, :3], rows[:, 3] - rows[:, :3] @ W
    assert np.abs((x**2 / SPECTRUM).mean(0) - 1).max() < LIMIT * np.sqrt(2 / 40_000)
    assert np.abs((x[:, 0] * apart).mean()) < LIMIT * np.sqrt(2 * 0.25 / 40_000)
    assert stats.kstest(apart, stats.norm(0, 0.5).cdf).pvalue > 1e-5
    found = log_prob(model, jnp.asarray(rows))
    np.testing.assert_allclose(found, stats.norm(0, 0.5).logpdf(apart), atol=1e-4)


def test_without_noise_labels_lie_on_the_line():
    model = LinearRegression(W, noise_level=0.0)
    rows = sample(model, jax.random.key(5), 50)
    assert (np.asarray(log_prob(model, rows)) == 0).all()
    assert (np.asarray(log_prob(model, rows.at[:, -1].add(0.1))) == -np.inf).all()


# The two designs


def test_a_fixed_design_is_that_of_the_first_fit():
    """Kept by later fits, taken again in order, and over again for more rows than it has."""
    rows, x, _ = rows_of(6, 10)
    model = LinearRegression(W, noise_level=0.1, design="fixed", n=6)
    first = fit(model, pool(rows, np.ones(10)))
    np.testing.assert_allclose(first.inputs, x[:6], rtol=1e-6)
    other, _, _ = rows_of(7, 10)
    second = fit(first, pool(other, np.ones(10)))
    assert jax.tree.structure(first) == jax.tree.structure(second)
    np.testing.assert_array_equal(second.inputs, first.inputs)
    a, b = (np.asarray(sample(second, jax.random.key(k), 15)) for k in (8, 9))
    np.testing.assert_array_equal(a[:, :3], b[:, :3])
    np.testing.assert_array_equal(a[6:12, :3], a[:6, :3])
    assert (a[:, 3] != b[:, 3]).all()
    fresh = fit(LinearRegression(W), pool(rows, np.ones(10)))
    assert fresh.inputs is None
    assert fresh.gram is None


# Summaries


def test_summary_of_items_gives_the_same_fit():
    rows, x, y = rows_of(10, 12)
    halves = [slice(0, 5), slice(5, 12)]
    gram = jnp.stack([x[s].T @ x[s] / len(x[s]) for s in halves])
    moment = jnp.stack([x[s].T @ y[s] / len(x[s]) for s in halves])
    summary = RegressionSummary(jnp.asarray(gram, float), jnp.asarray(moment, float))
    of_rows = fit(LinearRegression(W, ridge=0.2), pool(rows, np.ones(12))).w
    data = pool(summary, np.ones(2), [5, 7], "summary")
    np.testing.assert_allclose(fit(LinearRegression(W, ridge=0.2), data).w, of_rows, rtol=1e-4)
    one = summary.merged(jnp.array([5.0, 7.0]))
    assert one.gram.shape == (1, 3, 3)
    np.testing.assert_allclose(one.gram[0], x.T @ x / 12, rtol=1e-5)
    nothing = summary.merged(jnp.zeros(2))
    assert np.isfinite(np.asarray(nothing.gram)).all()


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 12])
def test_fresh_summaries_have_the_law_of_items(count):
    """Means of the Gram matrix and its square, and of what multiplies the noise, where there are
    fewer rows than dimensions too: against numpy rows."""
    model, seeds = LinearRegression(W, noise_level=0.5, spectrum=SPECTRUM), 10_000

    def one(key):
        size = jnp.array(float(count))
        return model.summary(model.noise(key, size), size)

    found = jax.jit(jax.vmap(one))(jax.random.split(jax.random.key(11), seeds))
    gram = np.asarray(found.gram[:, 0], float)
    error = np.asarray(found.moment[:, 0], float) - gram @ W
    rng = np.random.default_rng(12)
    x = rng.normal(size=(seeds, count, 3)) * np.sqrt(SPECTRUM)
    theirs = np.einsum("sni,snj->sij", x, x) / count
    their_error = np.einsum("sni,sn->si", x, 0.5 * rng.normal(size=(seeds, count))) / count

    def numbers(gram, error):
        return np.column_stack(
            [
                gram.reshape(-1, 9),
                (gram @ gram).reshape(-1, 9),
                np.linalg.det(gram),
                error,
                np.einsum("si,sj->sij", error, error).reshape(-1, 9),
                np.einsum("si,sij,sj->s", error, gram, error),
            ]
        )

    a, b = numbers(gram, error), numbers(theirs, their_error)
    spread = np.sqrt((a.var(0) + b.var(0)) / seeds) + 1e-6
    assert np.abs((a.mean(0) - b.mean(0)) / spread).max() < LIMIT
    c = numbers(theirs * (1 + 1 / count), their_error)
    assert np.abs((a.mean(0) - c.mean(0)) / spread).max() > LIMIT
    if count == 2:
        assert np.abs(np.linalg.det(gram)).max() < 1e-3


def test_fixed_summaries_have_the_law_of_labels():
    """The kept Gram matrix itself, and X'e / n with the covariance noise^2 X'X / n^2."""
    rows, x, _ = rows_of(13, 10)
    gram = x.T @ x / 10
    first = RegressionSummary(jnp.asarray(gram[None], float), jnp.zeros((1, 3)))
    model = LinearRegression(W, noise_level=0.5, design="fixed")
    model = fit(model, pool(first, [1.0], [10], "summary"))
    assert model.inputs is None
    model = fit(model, pool(RegressionSummary(2 * first.gram, first.moment), [1.0]))
    np.testing.assert_allclose(model.gram, gram, rtol=1e-6)

    def one(key):
        size = jnp.array(20.0)
        return model.summary(model.noise(key, size), size)

    found = jax.jit(jax.vmap(one))(jax.random.split(jax.random.key(14), 20_000))
    np.testing.assert_allclose(found.gram[7, 0], gram, rtol=1e-6)
    error = np.asarray(found.moment[:, 0], float) - gram @ np.asarray(model.w)
    products = np.einsum("si,sj->sij", error, error)
    law = 0.25 * gram / 20
    z = (products.mean(0) - law) / (products.std(0) / np.sqrt(20_000))
    assert np.abs(z).max() < LIMIT
    assert np.abs((products.mean(0) - law * 1.1) / (products.std(0) / np.sqrt(20_000))).max() > 4.5


@pytest.mark.slow
@pytest.mark.parametrize("design", ["fresh", "fixed"])
@pytest.mark.parametrize("by", ["items", "summary"])
def test_short_chains_have_the_risk_of_theory(design, by):
    """Two generations of replace, written out with the model alone."""
    truth, count, seeds = LinearRegression(W, noise_level=0.5), 12, 6_000

    def rows(key, model):
        if by == "items":
            return pool(sample(model, key, count), jnp.ones(count))
        size = jnp.array(float(count))
        drawn = model.summary(model.noise(key, size), size)
        return pool(drawn, jnp.ones(1), size.reshape(1), "summary")

    def one(key):
        first_key, second_key = jax.random.split(key)
        model = LinearRegression(W * 0, noise_level=0.5, design=design, n=count)
        first = fit(model, rows(first_key, truth))
        second = fit(first, rows(second_key, first))
        return first.risk(truth), second.risk(truth)

    risks = jax.jit(jax.vmap(one))(jax.random.split(jax.random.key(15), seeds))
    found = np.stack([np.asarray(r, float) for r in risks], 1)
    law = fit_risk(count, 3, 0.5) * np.array([1, 2])
    error = found.std(0) / np.sqrt(seeds)
    assert np.abs((found.mean(0) - law) / error).max() < LIMIT
    assert np.abs((found.mean(0) - law * [2, 1.5]) / error).min() > LIMIT


def test_mistakes_are_told():
    assert (
        LinearRegression(
            W, noise_level=0.5, ridge=0.1, spectrum=SPECTRUM, design="fixed"
        ).validate()
        == []
    )
    wrong = LinearRegression(
        W, noise_level=-1.0, ridge=-1.0, spectrum=SPECTRUM[:2], design="frozen"
    ).validate()
    assert len(wrong) == 4
    assert "negative" not in LinearRegression(W, spectrum=-SPECTRUM).validate()[0]
    with pytest.raises(Exception, match="set design='fresh' in the truth"):
        LinearRegression(W, design="fixed").summary(jnp.zeros(3), jnp.array(5.0))
