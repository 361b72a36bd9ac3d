"""The normal distribution in d dimensions, fitted by weighted maximum likelihood."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.models.base import Model


class Gaussian(Model):
    """N(mean, cov) with a full covariance.

    ``ddof`` is named because papers differ: 0 divides the scatter by n (E[var_t] = (1 - 1/n)^t,
    Kazdan et al. 2024), 1 by n - 1 (E[var_t] constant, Shumailov et al. 2024).
    Fields: mean (d,), cov (d, d), in the units of the items.
    """

    mean: Array = eqx.field(default_factory=lambda: jnp.zeros(1), converter=jnp.atleast_1d)
    cov: Array = eqx.field(default_factory=lambda: jnp.eye(1), converter=jnp.atleast_2d)
    ddof: int = eqx.field(static=True, default=0)

    def fit(self, key, pool):
        total = pool.count.sum()
        mean = pool.count @ pool.rows / total
        apart = pool.rows - mean
        cov = (pool.count[:, None] * apart).T @ apart / (total - self.ddof)
        return Gaussian(mean, cov, self.ddof)

    def defined(self, pool):
        return pool.count.sum() > self.ddof

    def root(self) -> Array:
        """(d, d) symmetric square root of the covariance; exists also when it is singular."""
        if self.cov.shape[-1] == 1:
            return jnp.sqrt(jnp.maximum(self.cov, 0))
        values, vectors = jnp.linalg.eigh(self.cov)
        return (vectors * jnp.sqrt(jnp.maximum(values, 0))) @ vectors.T

    def sample(self, key, n):
        return self.mean + jax.random.normal(key, (n, len(self.mean))) @ self.root()

    def log_prob(self, rows):
        """(n,) log-density in nats. Of a singular covariance: the density along its support, and
        -inf for rows off it; 0 for the only row of a point mass."""
        d = len(self.mean)
        values, vectors = jnp.linalg.eigh(self.cov)
        floor = d * jnp.finfo(values.dtype).eps * jnp.maximum(values[-1], 0)
        wide = values > floor
        squares = ((rows - self.mean) @ vectors) ** 2
        off = (~wide & (squares > 16 * floor)).any(-1)
        safe = jnp.where(wide, values, 1)
        terms = jnp.where(wide, squares / safe + jnp.log(2 * jnp.pi * safe), 0)
        return jnp.where(off, -jnp.inf, -0.5 * terms.sum(-1))

    def kl(self, other: "Gaussian") -> Array:
        """KL(self || other) in nats, closed form; +inf where ``other`` is singular."""
        d = len(self.mean)
        inverse = jnp.linalg.inv(other.cov)
        gap = other.mean - self.mean
        _, log_own = jnp.linalg.slogdet(self.cov)
        _, log_other = jnp.linalg.slogdet(other.cov)
        kl = 0.5 * (jnp.trace(inverse @ self.cov) + gap @ inverse @ gap - d + log_other - log_own)
        return jnp.where(jnp.isnan(kl), jnp.inf, jnp.maximum(kl, 0))

    def w2_squared(self, other: "Gaussian") -> Array:
        """Squared 2-Wasserstein (Bures) distance (Dowson and Landau 1982), in squared units."""
        shift = jnp.sum((self.mean - other.mean) ** 2)
        if len(self.mean) == 1:  # without the cancellation of the general formula
            return shift + (self.root()[0, 0] - other.root()[0, 0]) ** 2
        root = other.root()
        cross = jnp.linalg.eigvalsh(root @ self.cov @ root)
        bures = jnp.trace(self.cov + other.cov) - 2 * jnp.sqrt(jnp.maximum(cross, 0)).sum()
        return shift + jnp.maximum(bures, 0)

    def mistakes(self):
        if self.ddof not in (0, 1):
            return [f"Gaussian ddof must be 0 or 1, not {self.ddof}."]
        d = self.mean.shape[-1]
        if self.cov.shape[-2:] != (d, d):
            return [f"Gaussian cov must have shape ({d}, {d}) as mean has {d} dimensions."]
        return []
