"""Linear regression, fitted by least squares, ridge or minimum norm."""

from dataclasses import KW_ONLY
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.errors import UserError
from collapse.items import Items
from collapse.models.base import Model
from collapse.numerics.prng import chi_square
from collapse.numerics.pytree import replace
from collapse.part import Numbers, array, at_least, one_of, register
from collapse.types import Summary

DESIGNS = ("fresh", "fixed")
ROUNDS = 4  # rounds of conjugate gradients, d steps each


class RegressionSummary(Summary):
    """Gram sums of labelled rows, per row: the sufficient statistics of least squares."""

    gram: Array  # (m, d, d) mean of x x'
    moment: Array  # (m, d) mean of x y

    def merged(self, count):
        share = count / jnp.where(count.sum() > 0, count.sum(), 1)
        gram = jnp.einsum("i,ijk->jk", share, self.gram)
        return RegressionSummary(gram[None], (share @ self.moment)[None])


@register("linear-regression", "linear regression by least squares or ridge")
@final
class LinearRegression(Model):
    """y = x.w + noise e with x ~ N(0, diag(spectrum)) and e ~ N(0, 1).

    An item is a row of d + 1 numbers, x and then y. A fit minimises the weighted mean squared error
    plus ridge |w|^2 (ridge is lambda of Dohmatob et al. 2024); if the solution is not unique, it
    has minimum norm. ``noise_level`` and ``spectrum`` are known and not fitted.

    ``design`` sets the inputs of later generations: "fresh" draws them, "fixed" reuses the inputs
    of the first n training rows, in order and as often as needed, with new labels (Gerstgrasser et
    al. 2024). A fixed design is stored as ``inputs`` (n, d) if items are fitted and as ``gram`` (d,
    d) if summaries are; both are None before the first fit.
    """

    summarised = True

    w: Numbers = array(1)  # (d,)
    _: KW_ONLY
    noise_level: Numbers = at_least(0, default=1.0)  # standard deviation of a label
    ridge: Numbers = at_least(0, default=0.0)
    spectrum: Numbers | None = array(default=None)  # (d,) variances of the inputs; None: 1
    design: str = one_of(*DESIGNS)
    n: int = eqx.field(static=True, default=0)  # filled in by ``prepare``
    inputs: Array | None = None
    gram: Array | None = None

    def bind(self, arm) -> "LinearRegression":
        return replace(self, n=arm.n)

    @property
    def variances(self) -> Array:
        """(d,) variances of the inputs."""
        return jnp.ones_like(self.w) if self.spectrum is None else jnp.asarray(self.spectrum)

    def gives(self):
        return Items("labelled", {"d": len(self.w) + 1})

    def fit(self, key, pool):
        if isinstance(pool.rows, RegressionSummary):
            whole = pool.rows.merged(pool.count)
        else:
            share = pool.count / jnp.where(pool.count.sum() > 0, pool.count.sum(), 1)
            x, y = pool.rows[:, :-1], pool.rows[:, -1]
            whole = RegressionSummary(((share[:, None] * x).T @ x)[None], ((share * y) @ x)[None])
        return self._with_design(pool.rows).fitted(whole)

    def fitted(self, summary: RegressionSummary) -> "LinearRegression":
        """The model fitted to one row of Gram sums."""
        return replace(self, w=least_squares(summary.gram[0], summary.moment[0], self.ridge))

    def _with_design(self, rows) -> "LinearRegression":
        """The model with its first design stored, if the design is fixed."""
        if self.design != "fixed" or self.inputs is not None or self.gram is not None:
            return self
        if isinstance(rows, RegressionSummary):
            return replace(self, gram=rows.gram[0])
        return replace(self, inputs=rows[: self.n or len(rows), :-1])

    def sample(self, key, n):
        input_key, label_key = jax.random.split(key)
        if self.inputs is None:
            normal = jax.random.normal(input_key, (n, len(self.w)))
            x = normal * jnp.sqrt(self.variances)
        else:
            x = self.inputs[jnp.arange(n) % len(self.inputs)]
        y = x @ self.w + self.noise_level * jax.random.normal(label_key, (n,))
        return jnp.concatenate([x, y[:, None]], axis=1)

    def log_prob(self, rows):
        """(n,) log-density of the labels given their inputs, in nats; without noise, 0 for a label
        on the line and -inf for one off it."""
        residual = rows[:, -1] - rows[:, :-1] @ self.w
        sure = jnp.asarray(self.noise_level) == 0
        scale = jnp.where(sure, 1, self.noise_level)
        density = -0.5 * (residual / scale) ** 2 - jnp.log(scale) - 0.5 * jnp.log(2 * jnp.pi)
        resolved = (
            8 * jnp.finfo(residual.dtype).eps * (jnp.abs(rows) @ jnp.append(jnp.abs(self.w), 1))
        )
        return jnp.where(sure, jnp.where(jnp.abs(residual) <= resolved, 0, -jnp.inf), density)

    def noise(self, key, count):
        """Standard normals z (d,) for the labels, preceded for a fresh design by Bartlett's lower
        triangle L (d, d) of the inputs: L L' is Wishart with ``count`` degrees of freedom (for
        fewer than d, L has only its first ``count`` columns)."""
        d = len(self.w)
        label_key, chi_key, low_key = jax.random.split(key, 3)
        z = jax.random.normal(label_key, (d,))
        if self.design == "fixed":
            return z
        column = jnp.arange(d)
        df = jnp.maximum(count - column, 0)
        low = jnp.tril(jax.random.normal(low_key, (d, d)), -1) * (column < count)
        return low + jnp.diag(jnp.sqrt(chi_square(chi_key, df, (d,)))), z

    def summary(self, noise, count):
        """Gram sums of ``count`` rows. Given X, X'e is normal with covariance X'X: the factor of
        X'X times normals. A fixed design has the same X'X in every generation."""
        size = jnp.maximum(count, 1)
        if self.design == "fixed":
            gram, spread = self._kept_gram(), factor_of(self._kept_gram()) @ noise / jnp.sqrt(size)
        else:
            factor = jnp.sqrt(self.variances)[:, None] * noise[0] / jnp.sqrt(size)
            gram, spread = factor @ factor.T, factor @ noise[1] / jnp.sqrt(size)
        moment = gram @ self.w + self.noise_level * spread
        return RegressionSummary(gram[None], moment[None])

    def _kept_gram(self) -> Array:
        if self.gram is not None:
            return self.gram
        if self.inputs is None:
            raise UserError(
                "A fixed design is set by the first fit: set design='fresh' in the truth."
            )
        return self.inputs.T @ self.inputs / len(self.inputs)

    def summary_pays(self, count):
        return count > len(self.w)

    def risk(self, other: "LinearRegression") -> Array:
        """Excess risk (w - w')' Sigma (w - w') for the inputs of ``other``, in label units^2."""
        return jnp.sum((self.w - other.w) ** 2 * other.variances)

    def validate(self):
        errors = super().validate()
        if self.spectrum is not None and jnp.shape(self.spectrum) != self.w.shape:
            errors.append(
                f"LinearRegression spectrum must have {len(self.w)} variances, one for each number"
                " in w."
            )
        elif bool((self.variances < 0).any()):
            errors.append("LinearRegression spectrum must be variances of at least 0.")
        return errors


