"""Toy truths in two and three dimensions: rings and grids of Gaussians, moons, circles, a Swiss
roll.

All are the usual toy data of scikit-learn or the literature, at the same scale, as distributions:
the position along a curve is uniform, and the density is known.
"""

from dataclasses import KW_ONLY
from functools import lru_cache
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import i0e, log_ndtr, logsumexp

from collapse.errors import UserError
from collapse.items import Items
from collapse.models.base import Model
from collapse.models.distributions.mixture import GaussianMixture
from collapse.part import Numbers, array, positive, register, whole, within

PER_PANEL = 8  # Gauss-Legendre nodes per panel


def eight_gaussians(radius: float = 2.0, sd: float = 0.1, **fields) -> GaussianMixture:
    """Eight equal spherical modes of standard deviation ``sd`` on a circle; d = 2."""
    angle = 2 * np.pi * np.arange(8) / 8
    return equal_modes(radius * np.stack([np.cos(angle), np.sin(angle)], 1), sd, **fields)


def grid_of_gaussians(
    side: int = 5, spacing: float = 2.0, sd: float = 0.05, **fields
) -> GaussianMixture:
    """``side``^2 equal spherical modes on a square grid about 0: 25, as in Alemohammad et al.
    (2024), figs. 14-15; d = 2. ``fields`` are those of the mixture (iterations, start, ...)."""
    side = whole("side", side, 1)
    place = spacing * (np.arange(side) - (side - 1) / 2)
    return equal_modes(np.stack(np.meshgrid(place, place), -1).reshape(-1, 2), sd, **fields)


def equal_modes(means: np.ndarray, sd: float, **fields) -> GaussianMixture:
    """A mixture of spherical modes of equal weight, with means (k, d) and standard deviation
    ``sd``."""
    k, d = means.shape
    covs = np.broadcast_to(sd**2 * np.eye(d), (k, d, d))
    return GaussianMixture(np.full(k, 1 / k), means, covs, **fields)


class Truth(Model):
    """Base class of distributions that can be sampled but not fitted."""

    learns = False

    def fit(self, key, pool):
        name = type(self).__name__
        raise UserError(f"{name} is a truth and cannot be fitted: choose another model.")

    @property
    def log_variance(self) -> Array:
        """Logarithm of the mean of the covariance's diagonal."""
        return jnp.log(jnp.diagonal(self.covariance).mean())


