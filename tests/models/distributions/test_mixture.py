"""Gaussian mixtures against EM written out in NumPy, scipy densities and quadrature."""

import warnings

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from collapse.models.distributions.em import pivots, roots
from collapse.models.distributions.gaussian import Gaussian
from collapse.models.distributions.mixture import GaussianMixture
from collapse.types import Pool

LIMIT = 4.5
K, D, N = 3, 2, 400
DRAWS = 40_000


def pool(rows, weight=None, mass=None):
    """In N slots, the last ones empty: a program for every number of rows would be slow."""
    size = max(N, len(rows))
    weight, mass = (np.ones(len(rows)) if x is None else x for x in (weight, mass))
    weight, mass = (in_slots(x, size, fill) for x, fill in ((weight, 0), (mass, 1)))
    one, born = jnp.ones(size), jnp.zeros(size, jnp.int32)
    return Pool(in_slots(rows, size, 7.0), mass, weight, one, born, born, {})


def in_slots(x, size, fill):
    x = jnp.asarray(x, jnp.float32)
    return jnp.full((size, *x.shape[1:]), fill, jnp.float32).at[: len(x)].set(x)


def em(rows, count, weights, means, covs, iterations, floor=0.0, shape="full"):
    """Expectation-maximisation, component by component, in double precision."""
    likelihoods = []
    for _ in range(iterations):
        density = np.stack(
            [
                w * stats.multivariate_normal(m, c, allow_singular=True).pdf(rows)
                for w, m, c in zip(weights, means, covs, strict=True)
            ],
            1,
        )
        likelihoods.append(count @ np.log(density.sum(1)))
        part = density / density.sum(1, keepdims=True) * count[:, None]
        weights = part.sum(0) / count.sum()
        means = part.T @ rows / part.sum(0)[:, None]
        covs = np.array([np.cov(rows.T, aweights=part[:, j], ddof=0) for j in range(len(means))])
        if shape != "full":
            covs = covs * np.eye(D)
        if shape == "spherical":
            covs = np.trace(covs, axis1=1, axis2=2)[:, None, None] / D * np.eye(D)
        covs = covs + floor * np.eye(D)
    return weights, means, covs, likelihoods


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    centres = np.array([[0.0, 0.0], [3.0, 1.0], [1.0, 4.0]])
    shapes = np.array([[[1.0, 0.4], [0.0, 0.8]], [[0.5, 0.0], [0.3, 1.0]], np.eye(2)])
    mode = rng.choice(3, N, p=[0.5, 0.3, 0.2])
    rows = centres[mode] + np.einsum("nij,nj->ni", shapes[mode], rng.normal(size=(N, 2)))
    return rows + np.array([10.0, -20.0]), rng.uniform(0, 1, N)


def start():
    means = np.array([[10.5, -19.5], [12.5, -19.5], [11.0, -17.0]])
    covs = np.stack([np.eye(2), [[1.0, 0.3], [0.3, 2.0]], 0.5 * np.eye(2)])
    return np.array([0.3, 0.3, 0.4]), means, covs


@eqx.filter_jit
def fit(key, model, data):
    return model.fit(key, data)


@eqx.filter_jit
def log_density(model, rows):
    return model.log_prob(jnp.asarray(rows))


@eqx.filter_jit
def draw(model, n):
    return model.sample(jax.random.key(0), n)


def fitted(rows, weight=None, mass=None, iterations=10, first=None, floor=1e-12, **fields):
    model = GaussianMixture(
        *(first or start()), floor=jnp.asarray(floor), iterations=iterations, **fields
    )
    return fit(jax.random.key(0), model, pool(rows, weight, mass))


def compare(model, expected, atol=1e-4):
    for mine, its in zip((model.weights, model.means, model.covs), expected, strict=False):
        np.testing.assert_allclose(mine, its, rtol=1e-4, atol=atol)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shape", "iterations"), [("full", 1), ("full", 10), ("diagonal", 10), ("spherical", 10)]
)
def test_fit_is_weighted_expectation_maximisation(data, iterations, shape):
    rows, weight = data
    expected = em(rows, weight, *start(), iterations, 0.01, shape)
    found = fitted(rows, weight, iterations=iterations, floor=0.01, shape=shape)
    compare(found, expected)
    # One step more or fewer is another answer.
    more = em(rows, weight, *start(), iterations + 1, 0.01, shape)
    assert np.abs(found.means - more[1]).max() > 1e-3


