"""Kernel density estimates."""

import math
from dataclasses import KW_ONLY
from typing import final

import jax
import jax.numpy as jnp
from jax import Array

from collapse.errors import UserError
from collapse.items import Items
from collapse.models.base import Model
from collapse.numerics.exp2 import power_of_two
from collapse.numerics.grouping import place_of, prefix_sum, rising_ends
from collapse.part import Numbers, array, as_array, at_least, one_of, register

KERNELS = ("gaussian", "tophat")
RULES = ("fixed", "shrinking", "scott", "silverman")
QUERIES, BLOCK = 1024, 256  # query rows and training rows per block: sums stay in cache
FAR = 1e-30  # kernel sum below which underflow would matter


@register("kde", "kernel density estimate with Gaussian or top-hat kernel")
@final
class KDE(Model):
    """An isotropic kernel density estimate in d dimensions.

    ``kernel`` "gaussian" has standard deviation h along every coordinate, "tophat" is uniform in
    the ball of radius h (both as scikit-learn defines h). ``rule`` sets h when fitting, with sd^2
    the mean over coordinates of the rows' unbiased variance and n_e = (sum w)^2 / sum w^2:

        fixed       h = bandwidth
        shrinking   h = bandwidth (sum w)^(-1/5), the number of rows (Kazdan et al. 2025)
        scott       h = bandwidth sd n_e^(-1/(d+4))
        silverman   h = bandwidth sd (n_e (d + 2) / 4)^(-1/(d+4))

    Fields: bandwidth >= 0, in units of the items (fixed, shrinking) or a plain factor (scott,
    silverman). A fitted model also has rows (N, d), weight (N,) of sum 1, and width, its h.
    """

    side_by_side = False  # the distances of a whole block of seeds would leave the cache

    bandwidth: Numbers = at_least(0, default=1.0)
    _: KW_ONLY
    kernel: str = one_of(*KERNELS)
    rule: str = one_of(*RULES)
    rows: Numbers | None = array(default=None)
    weight: Numbers | None = array(default=None)
    width: Array | None = None

    @staticmethod
    def of(rows, bandwidth: float = 1.0, kernel: str = "gaussian", rule: str = "fixed") -> "KDE":
        """The estimate from rows (N, d) or (N,) of equal weight, for example as a truth made of
        data."""
        rows = as_array(rows).astype(float)
        rows = rows[:, None] if rows.ndim == 1 else rows
        if rows.ndim != 2 or not rows.size:
            raise UserError(f"KDE.of needs rows (N, d), at least one, not shape {rows.shape}.")
        return KDE(jnp.asarray(bandwidth, float), kernel=kernel, rule=rule)._fitted(
            rows, jnp.ones(len(rows))
        )

    @property
    def blank(self):
        return self.rows is None

    def gives(self):
        return Items("rows", {"d": self.rows.shape[1]})

    def takes(self):
        """Points of any size; with class labels only if no kernel blurs them."""
        sharp = ("classes",) if float(self.bandwidth) == 0 else ()
        return Items("rows", {"d": None}, ("points", "pixels", "labelled", *sharp))

    def fit(self, key, pool):
        return self._fitted(pool.rows, pool.count)

    def _fitted(self, rows: Array, count: Array) -> "KDE":
        total = count.sum()
        weight = count / total
        rows = jnp.where((count > 0)[:, None], rows, 0)  # empty slots hold arbitrary values
        width = self._width(rows, weight, total)
        return KDE(
            self.bandwidth,
            kernel=self.kernel,
            rule=self.rule,
            rows=rows,
            weight=weight,
            width=width,
        )

    def _width(self, rows: Array, weight: Array, total: Array) -> Array:
        if self.rule == "fixed":
            return jnp.asarray(self.bandwidth, rows.dtype)
        if self.rule == "shrinking":
            return self.bandwidth * total**-0.2
        d, squares = rows.shape[1], (weight**2).sum()
        deviation = rows - weight @ rows
        df = 1 - squares  # 0 for a single row, which gets width 0
        variance = (weight @ deviation**2).mean() / jnp.where(df > 0, df, jnp.inf)
        constant = 1.0 if self.rule == "scott" else (d + 2) / 4
        return self.bandwidth * jnp.sqrt(variance) * (constant / squares) ** (-1 / (d + 4))

    @property
    def mean(self) -> Array:
        """(d,) mean of the density."""
        return self.weight @ self.rows

    @property
    def covariance(self) -> Array:
        """(d, d) covariance of the density: that of the rows (ddof = 0) plus that of the kernel."""
        deviation = self.rows - self.mean
        d = self.rows.shape[1]
        blur = self.width**2 / (1 if self.kernel == "gaussian" else d + 2)
        return (self.weight[:, None] * deviation).T @ deviation + blur * jnp.eye(d)

    @property
    def log_variance(self) -> Array:
        """Logarithm of the mean of the covariance's diagonal."""
        return jnp.log(jnp.diagonal(self.covariance).mean())

    def moments(self) -> tuple[Array, Array]:
        """Mean (d,) and covariance (d, d) of the density, in closed form."""
        return self.mean, self.covariance

    def sample(self, key, n):
        row_key, kernel_key = jax.random.split(key)
        ends = rising_ends(self.weight, prefix_sum(self.weight))
        drawn = place_of(ends, jax.random.uniform(row_key, (n,)) * ends[-1])
        return self.rows[drawn] + self.width * self._noise(kernel_key, n)

    def _noise(self, key: Array, n: int) -> Array:
        """(n, d) draws from the kernel with h = 1."""
        d = self.rows.shape[1]
        if self.kernel == "gaussian":
            return jax.random.normal(key, (n, d))
        if d == 1:
            return jax.random.uniform(key, (n, 1), minval=-1, maxval=1)
        way_key, far_key = jax.random.split(key)
        way = jax.random.normal(way_key, (n, d))
        far = jax.random.uniform(far_key, (n, 1)) ** (1 / d)
        return far * way / jnp.linalg.norm(way, axis=1, keepdims=True)

    def log_prob(self, rows):
        """(n,) log-density in nats, accurate in the far tails too. With h = 0: the logarithm of the
        total weight of equal training rows, -inf if there are none."""
        n, d = rows.shape
        parts = max(1, -(-n // QUERIES))
        chunk = -(-n // parts)
        queries = jnp.pad(rows, ((0, parts * chunk - n), (0, 0)), mode="edge")
        log_sums = jax.lax.map(self._log_sums, queries.reshape(parts, chunk, d))
        return log_sums.reshape(-1)[:n] - self._log_volume()

    def _log_sums(self, queries: Array) -> Array:
        """(m,) logarithm of the weighted sum of kernels, without their normalisation."""
        columns, zero = queries.T, jnp.zeros(len(queries), queries.dtype)
        blocks, weights = self._blocks()

        def over_rows(step, first: Array) -> Array:
            """(b, m) ``first``, updated by ``step`` with the squared distances to each block of
            rows."""

            def advance(i, carry):
                return step(carry, squared_distances(blocks[i], columns), weights[i])

            first = jnp.tile(first, (blocks.shape[1], 1))
            return jax.lax.fori_loop(0, len(blocks), advance, first)

        if self.kernel == "tophat":
            reach = self.width**2
            inside = over_rows(lambda sums, squares, w: sums + w * (squares <= reach), zero)
            return jnp.log(inside.sum(0))

        wide, largest = self.width > 0, jnp.finfo(queries.dtype).max
        width = jnp.where(wide, self.width, 1)
        rate = jnp.where(wide, jnp.minimum(0.5 / width / width, largest), largest)
        halvings = jnp.minimum(rate / math.log(2), largest)

        def sums(power) -> Array:
            """(m,) sums of weighted kernels, which are 2^power of the squared distances."""

            def add(sums, squares, weight):
                return sums + weight * power_of_two(power(squares))

            return over_rows(add, zero).sum(0)

        def far() -> tuple[Array, Array]:
            least = over_rows(lambda least, squares, _: jnp.minimum(least, squares), zero + largest)
            nearest = least.min(0)
            return nearest, sums(lambda squares: (nearest - squares) * halvings)

        # Far from all rows, every kernel underflows in single precision. There the kernel of the
        # nearest row is factored out, so that one term is 1 (log-sum-exp).
        close = sums(lambda squares: squares * -halvings)
        nearest, kernel_sum = jax.lax.cond((close < FAR).any(), far, lambda: (zero, close))
        off = ~wide & (nearest > 0)
        return jnp.where(off, -jnp.inf, jnp.log(kernel_sum) - nearest * rate)

    def _blocks(self) -> tuple[Array, Array]:
        """Rows (blocks, b, d) in equal blocks, those without weight moved out of reach, and weights
        (blocks, b, 1)."""
        rows = jnp.where((self.weight > 0)[:, None], self.rows, jnp.inf)
        blocks = -(-len(rows) // BLOCK)
        more = (0, -len(rows) % blocks)
        rows = jnp.pad(rows, (more, (0, 0)), constant_values=jnp.inf)
        weights = jnp.pad(self.weight, more)
        return rows.reshape(blocks, -1, rows.shape[1]), weights.reshape(blocks, -1, 1)

    def _log_volume(self) -> Array:
        """ln of the integral of the kernel without normalisation; 0 for h = 0."""
        d = self.rows.shape[1]
        if self.kernel == "gaussian":
            one = d / 2 * math.log(2 * math.pi)
        else:
            one = d / 2 * math.log(math.pi) - math.lgamma(d / 2 + 1)
        wide = self.width > 0
        return jnp.where(wide, one + d * jnp.log(jnp.where(wide, self.width, 1)), 0)


def squared_distances(rows: Array, columns: Array) -> Array:
    """Squared distances, (b, d), (d, m) -> (b, m), from differences, as the expanded square would
    cancel."""
    if len(columns) > 16:
        return ((rows[:, :, None] - columns) ** 2).sum(1)
    return sum((rows[:, i, None] - column) ** 2 for i, column in enumerate(columns))
