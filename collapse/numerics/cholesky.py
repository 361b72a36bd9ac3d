"""Cholesky factors of covariance matrices, also of singular ones."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import Array

PANEL = 16  # columns that are computed one by one; the rest is products of matrices


def semidefinite_root(cov: Array) -> Array:
    """(d, d) lower triangle L with L L' = cov, by Cholesky in panels of columns. A column whose
    pivot is within rounding error of nothing, beside its own variance, stays zero, so that a
    singular covariance has a root too."""
    d = len(cov)
    floor = d * jnp.finfo(cov.dtype).eps * jnp.maximum(jnp.diagonal(cov), 0)
    if d <= PANEL:
        return _root_by_columns(cov, floor)
    spare = -d % PANEL
    cov, floor = jnp.pad(cov, (0, spare)), jnp.pad(floor, (0, spare))
    behind, identity = jnp.arange(d + spare)[:, None], jnp.eye(PANEL, dtype=cov.dtype)
    columns = partial(jax.lax.dynamic_slice_in_dim, slice_size=PANEL, axis=1)
    rows = partial(jax.lax.dynamic_slice_in_dim, slice_size=PANEL)

    def panel(i, lower):
        start = i * PANEL
        rest = columns(cov, start) - lower @ rows(lower, start).T
        # The steps that factor the diagonal block turn the identity into the inverse transpose of
        # its factor, and a product with that gives the factor's rows below the block.
        made = _root_by_columns(rows(rest, start), rows(floor, start), identity)
        new = jnp.where(behind < start + PANEL, 0, rest @ made[PANEL:])
        new = jax.lax.dynamic_update_slice_in_dim(new, made[:PANEL], start, 0)
        return jax.lax.dynamic_update_slice_in_dim(lower, new, start, 1)

    return jax.lax.fori_loop(0, (d + spare) // PANEL, panel, jnp.zeros_like(cov))[:d, :d]


def _root_by_columns(cov: Array, floor: Array, below: Array | None = None) -> Array:
    """(d, d) Cholesky factor, column by column; pivots up to ``floor`` (d,) count as 0. With rows
    ``below`` (k, d), to which the same steps are applied: (d + k, d)."""
    d = len(cov)
    cov = cov if below is None else jnp.concatenate([cov, below])
    place = jnp.arange(len(cov))

    def column(j, lower):
        rest = cov[:, j] - lower @ lower[j]
        pivot, least = rest[j], floor[j]
        new = jnp.where(pivot > least, rest / jnp.sqrt(jnp.maximum(pivot, least)), 0)
        return lower.at[:, j].set(jnp.where(place >= j, new, 0))

    return jax.lax.fori_loop(0, d, column, jnp.zeros_like(cov))
