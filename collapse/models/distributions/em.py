"""Expectation-maximisation (EM) of Gaussian mixtures: the steps of ``GaussianMixture``.

Notation: n rows of d numbers, k components.
"""

import jax
import jax.numpy as jnp
from jax import Array

NARROW = 1e-3  # relative variance of a component below which differences are computed first
EMPTY = 1e-9  # share of the pool below which a component counts as empty


def features(rows: Array) -> Array:
    """(n, 1 + d + d (d + 1) / 2) quadratic features: 1, the coordinates, their products."""
    one = jnp.ones((len(rows), 1), rows.dtype)
    i, j = jnp.triu_indices(rows.shape[1])
    return jnp.concatenate([one, rows, rows[:, i] * rows[:, j]], axis=1)


def pivots(covs: Array) -> tuple[Array, Array]:
    """Unit lower triangles W (k, d, d) and variances v (k, d) with W cov W^T = diag(v): the
    variance of each coordinate given the previous ones, not below rounding error."""
    k, d, _ = covs.shape
    eps = jnp.finfo(covs.dtype).eps
    triangle = jnp.broadcast_to(jnp.eye(d, dtype=covs.dtype), covs.shape)
    left, pivots_so_far = covs, []
    for j in range(d):
        least = jnp.maximum(2 * eps * covs[:, j, j], jnp.finfo(covs.dtype).tiny ** 0.75)
        pivot = jnp.maximum(left[:, j, j], least)
        pivots_so_far.append(pivot)
        below = (jnp.arange(d) > j) * left[:, :, j] / pivot[:, None]
        left = left - below[:, :, None] * left[:, j, None, :]
        triangle = triangle - below[:, :, None] * triangle[:, j, None, :]
    return triangle, jnp.stack(pivots_so_far, 1)


def roots(covs: Array) -> Array:
    """(k, d, d) lower triangles L with L L^T = cov; cov may be singular."""
    left, columns = covs, []
    for j in range(covs.shape[-1]):
        pivot = left[:, j, j]
        good = pivot > 2 * jnp.finfo(covs.dtype).eps * covs[:, j, j]
        column = left[:, :, j] / jnp.sqrt(jnp.where(good, pivot, 1))[:, None]
        column = jnp.where(good[:, None], column * (jnp.arange(covs.shape[-1]) >= j), 0)
        columns.append(column)
        left = left - column[:, :, None] * column[:, None, :]
    return jnp.stack(columns, -1)


def distances(columns: Array, means: Array, covs: Array) -> tuple[Array, Array, Array]:
    """Squared Mahalanobis distances (k, n) of rows in columns (d, n); the variances (k, d) of
    ``pivots``; and x - mean_j (d, k, n).

    Differences are computed first, so that they are accurate for any small variance.
    """
    triangle, variance = pivots(covs)
    difference = columns[:, None, :] - means.T[:, :, None]
    square = jnp.zeros_like(difference[0])
    for i in range(len(columns)):
        z = sum(triangle[:, i, j, None] * difference[j] for j in range(i)) + difference[i]
        square = square + z * z / variance[:, i, None]
    return jnp.minimum(square, 1e30), variance, difference


def log_joint(square: Array, variance: Array, weights: Array) -> Array:
    """(k, n) ln(weight_j N(x; mean_j, cov_j)) from ``distances``."""
    constant = jnp.log(weights) - 0.5 * jnp.log(2 * jnp.pi * variance).sum(1)
    return constant[:, None] - 0.5 * square


