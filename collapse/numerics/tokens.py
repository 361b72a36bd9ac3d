"""Functions of token rows, in which token 0 ends a row and fills the rest."""

import jax
import jax.numpy as jnp
from jax import Array


def draw_token(key: Array, logits: Array, sampler) -> Array:
    """(n,) tokens drawn from logits (n, V), transformed by the sampler (None: unchanged).

    One uniform per row, looked up in the cumulative sums, as a Gumbel number per token costs many
    times more. The token is the first of positive probability whose cumulative sum exceeds the
    uniform.
    """
    p = jax.nn.softmax(logits if sampler is None else sampler.shaped(logits))
    sums, number = cumulative(p), jnp.arange(p.shape[1], dtype=jnp.int32)
    possible = p > 0
    goal = jax.random.uniform(key, (len(p), 1), p.dtype) * sums[:, -1:]
    # Rounding can lift the goal to the whole sum; then it is the last possible token.
    last = jnp.where(possible, number, 0).max(1, keepdims=True)
    past = possible & ((sums > goal) | (number == last))
    return jnp.where(past, number, p.shape[1] - 1).min(1)


def cumulative(p: Array) -> Array:
    """(n, V) cumulative sums along rows; for few tokens as a product with ones, which is faster."""
    size = p.shape[1]
    if size > 256:
        return jnp.cumsum(p, axis=1)
    return p @ jnp.triu(jnp.ones((size, size), p.dtype))


def token_log_prob(logits: Array, token: Array) -> Array:
    """(n,) log-probability of tokens (n,) under logits (n, V)."""
    return jnp.take_along_axis(jax.nn.log_softmax(logits), token[:, None], 1)[:, 0]


def real(rows: Array) -> Array:
    """(n, L) mask of the tokens of each row, its first end symbol included."""
    return jnp.cumsum(rows == 0, axis=1) - (rows == 0) == 0


def shifted(rows: Array) -> Array:
    """(n, L) the token before each position: the start (0), then all but the last."""
    return jnp.pad(rows[:, :-1], ((0, 0), (1, 0)))


def lengths(rows: Array) -> Array:
    """(n,) number of tokens of each row, including its end symbol if there is one."""
    return (jnp.cumsum(rows == 0, axis=-1) <= 1).sum(-1).clip(max=rows.shape[1])
