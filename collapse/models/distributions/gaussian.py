"""The normal distribution in d dimensions, fitted by weighted maximum likelihood."""

from dataclasses import KW_ONLY
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.items import Items
from collapse.models.base import Model
from collapse.numerics.cholesky import semidefinite_root
from collapse.numerics.prng import chi_square, normal
from collapse.numerics.pytree import replace
from collapse.part import Numbers, array, one_of, register, within
from collapse.samplers.base import CovarianceScale
from collapse.types import Summary

FEW = 2  # dimensions up to which sums are faster than many small matrix products


class GaussianSummary(Summary):
    """Mean and scatter of items, per item. The scatter of row i is exp(log_scale_i) cov_i, which
    does not underflow."""

    mean: Array  # (m, d)
    cov: Array  # (m, d, d) over the number of items
    log_scale: Array  # (m,)

    def merged(self, count):
        """One row: the weighted mean, and the scatter within and between rows."""
        if len(count) == 1:
            return self
        weight = count / jnp.where(count.sum() > 0, count.sum(), 1)
        mean = weight @ self.mean
        deviation = self.mean - mean
        between = jnp.where(weight > 0, weight * (deviation**2).sum(-1), 0).max()
        log_scale = jnp.maximum(
            jnp.where(weight > 0, self.log_scale, -jnp.inf).max(), jnp.log(between)
        )
        log_scale = jnp.where(jnp.isfinite(log_scale), log_scale, 0)
        within = weight * jnp.exp(self.log_scale - log_scale)
        deviation = deviation * jnp.sqrt(weight)[:, None] * jnp.exp(-log_scale / 2)
        cov = jnp.einsum("i,ijk->jk", within, self.cov) + deviation.T @ deviation
        return GaussianSummary(mean[None], cov[None], log_scale[None])