@lru_cache
def quadrature(low: float, high: float, panels: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights (summing to 1) of Gauss-Legendre quadrature on equal panels of [low,
    high]."""
    node, weight = np.polynomial.legendre.leggauss(PER_PANEL)
    left = np.linspace(low, high, panels, endpoint=False)
    nodes = left[:, None] + (node + 1) * (high - low) / panels / 2
    return nodes.ravel(), np.tile(weight / 2 / panels, panels)


def along_a_curve(rows: Array, nodes: Array, weights: Array, sd: Array) -> Array:
    """(n,) log-density of a point on a curve with nodes (M, d) and weights (M,), plus N(0, sd^2
    I)."""
    square = sum((rows[:, i, None] - nodes[:, i]) ** 2 for i in range(nodes.shape[1]))
    log_normal = nodes.shape[1] * (jnp.log(sd) + 0.5 * jnp.log(2 * jnp.pi))
    return logsumexp(jnp.log(weights) - 0.5 * square / sd**2, axis=1) - log_normal


def too_sharp(shape: Model, least: float) -> list[str]:
    """An error sentence if the noise is too small for the quadrature to resolve."""
    if float(shape.sd) >= least:
        return []
    name = type(shape).__name__
    return [f"{name} sd must be at least {least:g}, not {float(shape.sd):g}."]


@register("two-moons", "two interleaved half circles with noise, a truth")
@final
class TwoMoons(Truth):
    """Two interleaved half circles of radius 1, about (0, 0) and (1, 1/2), plus N(0, sd^2 I).

    The density is a Gauss-Legendre quadrature along the curves (256 nodes each), accurate to single
    precision for sd >= 0.02.
    """

    sd: Numbers = 0.1

    def gives(self):
        return Items("points", {"d": 2})

    @staticmethod
    def curve(angle) -> tuple:
        """Upper and lower moon at angles in [0, pi]."""
        x, y = jnp.cos(angle), jnp.sin(angle)
        return jnp.stack([x, y], -1), jnp.stack([1 - x, 0.5 - y], -1)

    def nodes(self) -> tuple[Array, Array]:
        angle, weight = quadrature(0.0, np.pi, 32)
        return jnp.concatenate(self.curve(angle)), jnp.tile(jnp.asarray(weight) / 2, 2)

    def sample(self, key, n):
        which, place, normal = jax.random.split(key, 3)
        upper, lower = self.curve(jnp.pi * jax.random.uniform(place, (n,)))
        rows = jnp.where(jax.random.bernoulli(which, shape=(n, 1)), upper, lower)
        return rows + self.sd * jax.random.normal(normal, (n, 2))

    def log_prob(self, rows):
        return along_a_curve(rows, *self.nodes(), self.sd)

    @property
    def mean(self) -> Array:
        return jnp.array([0.5, 0.25])

    @property
    def covariance(self) -> Array:
        nodes, weights = self.nodes()
        deviation = nodes - self.mean
        return (weights[:, None] * deviation).T @ deviation + self.sd**2 * jnp.eye(2)

    def validate(self):
        return too_sharp(self, 0.02)


@register("circles", "two concentric circles with noise, a truth")
@final
class Circles(Truth):
    """Two circles about 0, of radius 1 and ``factor``, with half of the rows each, plus N(0, sd^2
    I). The density is exact.

    derived: a uniform angle on a circle of radius R plus noise of sd s has at distance r the
    density exp(-(r^2 + R^2) / 2 s^2) I_0(r R / s^2) / (2 pi s^2).
    """

    sd: Numbers = 0.1
    _: KW_ONLY
    factor: Numbers = within("[0, 1)", default=0.5)

    def gives(self):
        return Items("points", {"d": 2})

    def sample(self, key, n):
        which, place, normal = jax.random.split(key, 3)
        angle = 2 * jnp.pi * jax.random.uniform(place, (n,))
        radius = jnp.where(jax.random.bernoulli(which, shape=(n,)), 1, self.factor)
        rows = radius[:, None] * jnp.stack([jnp.cos(angle), jnp.sin(angle)], 1)
        return rows + self.sd * jax.random.normal(normal, (n, 2))

    def log_prob(self, rows):
        r = jnp.sqrt((rows**2).sum(-1))
        variance = self.sd**2

        def ring(radius):
            gap = -0.5 * (r - radius) ** 2 / variance
            return gap + jnp.log(i0e(r * radius / variance)) - jnp.log(2 * jnp.pi * variance)

        return jnp.logaddexp(ring(1.0), ring(self.factor)) - jnp.log(2.0)

    @property
    def mean(self) -> Array:
        return jnp.zeros(2)

    @property
    def covariance(self) -> Array:
        return ((1 + self.factor**2) / 4 + self.sd**2) * jnp.eye(2)

    def validate(self):
        return too_sharp(self, 1e-3) + super().validate()


@register("swiss-roll", "Swiss roll or flat spiral with noise, a truth")
@final
class SwissRoll(Truth):
    """A Swiss roll: the strip (t cos t, height, t sin t), plus N(0, sd^2 I).

    As in scikit-learn t is uniform on [3 pi / 2, 9 pi / 2] and the height on [0, 21]; d = 3.
    ``flat`` leaves the height out: a spiral in the plane, d = 2. The density is a quadrature
    along the spiral (1,024 nodes), accurate to single precision for sd >= 0.2.
    """

    sd: Numbers = 0.5
    _: KW_ONLY
    flat: bool = eqx.field(static=True, default=False)

    HEIGHT = 21.0

    def gives(self):
        return Items("points", {"d": 2 if self.flat else 3})

    @staticmethod
    def curve(t) -> Array:
        return jnp.stack([t * jnp.cos(t), t * jnp.sin(t)], -1)

    def nodes(self) -> tuple[Array, Array]:
        t, weight = quadrature(1.5 * np.pi, 4.5 * np.pi, 128)
        return self.curve(jnp.asarray(t)), jnp.asarray(weight)

    def sample(self, key, n):
        place, height, normal = jax.random.split(key, 3)
        rows = self.curve(1.5 * jnp.pi * (1 + 2 * jax.random.uniform(place, (n,))))
        if not self.flat:
            rows = jnp.insert(rows, 1, self.HEIGHT * jax.random.uniform(height, (n,)), axis=1)
        return rows + self.sd * jax.random.normal(normal, rows.shape)

    def log_prob(self, rows):
        if self.flat:
            return along_a_curve(rows, *self.nodes(), self.sd)
        spiral = along_a_curve(rows[:, ::2], *self.nodes(), self.sd)
        # A uniform height plus noise: a difference of two normal distribution functions.
        half = self.HEIGHT / 2
        off = jnp.abs(rows[:, 1] - half)
        more, less = log_ndtr((half - off) / self.sd), log_ndtr((-half - off) / self.sd)
        return spiral + more + jnp.log1p(-jnp.exp(less - more)) - jnp.log(self.HEIGHT)

    @property
    def mean(self) -> Array:
        nodes, weights = self.nodes()
        mean = weights @ nodes
        return mean if self.flat else jnp.insert(mean, 1, self.HEIGHT / 2)

    @property
    def covariance(self) -> Array:
        nodes, weights = self.nodes()
        deviation = nodes - weights @ nodes
        cov = (weights[:, None] * deviation).T @ deviation
        if not self.flat:
            cov = jnp.insert(jnp.insert(cov, 1, 0.0, axis=0), 1, 0.0, axis=1)
            cov = cov.at[1, 1].set(self.HEIGHT**2 / 12)
        return cov + self.sd**2 * jnp.eye(len(cov))

    def validate(self):
        return too_sharp(self, 0.2)


@register("student-t", "Student's t in independent coordinates, a heavy-tailed truth")
@final
class StudentT(Truth):
    """Student's t with ``df`` degrees of freedom in each of d independent coordinates: heavy tails
    (Peterson 2024 uses 10). Its covariance is infinite for df <= 2.

    Fields: location (d,) and scale, in the units of the items.
    """

    df: Numbers = positive(default=10.0)
    _: KW_ONLY
    location: Numbers = array(1, default_factory=lambda: jnp.zeros(1))
    scale: Numbers = positive(default=1.0)

    def gives(self):
        return Items("points", {"d": len(self.location)})

    def sample(self, key, n):
        drawn = jax.random.t(key, self.df, (n, len(self.location)))
        return self.location + self.scale * drawn

    def log_prob(self, rows):
        terms = jax.scipy.stats.t.logpdf(rows, self.df, self.location, self.scale)
        return terms.sum(-1)

    @property
    def mean(self) -> Array:
        return self.location

    @property
    def covariance(self) -> Array:
        heavy = self.df <= 2
        variance = self.scale**2 * self.df / jnp.where(heavy, 1, self.df - 2)
        identity = jnp.eye(len(self.location))
        return jnp.where(identity > 0, jnp.where(heavy, jnp.inf, variance), 0)
