"""Gaussian mixtures of k components in d dimensions, fitted by expectation-maximisation."""

from dataclasses import KW_ONLY
from typing import final

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.special import logsumexp

from collapse.items import Items
from collapse.models.base import Model
from collapse.models.distributions.em import (
    distances,
    expected_sums,
    features,
    log_joint,
    maximised,
    pivots,
    roots,
    start_from,
)
from collapse.part import Numbers, array, at_least, one_of, register

SHAPES = ("full", "diagonal", "spherical")
STARTS = ("previous", "data")


@register("gaussian-mixture", "Gaussian mixture fitted by EM")
@final
class GaussianMixture(Model):
    """sum_j weights_j N(means_j, covs_j).

    A fit makes ``iterations`` steps of expectation-maximisation (Dempster et al. 1977). It starts
    from the previous parameters (``start="previous"``: a component remains the same mode over
    generations), or from k rows of the pool, each drawn with probability proportional to its count
    and squared distance from the earlier ones (``"data"``: k-means++, Arthur and Vassilvitskii
    2007, the best of a few draws). An empty component keeps its mean and covariance at weight 0;
    with ``"previous"`` it stays lost.

    ``shape`` of the covariances is "full", "diagonal" or "spherical". ``floor`` (item units^2) is
    added to the variances in every fit: refitted to n of its own items per component, a model does
    not fall below a variance of about n * floor; with 0 a component can shrink to a point. Fields:
    weights (k,), which sum to 1; means (k, d); covs (k, d, d), always full matrices.
    """

    side_by_side = False

    weights: Numbers = array(1)
    means: Numbers = array(2)
    covs: Numbers = array(0)
    _: KW_ONLY
    floor: Numbers = at_least(0, default=1e-12)
    iterations: int = at_least(1, default=20, static=True)
    start: str = one_of(*STARTS)
    shape: str = one_of(*SHAPES)

    def gives(self):
        return Items("points", {"d": self.means.shape[1]}, ("pixels", "labelled"))

    def fit(self, key, pool):
        share = pool.count / pool.count.sum()
        centre = share @ pool.rows
        spread = jnp.sqrt(share @ ((pool.rows - centre) ** 2).mean(1))
        scale = jnp.where(spread > 0, spread, 1)
        rows = (pool.rows - centre) / scale  # standardised, where float32 is most accurate
        floor = self.floor / scale**2
        if self.start == "data":
            first = start_from(key, rows, share, len(self.weights), floor)
        else:
            first = (self.weights, (self.means - centre) / scale, self.covs / scale**2)
        columns, quadratic = rows.T, features(rows)

        def step(_, parameters):
            sums = expected_sums(columns, quadratic, share, *parameters)
            return maximised(*sums, *parameters, floor, self.shape)

        weights, means, covs = jax.lax.fori_loop(0, self.iterations, step, first)
        # Empty components keep their parameters bit for bit.
        kept = (weights == 0)[:, None] & (self.start == "previous")
        means = jnp.where(kept, self.means, centre + scale * means)
        covs = jnp.where(kept[..., None], self.covs, covs * scale**2)
        return self._with(weights, means, covs)

    def _with(self, weights, means, covs) -> "GaussianMixture":
        return GaussianMixture(
            weights,
            means,
            covs,
            floor=self.floor,
            iterations=self.iterations,
            start=self.start,
            shape=self.shape,
        )

    def sample(self, key, n):
        which, normal = jax.random.split(key)
        ends = jnp.cumsum(self.weights)
        unit = jax.random.uniform(which, (n,)) * ends[-1]
        # Clipped to the last component of positive weight, as a uniform can be rounded up to 1.
        last = len(self.weights) - 1 - jnp.argmax(self.weights[::-1] > 0)
        mode = jnp.minimum((unit[:, None] >= ends).sum(1), last)
        z = jax.random.normal(normal, (n, self.means.shape[1]))
        return self.means[mode] + jnp.einsum("nij,nj->ni", roots(self.covs)[mode], z)

    def log_prob(self, rows):
        """(n,) log-density in nats. A variance too small for the precision counts as the smallest
        that is not, so that a component at a point has a finite, very large density."""
        square, variance, _ = distances(rows.T, self.means, self.covs)
        return logsumexp(log_joint(square, variance, self.weights), axis=0)

    def moments(self) -> tuple[Array, Array]:
        """Mean (d,) and covariance (d, d) of the whole mixture."""
        mean = self.weights @ self.means
        deviation = self.means - mean
        within = jnp.einsum("k,kij->ij", self.weights, self.covs)
        return mean, within + (self.weights[:, None] * deviation).T @ deviation

    @property
    def mean(self) -> Array:
        return self.moments()[0]

    @property
    def covariance(self) -> Array:
        return self.moments()[1]

    @property
    def log_variance(self) -> Array:
        """Logarithm of the mean of the covariance's diagonal."""
        return jnp.log(jnp.diagonal(self.covariance).mean())

    def l2_distance(self, other: "GaussianMixture") -> Array:
        """sqrt of the integral of (p - q)^2: Shumailov et al. (2024), fig. 13.

        derived: the integral of N(x; a, A) N(x; b, B) is N(a - b; 0, A + B), so with signed weights
        (those of p, minus those of q) it is a finite sum over pairs of components.
        """
        weights = jnp.concatenate([self.weights, -other.weights])
        means = jnp.concatenate([self.means, other.means])
        covs = jnp.concatenate([self.covs, other.covs])

        def overlaps(mean, cov):
            square, variance, _ = distances(mean[:, None], means, covs + cov)
            return jnp.exp(log_joint(square, variance, jnp.ones_like(weights))[:, 0])

        pairs = jax.vmap(overlaps)(means, covs)
        return jnp.sqrt(jnp.maximum(weights @ pairs @ weights, 0))

    def past_precision(self):
        smallest = pivots(self.covs)[1].min(-1)
        resolved = (jnp.finfo(self.covs.dtype).eps * jnp.abs(self.means).max(-1)) ** 2
        return ((self.weights > 0) & (smallest < 16 * resolved)).any()

    def validate(self):
        k, d = jnp.shape(self.means)
        errors = super().validate()
        if jnp.shape(self.weights) != (k,) or jnp.shape(self.covs) != (k, d, d):
            errors.append(
                f"GaussianMixture with means ({k}, {d}) needs weights ({k},) and covs "
                f"({k}, {d}, {d}), not {jnp.shape(self.weights)} and {jnp.shape(self.covs)}."
            )
        elif bool((self.weights < 0).any()) or abs(float(self.weights.sum()) - 1) > 1e-3:
            total = float(self.weights.sum())
            errors.append(f"GaussianMixture weights must be >= 0 and sum to 1, not to {total:.6g}.")
        return errors