def test_narrow_components_are_fitted_as_well_as_wide_ones(data):
    """Modes of sd 1e-4 in a pool of sd 1: quadratic features in single precision have no digit
    left for their variances; differences taken first have."""
    rng = np.random.default_rng(3)
    centres = np.array([[-1.0, 0.0], [1.0, 0.5], [0.0, -1.0]])
    scales = np.array([[1e-4, 2e-4], [1e-4, 1e-4], [3e-4, 1e-4]])
    mode = rng.choice(3, N)
    rows = (centres[mode] + scales[mode] * rng.normal(size=(N, 2))).astype(np.float32)
    first = np.full(3, 1 / 3), centres + 1e-4, np.stack([4e-8 * np.eye(2)] * 3)
    found = fitted(rows, first=first, floor=0.0)
    expected = em(rows.astype(float), np.ones(N), *first, 10)
    np.testing.assert_allclose(found.covs, expected[2], rtol=2e-3, atol=1e-11)
    np.testing.assert_allclose(found.means, expected[1], atol=3e-7)


def test_far_from_zero_changes_nothing(data):
    """The pool is centred and scaled first."""
    rows, weight = data
    first = (start()[0], start()[1] * 0.001 + [1, 2], start()[2] * 1e-6)
    moved = fitted(rows * 0.001 + [1, 2], weight, first=first)
    expected = em(rows, weight, *start(), 10)
    np.testing.assert_allclose((moved.means - np.array([1, 2])) * 1e3, expected[1], atol=2e-3)
    np.testing.assert_allclose(moved.covs * 1e6, expected[2], atol=2e-3)


def test_whole_weights_are_repetitions(data):
    rows = data[0][:100]
    mass, weight = np.resize([1, 2, 3], 100), np.resize([1, 0, 1, 1, 1], 100)
    many = fitted(np.repeat(rows, mass * weight, axis=0))
    compare(fitted(rows, weight, mass), (many.weights, many.means, many.covs))
    plain = fitted(rows)
    assert np.abs(plain.means - many.means).max() > 1e-3


def test_likelihood_never_falls(data):
    rows, weight = data
    model, seen = GaussianMixture(*start(), floor=jnp.asarray(1e-12), iterations=1), []
    for _ in range(11):
        model = fit(jax.random.key(0), model, pool(rows, weight))
        seen.append(float(weight @ log_density(model, rows)))
    assert (np.diff(seen) > -1e-2).all()
    assert seen[-1] > seen[0] + 1
    _, _, _, expected = em(rows, weight, *start(), 12)
    np.testing.assert_allclose(seen, expected[1:], rtol=1e-5)


def test_one_component_is_the_gaussian(data):
    rows, weight = data
    found = fitted(rows, weight, iterations=1, first=(np.ones(1), np.ones((1, 2)), np.eye(2)[None]))
    gaussian = Gaussian(np.zeros(2), np.eye(2)).fit(None, pool(rows, weight))
    np.testing.assert_allclose(found.means[0], gaussian.mean, rtol=1e-6)
    np.testing.assert_allclose(found.covs[0], gaussian.cov, rtol=1e-4)


def test_an_empty_component_stays_where_it_is(data):
    """At weight 0, bit for bit, and nothing is drawn from it."""
    weights, means, covs = start()
    means = means.copy()
    means[2] = [500.0, 500.0]
    found = fitted(data[0], first=(weights, means, covs))
    assert float(found.weights[2]) == 0
    np.testing.assert_array_equal(found.means[2], np.float32(means[2]))
    np.testing.assert_array_equal(found.covs[2], np.float32(covs[2]))
    expected = em(data[0], np.ones(N), weights[:2] / weights[:2].sum(), means[:2], covs[:2], 10)
    compare(GaussianMixture(found.weights[:2], found.means[:2], found.covs[:2]), expected)
    again = fit(jax.random.key(0), found, pool(data[0]))
    assert bool(jnp.isfinite(again.means).all())
    assert float(again.weights[2]) == 0
    assert float(jnp.abs(draw(found, DRAWS)).max()) < 100