def least_squares(gram: Array, moment: Array, ridge: Array | float) -> Array:
    """(d,) the minimum-norm solution of (gram + ridge) w = moment, for a moment in the range of
    gram, as every mean of x y is.

    Conjugate gradients (Hestenes and Stiefel 1952), which started from 0 never leave that range, in
    rounds of d steps, each from a recomputed residual; they stop at rounding error. They are
    written out because jaxlib's batched eigh and svd can deadlock on a CPU with few cores if a
    program has two of them.
    """
    d = len(moment)
    small = (8 * jnp.finfo(moment.dtype).eps) ** 2 * (moment @ moment)

    def apply(v):
        return gram @ v + ridge * v

    def step(_, carry):
        w, residual, along, square = carry
        image = apply(along)
        curve = along @ image
        going = (square > small) & (curve > 0)
        length = jnp.where(going, square / jnp.where(going, curve, 1), 0)
        residual = residual - length * image
        new = residual @ residual
        turn = jnp.where(going, new / jnp.where(going, square, 1), 0)
        return w + length * along, residual, residual + turn * along, new

    def one_round(_, w):
        residual = moment - apply(w)
        start = (w, residual, residual, residual @ residual)
        return jax.lax.fori_loop(0, d, step, start)[0]

    return jax.lax.fori_loop(0, ROUNDS, one_round, jnp.zeros_like(moment))


def factor_of(gram: Array) -> Array:
    """(d, d) lower-triangular L with L L' = gram, which may be singular: a column whose pivot is
    within rounding error is left out."""
    floor = (len(gram) + 8) * jnp.finfo(gram.dtype).eps * jnp.diagonal(gram).max()

    def column(j, carry):
        left, lower = carry
        pivot = left[j, j]
        scale = jnp.where(pivot > floor, 1 / jnp.sqrt(jnp.where(pivot > floor, pivot, 1)), 0)
        new_column = left[:, j] * scale
        new_column = jnp.where(jnp.arange(len(gram)) >= j, new_column, 0)
        return left - new_column[:, None] * new_column, lower.at[:, j].set(new_column)

    return jax.lax.fori_loop(0, len(gram), column, (gram, jnp.zeros_like(gram)))[1]
