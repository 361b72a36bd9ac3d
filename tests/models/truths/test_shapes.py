"""Shapes in the plane and in space: densities against integration and histograms."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, stats

from collapse.errors import UserError
from collapse.models.truths.shapes import (
    Circles,
    StudentT,
    SwissRoll,
    TwoMoons,
    eight_gaussians,
    grid_of_gaussians,
)

LIMIT = 4.5
N = 40_000

PLANE = {  # shape: axes of a box that holds all but nothing of it, cells a side
    "moons": (TwoMoons(0.1), (-1.7, 2.7), (-1.2, 1.7)),
    "sharp moons": (TwoMoons(0.02), (-1.2, 2.2), (-0.7, 1.2)),
    "circles": (Circles(0.1, factor=0.5), (-1.7, 1.7), (-1.7, 1.7)),
    "spiral": (SwissRoll(0.5, flat=True), (-14, 18), (-15, 19)),
    "sharp spiral": (SwissRoll(0.2, flat=True), (-13, 16), (-14, 17)),
    "eight": (eight_gaussians(), (-3, 3), (-3, 3)),
    "grid": (grid_of_gaussians(sd=0.1), (-5, 5), (-5, 5)),
}


@eqx.filter_jit
def draw(shape, n=N):
    return shape.sample(jax.random.key(0), n)


@eqx.filter_jit
def log_density(shape, rows):
    return jax.lax.map(shape.log_prob, rows.reshape(20, -1, rows.shape[1])).ravel()


def cells(name, side=400):
    """Centres and area of a fine grid, and the density there."""
    shape, x, y = PLANE[name]
    axes = [low + (np.arange(side) + 0.5) * (high - low) / side for low, high in (x, y)]
    rows = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 2)
    area = (x[1] - x[0]) * (y[1] - y[0]) / side**2
    return rows, np.exp(np.asarray(log_density(shape, jnp.asarray(rows)), float)) * area


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANE)
def test_density_integrates_to_one_with_the_moments(name):
    rows, mass = cells(name)
    assert mass.sum() == pytest.approx(1, abs=2e-4)
    shape = PLANE[name][0]
    mean, covariance = moments(shape)
    np.testing.assert_allclose(mass @ rows, mean, atol=2e-3)
    apart = rows - mass @ rows
    np.testing.assert_allclose((mass[:, None] * apart).T @ apart, covariance, atol=4e-3)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["moons", "circles", "spiral", "eight", "grid"])
def test_samples_follow_the_density(name):
    """Chi-square of a histogram of 20 x 20 cells; of other noise it is many times the limit."""
    shape, x, y = PLANE[name]
    _, mass = cells(name)
    expected = N * mass.reshape(20, 20, 20, 20).sum((1, 3)).ravel()
    often = expected > 5

    def excess(rows):
        found, _, _ = np.histogram2d(*np.asarray(rows).T, bins=20, range=(x, y))
        square = (found.ravel()[often] - expected[often]) ** 2 / expected[often]
        return (square.sum() - often.sum()) / np.sqrt(2 * often.sum())

    assert abs(excess(draw(shape))) < LIMIT
    if hasattr(shape, "sd"):
        wider = eqx.tree_at(lambda s: s.sd, shape, shape.sd * 1.3)
        assert excess(draw(wider)) > 3 * LIMIT


def test_moons_and_circles_by_adaptive_quadrature():
    """The density at a few points, integrated along the curves by scipy."""
    points = np.array([[0.0, 1.0], [1.2, 0.1], [0.5, 0.25], [-1.1, -0.2], [2.0, 0.5]])
    noise = 0.1
    moons, circles = log_density_at(TwoMoons(noise), points), log_density_at(Circles(noise), points)
    normal = stats.norm(0, noise).pdf
    for point, moon, circle in zip(points, moons, circles, strict=True):

        def along(curve, low, point=point):
            def at(angle):
                return np.prod(normal(point - curve(np.cos(angle), np.sin(angle))))

            return integrate.quad(at, low, np.pi, epsabs=0, limit=200)[0]

        upper = along(lambda x, y: np.array([x, y]), 0)
        lower = along(lambda x, y: np.array([1 - x, 0.5 - y]), 0)
        assert moon == pytest.approx(np.log((upper + lower) / 2 / np.pi), rel=1e-4)
        outer = along(lambda x, y: np.array([x, y]), -np.pi)
        inner = along(lambda x, y: np.array([x, y]) / 2, -np.pi)
        assert circle == pytest.approx(np.log((outer + inner) / 4 / np.pi), rel=1e-4, abs=1e-4)


@eqx.filter_jit
def moments(shape):
    return shape.mean, shape.covariance


def log_density_at(shape, points):
    found = eqx.filter_jit(lambda shape, rows: shape.log_prob(rows))(shape, jnp.asarray(points))
    return np.asarray(found)


def test_swiss_roll_is_a_spiral_times_a_height():
    shape, flat = SwissRoll(0.5), SwissRoll(0.5, flat=True)
    rows = np.asarray(draw(shape), float)
    assert rows.shape == (N, 3)
    assert draw(flat).shape == (N, 2)
    spiral = log_density_at(flat, rows[:100][:, [0, 2]])
    height = np.linspace(-1.5, 22.5, 100)
    points = np.stack([rows[:100, 0], height, rows[:100, 2]], 1)
    law = (stats.norm.cdf(height / 0.5) - stats.norm.cdf((height - 21) / 0.5)) / 21
    np.testing.assert_allclose(log_density_at(shape, points), spiral + np.log(law), atol=2e-3)
    mean, cov = (np.asarray(x) for x in moments(shape))
    assert np.abs((rows.mean(0) - mean) / (rows.std(0) / np.sqrt(N))).max() < LIMIT
    product = (rows - mean)[:, :, None] * (rows - mean)[:, None, :]
    assert np.abs((product.mean(0) - cov) / (product.std(0) / np.sqrt(N))).max() < LIMIT


def test_far_rows_have_a_finite_density():
    far = np.full((1, 2), 50.0)
    for shape in (TwoMoons(0.1), Circles(0.1), SwissRoll(0.5, flat=True)):
        found = log_density_at(shape, far)
        assert np.isfinite(found).all()
        assert (found < -100).all()
    assert np.isfinite(log_density_at(SwissRoll(0.5), np.full((1, 3), -50.0))).all()


@pytest.mark.slow
def test_student_t_against_scipy():
    shape = StudentT(4.0, location=np.array([1.0, -2.0]), scale=0.5)
    rows = np.asarray(draw(shape), float)
    expected = stats.t(4, [1, -2], 0.5).logpdf(rows[:100]).sum(1)
    np.testing.assert_allclose(log_density_at(shape, rows[:100]), expected, rtol=1e-4)
    for j, place in enumerate((1, -2)):
        assert stats.kstest(rows[:, j], stats.t(4, place, 0.5).cdf).pvalue > 1e-5
        assert stats.kstest(rows[:, j], stats.norm(place, 0.5).cdf).pvalue < 1e-9
    np.testing.assert_allclose(shape.covariance, 0.5 * np.eye(2))
    assert float(StudentT(2.0).covariance[0, 0]) == np.inf


def test_modes_are_where_they_should_be():
    ring, grid = eight_gaussians(3.0, 0.2), grid_of_gaussians(5, 2.0, 0.05, iterations=7)
    np.testing.assert_allclose(np.linalg.norm(ring.means, axis=1), 3, rtol=1e-6)
    np.testing.assert_allclose(ring.covs[3], 0.04 * np.eye(2), rtol=1e-6)
    assert grid.means.shape == (25, 2)
    assert sorted({float(x) for x in grid.means[:, 0]}) == [-4, -2, 0, 2, 4]
    assert grid.iterations == 7
    assert grid.validate() == ring.validate() == []


def test_a_truth_cannot_be_fitted():
    with pytest.raises(UserError, match="TwoMoons is a truth and cannot be fitted"):
        TwoMoons().fit(None, None)


def test_mistakes_in_sentences():
    assert TwoMoons().validate() == Circles().validate() == SwissRoll().validate() == []
    assert "sd must be at least 0.02" in TwoMoons(0.0).validate()[0]
    assert len(Circles(0.0, factor=1.0).validate()) == 2
    assert len(StudentT(0.0, location=0.0, scale=-1.0).validate()) == 2