def test_a_single_row_keeps_its_mode():
    """A wide component that one row is left of becomes a point, and is one at the next fit too:
    what rounding leaves of its covariance must not outgrow its variances."""
    rng = np.random.default_rng(7)
    centres = np.array([[4.0, -4.0], [2.0, 0.0], [-4.0, 2.0]])
    first = np.full(3, 1 / 3), centres, np.stack([0.0025 * np.eye(2)] * 3)
    for _ in range(20):
        rows = np.repeat(centres, [30, 19, 1], axis=0) + 0.05 * rng.normal(size=(50, 2))
        model = fitted(rows, first=first, iterations=1)
        bound = np.sqrt(np.prod(np.diagonal(model.covs[2]), dtype=np.float64))
        assert abs(float(model.covs[2, 0, 1])) <= bound * (1 + 1e-6)
        again = fit(jax.random.key(0), model, pool(rows))
        np.testing.assert_allclose(again.weights, [0.6, 0.38, 0.02], rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(("how", "shape"), [("previous", "full"), ("data", "spherical")])
def test_one_point_collapses_and_stays(how, shape):
    """No floor: variance 0, samples equal to the point, finite numbers throughout."""
    rows = np.tile([[1.5, -2.5]], (20, 1))
    model = fitted(rows, start=how, shape=shape, floor=0.0)
    lives = np.asarray(model.weights) > 0
    np.testing.assert_allclose(model.means[lives], rows[: lives.sum()], rtol=1e-6)
    assert np.abs(model.covs[lives]).max() == 0
    drawn = draw(model, DRAWS)[:20]
    np.testing.assert_allclose(drawn, rows, rtol=1e-6)
    again = fit(jax.random.key(0), model, pool(drawn))
    assert all(bool(jnp.isfinite(x).all()) for x in (again.means, again.covs, again.weights))
    assert float(log_density(model, np.resize(rows, (N, 2)))[0]) > 20
    assert bool(model.past_precision())


def test_points_on_a_line_have_a_singular_covariance():
    x = np.linspace(-1, 1, N)
    model = fitted(
        np.stack([x, 2 * x], 1),
        first=(np.ones(1), np.zeros((1, 2)), np.eye(2)[None]),
        iterations=1,
        floor=0.0,
    )
    drawn = np.asarray(draw(model, N))
    np.testing.assert_allclose(drawn[:, 1], 2 * drawn[:, 0], atol=4e-3)
    assert np.isfinite(np.asarray(log_density(model, drawn))).all()


def test_floor_is_what_a_point_keeps():
    model = fitted(np.zeros((9, 2)), floor=0.25)
    lives = np.asarray(model.weights) > 0
    np.testing.assert_allclose(model.covs[lives], 0.25 * np.array([np.eye(2)] * lives.sum()))


def test_start_from_the_data_finds_the_modes():
    """Nine well separated modes from any key; rows of weight 0 are never a centre."""
    rng = np.random.default_rng(5)
    grid = np.stack(np.meshgrid([0, 10, 20], [0, 10, 20]), -1).reshape(-1, 2)
    rows = np.repeat(grid, 40, axis=0) + rng.normal(size=(360, 2)) * 0.1
    rows = np.concatenate([rows, [[1e3, 1e3]]])
    weight = np.append(np.ones(360), 0)
    model = GaussianMixture(
        np.full(9, 1 / 9), np.zeros((9, 2)), np.stack([np.eye(2)] * 9), start="data"
    )
    for seed in range(10):
        found = fit(jax.random.key(seed), model, pool(rows, weight))
        distance = np.linalg.norm(np.asarray(found.means)[:, None] - grid, axis=2)
        assert distance.min(0).max() < 0.1
        np.testing.assert_allclose(found.weights, 1 / 9, atol=1e-3)


def test_log_prob_against_scipy(data):
    weights, means, covs = start()
    model = GaussianMixture(weights, means, covs)
    density = sum(
        w * stats.multivariate_normal(m, c).pdf(data[0])
        for w, m, c in zip(weights, means, covs, strict=True)
    )
    np.testing.assert_allclose(log_density(model, data[0]), np.log(density), rtol=1e-4)
    rng = np.random.default_rng(1)
    root = rng.normal(size=(2, 4, 4))
    high = GaussianMixture(np.array([0.4, 0.6]), np.ones((2, 4)), root @ root.swapaxes(1, 2))
    rows = rng.normal(size=(30, 4))
    density = sum(
        w * stats.multivariate_normal(m, c).pdf(rows)
        for w, m, c in zip([0.4, 0.6], np.ones((2, 4)), root @ root.swapaxes(1, 2), strict=True)
    )
    np.testing.assert_allclose(log_density(high, rows), np.log(density), rtol=2e-3)
    np.testing.assert_allclose(roots(high.covs), np.linalg.cholesky(high.covs), rtol=1e-3)
    assert pivots(high.covs)[1].shape == (2, 4)


def test_samples_have_the_moments_and_shares_of_the_mixture():
    weights, means, covs = start()
    model = GaussianMixture(weights, means * 3, covs)
    n = DRAWS
    rows = np.asarray(draw(model, n), float)
    mean, cov = (np.asarray(x, float) for x in model.moments())
    np.testing.assert_array_equal(model.mean, np.float32(mean))
    apart = rows - mean
    assert np.abs(apart.mean(0) / (rows.std(0) / np.sqrt(n))).max() < LIMIT
    product = apart[:, :, None] * apart[:, None, :]
    z = (product.mean(0) - cov) / (product.std(0) / np.sqrt(n))
    assert np.abs(z).max() < LIMIT
    half = np.abs(rows[:, None] - means * 3).sum(2).argmin(1)
    share = np.bincount(half, minlength=3) / n
    assert np.abs(share - weights).max() < 0.02


def test_l2_distance_by_quadrature():
    weights, means, covs = start()
    p = GaussianMixture(weights, means - means[0], covs)
    q = GaussianMixture(
        np.array([0.5, 0.5]), np.array([[0.0, 1.0], [2.0, 0.0]]), np.stack([np.eye(2)] * 2)
    )
    distance = eqx.filter_jit(lambda p, q: p.l2_distance(q))
    axis = np.linspace(-10, 14, 600)
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    gap = np.exp(np.asarray(log_density(p, grid), float)) - np.exp(
        np.asarray(log_density(q, grid), float)
    )
    expected = np.sqrt((gap**2).sum()) * (axis[1] - axis[0])
    assert float(distance(p, q)) == pytest.approx(expected, rel=1e-4)
    assert float(distance(q, p)) == pytest.approx(expected, rel=1e-4)
    assert float(distance(p, p)) < 1e-3


def test_a_fit_has_the_structure_of_its_model(data):
    model = GaussianMixture(*start(), floor=jnp.asarray(1e-12), iterations=1)
    again = fit(jax.random.key(0), model, pool(data[0]))
    assert jax.tree.structure(model) == jax.tree.structure(again)
    assert [x.shape for x in jax.tree.leaves(eqx.filter(model, eqx.is_array))] == [
        x.shape for x in jax.tree.leaves(eqx.filter(again, eqx.is_array))
    ]


def test_mistakes_in_sentences():
    weights, means, covs = start()
    assert GaussianMixture(weights, means, covs).validate() == []
    assert "sum to 1" in GaussianMixture(weights * 2, means, covs).validate()[0]
    assert "needs weights (3,)" in GaussianMixture(weights[:2], means, covs).validate()[0]
    wrong = GaussianMixture(
        weights, means, covs, floor=-1.0, iterations=0, start="nowhere", shape="round"
    ).validate()
    assert len(wrong) == 4


def test_equals_the_mixture_of_scikit_learn(data):
    library = pytest.importorskip("sklearn.mixture")
    weights, means, covs = start()
    peer = library.GaussianMixture(
        3,
        tol=0.0,
        reg_covar=1e-6,
        max_iter=10,
        weights_init=weights,
        means_init=means,
        precisions_init=np.linalg.inv(covs),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it stops before it converges
        peer.fit(data[0])
    compare(
        fitted(data[0], floor=1e-6),
        (peer.weights_, peer.means_, peer.covariances_),
        atol=2e-4,
    )
