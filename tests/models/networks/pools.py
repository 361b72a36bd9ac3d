"""Pools for the tests of networks: weighted rows, and rows that nobody may look at."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from collapse.loop.settle import unjudged
from collapse.numerics.pytree import replace
from collapse.types import Batch


def pool_of(rows, weight=None):
    n = len(rows)
    batch = Batch(jnp.asarray(rows, jnp.float32), jnp.ones(n), jnp.zeros(n, jnp.int32))
    pool = unjudged(batch, n, {})
    return pool if weight is None else replace(pool, weight=jnp.asarray(weight, jnp.float32))


def half_hidden(rows):
    """The rows among as many that are not numbers, of weight 0: a fit that saw one diverges."""
    both = np.stack([rows, np.full_like(rows, np.nan)], 1).reshape(-1, rows.shape[1])
    return pool_of(both, np.arange(len(both)) % 2 == 0)


@eqx.filter_jit
def fitted(model, pool, seed: int = 0):
    return model.fit(jax.random.key(seed), pool)


@eqx.filter_jit
def started(model, seed: int = 0):
    """With fresh parameters, each moved a little, so that none is a special number."""
    net = model.initial(jax.random.key(seed))
    leaves, tree = jax.tree.flatten(net)
    keys = jax.random.split(jax.random.key(seed + 1), len(leaves))
    moved = [x + 0.2 * jax.random.normal(k, x.shape) for x, k in zip(leaves, keys, strict=True)]
    return replace(model, net=jax.tree.unflatten(tree, moved))


def gaussian_rows(n: int, mean, cov, seed: int = 0):
    return np.random.default_rng(seed).multivariate_normal(mean, cov, n).astype(np.float32)
