"""distinct-n of one long stream of tokens: by a table on the device, or by sorting on the host."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.errors import UserError
from collapse.numerics.grouping import bits_for

CELLS_JAX = 1 << 19  # largest table of n-grams on the device, fastest while it stays in cache


CELLS = 1 << 22  # largest table on the host; beyond it, keys are sorted


def corpus_distinct(tokens: np.ndarray, n: int) -> tuple[int, int]:
    """Number of distinct n-grams and of all n-grams in one long stream of tokens (N,).

    Exactly equal to a ``collections.Counter`` of tuples, for any vocabulary.
    """
    tokens = np.asarray(tokens)
    total = len(tokens) - n + 1
    if total < 1:
        return 0, 0
    size = int(tokens.max()) + 1
    if n * bits_for(size) > 64:
        raise UserError(f"{n}-grams of {size:,} tokens do not fit 64-bit keys; use a smaller n.")
    if size**n <= CELLS_JAX:
        return int(_cells_marked(tokens.astype(np.int32, copy=False), n, size)), total
    if size**n <= CELLS:
        marked = np.zeros(size**n, bool)
        marked[_stream_keys(tokens.astype(np.intp), n, size)] = True
        return int(np.count_nonzero(marked)), total
    narrow = n * bits_for(size) <= 32
    key = _stream_keys(tokens.astype(np.uint32 if narrow else np.uint64), n, size)
    key.sort()
    return 1 + int(np.count_nonzero(key[1:] != key[:-1])), total


def _stream_keys(tokens, n: int, size: int):
    """One integer for each n-gram of a stream, in the integer type of the tokens."""
    total = len(tokens) - n + 1
    key = tokens[:total]
    for i in range(1, n):
        key = key * key.dtype.type(size) + tokens[i : i + total]
    return key if n > 1 else key.copy()


@partial(jax.jit, static_argnums=(1, 2))
def _cells_marked(tokens: Array, n: int, size: int) -> Array:
    """Number of distinct n-grams of a stream (N,), by marking cells of a table.

    With few tokens, every second window of n + 1 tokens is marked: two n-grams at a time.
    """

    def marked(key, width):
        cells = jnp.zeros(size**width, jnp.uint8)
        return cells.at[key].set(1, mode="promise_in_bounds")

    key = _stream_keys(tokens, n, size)
    if size ** (n + 1) > CELLS_JAX or len(key) < 2:
        return marked(key, n).sum(dtype=jnp.int32)
    longer = marked(_stream_keys(tokens, n + 1, size)[::2], n + 1)
    first, last = longer.reshape(-1, size).max(1), longer.reshape(size, -1).max(0)
    return (first | last).at[key[-1]].set(1).sum(dtype=jnp.int32)