@register("gaussian", "Gaussian in d dimensions, full or diagonal covariance")
@final
class Gaussian(Model):
    """N(mean, exp(log_scale) cov) with a full or diagonal covariance.

    ``ddof`` is explicit because papers differ: 0 divides the scatter by n (E[var_t] = (1 - 1/n)^t,
    Kazdan et al. 2025), 1 by n - 1 (E[var_t] constant, Shumailov et al. 2024). ``known_mean`` keeps
    the given mean and divides the squares about it by n (Xu et al. 2025). ``ridge`` >= 0 is added
    to the diagonal of the covariance in every fit, in squared item units. ``shape`` of the
    covariance is "full" or "diagonal". Fields: mean (d,), cov (d, d), in item units. ``log_scale``
    stays 0 when items are fitted; a chain of summaries keeps the scale of its covariance there, so
    that it cannot underflow.
    """

    summarised = True

    mean: Numbers = array(1, default_factory=lambda: jnp.zeros(1))
    cov: Numbers = array(2, default_factory=lambda: jnp.eye(1))
    _: KW_ONLY
    ddof: int = one_of(0, 1)
    shape: str = one_of("full", "diagonal")  # "full" or "diagonal"
    known_mean: bool = eqx.field(static=True, default=False)
    log_scale: Numbers = 0.0
    ridge: Numbers | None = within("[0, inf)", default=None, kw_only=True)

    @property
    def covariance(self) -> Array:
        """(d, d) covariance including its scale; 0 if it underflows."""
        return self.cov * jnp.exp(self.log_scale)

    @property
    def log_variance(self) -> Array:
        """Logarithm of the mean of the covariance's diagonal."""
        return jnp.log(jnp.diagonal(self.cov).mean()) + self.log_scale

    def gives(self):
        return Items("points", {"d": len(self.mean)}, ("pixels", "labelled"))

    def fit(self, key, pool):
        total = pool.count @ jnp.ones_like(pool.count)
        if isinstance(pool.rows, GaussianSummary):
            return self._fitted_to(pool.rows.merged(pool.count), total)
        if len(self.mean) > FEW:
            mean = self.mean if self.known_mean else pool.count @ pool.rows / total
            deviation = jax.lax.optimization_barrier(pool.rows - mean)  # else it is found twice
            cov = (pool.count[:, None] * deviation).T @ deviation / (total - self._lost())
            return self._with(mean, self._ridged(cov), jnp.zeros_like(mean, shape=()))
        # Sums as products with ones: one matrix product for all seeds of a block.
        ones, axes = jnp.ones_like(pool.count), pool.rows.T
        mean = jnp.stack([(pool.count * x) @ ones for x in axes]) / total
        mean = self.mean if self.known_mean else mean
        deviation = [x - m for x, m in zip(axes, mean, strict=True)]
        squares = [[(pool.count * a * b) @ ones for b in deviation] for a in deviation]
        cov = jnp.array(squares) / (total - self._lost())
        return self._with(mean, self._ridged(cov), jnp.zeros_like(mean, shape=()))

    def _fitted_to(self, summary: GaussianSummary, total: Array) -> "Gaussian":
        mean, cov, log_scale = (x[0] for x in (summary.mean, summary.cov, summary.log_scale))
        if self.known_mean:
            shift = (mean - self.mean) * jnp.exp(-log_scale / 2)
            mean, cov = self.mean, cov + shift[:, None] * shift
        cov = self._ridged(cov * (total / (total - self._lost())), log_scale)
        size = jnp.diagonal(cov).mean()
        safe = jnp.where(size > 0, size, 1)
        return self._with(mean, cov / safe, log_scale + jnp.log(safe))

    def _ridged(self, cov: Array, log_scale: Array | float = 0.0) -> Array:
        """(d, d) covariance with the ridge added, in units of exp(log_scale)."""
        if self.ridge is None:
            return cov
        return cov + self.ridge * jnp.exp(-log_scale) * jnp.eye(len(cov), dtype=cov.dtype)

    def _lost(self) -> int:
        return 0 if self.known_mean else self.ddof

    def _with(self, mean: Array, cov: Array, log_scale: Array) -> "Gaussian":
        if self.shape == "diagonal":
            cov = jnp.diag(jnp.diagonal(cov))
        return replace(self, mean=mean, cov=cov, log_scale=log_scale)

    def defined(self, pool):
        return pool.count @ jnp.ones_like(pool.count) > self._lost()

    def root(self) -> Array:
        """(d, d) lower triangle L with L L' = ``cov``, which may be singular."""
        if self.cov.shape[-1] == 1:
            return jnp.sqrt(jnp.maximum(self.cov, 0))
        if self.shape == "diagonal":
            return jnp.diag(jnp.sqrt(jnp.diagonal(self.cov)))
        return semidefinite_root(self.cov)

    def sample(self, key, n):
        noise = normal(key, (n, len(self.mean)))
        root, scale = self.root(), jnp.exp(self.log_scale / 2)
        deviation = noise * root[0] if len(self.mean) == 1 else noise @ root.T
        return self.mean + deviation * scale

    def reshaped(self, sampler):
        if type(sampler) is not CovarianceScale:
            return super().reshaped(sampler)
        return self._with(self.mean, self.cov * sampler.factor, jnp.asarray(self.log_scale))

    def noise(self, key, count):
        """Standard normals (d,) for the mean, and Bartlett's lower triangle (d, d) of the scatter:
        L L' is Wishart with count - 1 degrees of freedom (Bartlett 1933). Of count <= d items the
        scatter is singular, and only count - 1 columns are not zero."""
        d = len(self.mean)
        df = jnp.maximum(count - 1 - jnp.arange(d), 0)
        lower = jnp.diag(jnp.sqrt(chi_square(jax.random.fold_in(key, 1), df, (d,))))
        if d > 1:
            low = jax.random.normal(jax.random.fold_in(key, 2), (d, d))
            lower += jnp.where(df > 0, jnp.tril(low, -1), 0)
        return jax.random.normal(key, (d,)), lower

    @property
    def noise_size(self):
        return len(self.mean) * (len(self.mean) + 1)

    def summary(self, noise, count):
        """Mean and scatter of ``count`` items, which are independent (Cochran 1934)."""
        size = jnp.maximum(count, 1)
        root, scale = self.root(), jnp.exp(self.log_scale / 2)
        half = root @ noise[1]
        mean = self.mean + root @ noise[0] * scale / jnp.sqrt(size)
        log_scale = jnp.broadcast_to(jnp.asarray(self.log_scale, half.dtype), 1)
        return GaussianSummary(mean[None], (half @ half.T / size)[None], log_scale)

    def past_precision(self):
        """Whether items differ by rounding error only, or a variance underflows."""
        variance = jnp.diagonal(self.covariance)
        epsilon = jnp.finfo(variance.dtype).eps
        resolved = jnp.sqrt(variance) > 4 * epsilon * jnp.abs(self.mean)
        return ~(resolved & (variance > jnp.finfo(variance.dtype).tiny)).all()

    def log_prob(self, rows):
        """(n,) log-density in nats. For a singular covariance: the density on its support and -inf
        for rows off it; 0 for the row of a point mass."""
        d = len(self.mean)
        values, vectors = jnp.linalg.eigh(self.covariance)
        floor = d * jnp.finfo(values.dtype).eps * jnp.maximum(values[-1], 0)
        wide = values > floor
        squares = ((rows - self.mean) @ vectors) ** 2
        off = (~wide & (squares > 16 * floor)).any(-1)
        safe = jnp.where(wide, values, 1)
        terms = jnp.where(wide, squares / safe + jnp.log(2 * jnp.pi * safe), 0)
        return jnp.where(off, -jnp.inf, -0.5 * terms.sum(-1))

    def kl(self, other: "Gaussian") -> Array:
        """KL(self || other) in nats, in closed form; +inf if ``other`` is singular."""
        d = len(self.mean)
        inverse = jnp.linalg.inv(other.covariance)
        gap = other.mean - self.mean
        log_own = jnp.linalg.slogdet(self.cov)[1] + d * self.log_scale
        log_other = jnp.linalg.slogdet(other.cov)[1] + d * other.log_scale
        trace = jnp.trace(inverse @ self.covariance)
        kl = 0.5 * (trace + gap @ inverse @ gap - d + log_other - log_own)
        return jnp.where(jnp.isnan(kl), jnp.inf, jnp.maximum(kl, 0))

    def w2_squared(self, other: "Gaussian") -> Array:
        """Squared 2-Wasserstein (Bures) distance (Dowson and Landau 1982), in squared units."""
        shift = jnp.sum((self.mean - other.mean) ** 2)
        if len(self.mean) == 1:  # without the cancellation of the general formula
            own, its = (jnp.sqrt(jnp.maximum(g.covariance[0, 0], 0)) for g in (self, other))
            return shift + (own - its) ** 2
        root = other.root() * jnp.exp(other.log_scale / 2)
        cross = jnp.linalg.eigvalsh(root.T @ self.covariance @ root)
        bures = (
            jnp.trace(self.covariance + other.covariance)
            - 2 * jnp.sqrt(jnp.maximum(cross, 0)).sum()
        )
        return shift + jnp.maximum(bures, 0)

    def validate(self):
        d = self.mean.shape[-1]
        if self.cov.shape[-2:] == (d, d):
            return super().validate()
        shape = f"Gaussian cov must have shape ({d}, {d}) as mean has {d} dimensions."
        return [*super().validate(), shape]