def expected_sums(columns, quadratic, share, weights, means, covs):
    """Statistics for the M step: the share (k,) of each component, and the mean (k, d) and second
    moment (k, d, d) of its rows about ``origin`` (k, d), which is returned last.

    Wide components use two matrix products on quadratic features. These cancel for a component that
    is narrow in the pool; then differences are computed first, at a higher cost.
    """
    d = len(columns)
    triangle, variance = pivots(covs)

    def responsible(joint):
        joint = jnp.exp(joint - joint.max(0))
        return joint * (share / joint.sum(0))

    def wide():
        precision = jnp.einsum("kij,ki,kil->kjl", triangle, 1 / variance, triangle)
        linear = jnp.einsum("kij,kj->ki", precision, means)
        constant = jnp.log(weights) - 0.5 * jnp.log(variance).sum(1)
        constant = constant - 0.5 * (linear * means).sum(1)
        i, j = jnp.triu_indices(d)
        products = -precision[:, i, j] * jnp.where(i == j, 0.5, 1)
        joint = jnp.concatenate([constant[:, None], linear, products], 1) @ quadratic.T
        sums = responsible(joint) @ quadratic
        second = jnp.zeros_like(covs).at[:, i, j].set(sums[:, 1 + d :])
        second = second.at[:, j, i].set(sums[:, 1 + d :])
        return sums[:, 0], sums[:, 1 : 1 + d], second, jnp.zeros_like(means)

    def narrow():
        square, _, difference = distances(columns, means, covs)
        part = responsible(log_joint(square, variance, weights))
        first = jnp.stack([(part * a).sum(1) for a in difference], 1)
        second = jnp.stack(
            [jnp.stack([(part * a * b).sum(1) for b in difference], 1) for a in difference], 1
        )
        return part.sum(1), first, second, means

    is_narrow = ((variance < NARROW).any(1) & (weights > 0)).any()
    return jax.lax.cond(is_narrow, narrow, wide)


def maximised(share, first, second, origin, weights, means, covs, floor, shape):
    """The M step: weights, means and covariances from the shared-out rows."""
    alive = share > EMPTY
    safe = jnp.where(alive, share, 1)
    shift = first / safe[:, None]
    new = second / safe[:, None, None] - shift[:, :, None] * shift[:, None, :]
    identity = jnp.eye(means.shape[1], dtype=means.dtype)
    if shape == "diagonal":
        new = new * identity
    elif shape == "spherical":
        new = jnp.trace(new, axis1=1, axis2=2)[:, None, None] / len(identity) * identity
    # Rounding can make a variance negative and covariances too large for their variances;
    # variances no larger than rounding error are set to 0.
    variance = jnp.maximum(jnp.diagonal(new, axis1=1, axis2=2), 0)
    square = jnp.diagonal(second, axis1=1, axis2=2) / safe[:, None]
    deviation = jnp.sqrt(jnp.where(variance > 8 * jnp.finfo(new.dtype).eps * square, variance, 0))
    most = deviation[:, :, None] * deviation[:, None, :]
    new = jnp.where(identity > 0, variance[:, None, :], jnp.clip(new, -most, most))
    new = new + floor * identity
    share = jnp.where(alive, share, 0)
    return (
        share / share.sum(),
        jnp.where(alive[:, None], origin + shift, means),
        jnp.where(alive[:, None, None], new, covs),
    )


def start_from(key: Array, rows: Array, share: Array, k: int, floor: Array):
    """Initial weights, means and covariances: k rows far from each other, with the variance of the
    pool about the nearest of them.

    Of a few candidates for the next row the one that leaves the least variance is chosen, so that a
    separated mode is rarely missed.
    """
    trials = 2 + k.bit_length()

    def choose(carry, key):
        nearest, weight = carry
        ends = jnp.cumsum(weight)
        unit = jax.random.uniform(key, (trials,)) * ends[-1]
        index = jnp.searchsorted(ends, unit, side="right")
        centres = rows[jnp.minimum(index, jnp.searchsorted(ends, ends[-1]))]
        left = jnp.minimum(nearest, ((rows - centres[:, None]) ** 2).sum(2))
        best = jnp.argmin(left @ share)
        chance = share * left[best]
        # If all rows are centres already, any row is drawn.
        return (left[best], jnp.where(chance.sum() > 0, chance, share)), centres[best]

    far = jnp.full_like(share, jnp.finfo(share.dtype).max)
    (nearest, _), centres = jax.lax.scan(choose, (far, share), jax.random.split(key, k))
    variance = share @ nearest / rows.shape[1] + floor
    covs = jnp.broadcast_to(variance * jnp.eye(rows.shape[1]), (k, *[rows.shape[1]] * 2))
    return jnp.full(k, 1 / k, rows.dtype), centres, covs.astype(rows.dtype)
