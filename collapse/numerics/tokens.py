"""Rows of tokens: token 0 ends a row and fills the rest of it."""

import jax
import jax.numpy as jnp
from jax import Array


def draw_token(key: Array, logits: Array, sampler) -> Array:
    """(n,) a token of each distribution of logits (n, V), by way of the sampler.

    One uniform a row, looked up in the cumulative sums: a Gumbel number for every token is many
    times the work. Of the tokens that have any probability, the first whose sum is past it.
    """
    p = jax.nn.softmax(logits if sampler is None else sampler.shaped(logits))
    sums, number = cumulative(p), jnp.arange(p.shape[1], dtype=jnp.int32)
    possible = p > 0
    goal = jax.random.uniform(key, (len(p), 1), p.dtype) * sums[:, -1:]
    last = jnp.where(possible, number, 0).max(1, keepdims=True)  # a sum can round up to the goal
    past = possible & ((sums > goal) | (number == last))
    return jnp.where(past, number, p.shape[1] - 1).min(1)


def cumulative(p: Array) -> Array:
    """(n, V) sums along rows: for few tokens as a product with ones, which XLA does sooner."""
    size = p.shape[1]
    if size > 256:
        return jnp.cumsum(p, axis=1)
    return p @ jnp.triu(jnp.ones((size, size), p.dtype))


def token_log_prob(logits: Array, token: Array) -> Array:
    """(n,) log-probability of one token (n,) of each distribution of logits (n, V)."""
    return jnp.take_along_axis(jax.nn.log_softmax(logits), token[:, None], 1)[:, 0]


def real(rows: Array) -> Array:
    """(n, L) whether a place holds a token of the row, its end included."""
    return jnp.cumsum(rows == 0, axis=1) - (rows == 0) == 0


def shifted(rows: Array) -> Array:
    """(n, L) the token before each place: the start, then all but the last."""
    return jnp.pad(rows[:, :-1], ((0, 0), (1, 0)))


def lengths(rows: Array) -> Array:
    """(n,) tokens of each row, the end symbol included where there is one."""
    return (jnp.cumsum(rows == 0, axis=-1) <= 1).sum(-1).clip(max=rows.shape[1])
