"""Byte-pair encoding of token rows inside JAX: learning merges and applying them.

Sennrich, Haddow and Birch (2016): the most frequent pair of neighbouring pieces becomes a piece of
its own, again and again; text is encoded by the same merges in the same order. Rows are (n, L)
characters; character 0 ends a row. Pieces 0 .. V - 1 are the V characters and V + k is the k-th
merge; -1 fills a row up behind its last piece.
"""

import jax
import jax.numpy as jnp
from jax import Array

NONE = -2  # a pair that occurs nowhere


def compacted(pieces: Array) -> Array:
    """(n, L) the pieces of each row in order, with all -1 behind them."""
    there = pieces >= 0
    place = jnp.where(there, jnp.cumsum(there, axis=1) - 1, pieces.shape[1])
    row = jnp.arange(len(pieces))[:, None]
    return jnp.full_like(pieces, -1).at[row, place].set(pieces, mode="drop")


def merged_once(pieces: Array, pair: Array, new: Array) -> Array:
    """(n, L) with every occurrence of the pair (2,) made the piece ``new``, from the left: of three
    equal pieces in a row the first two are merged."""
    place = jnp.arange(pieces.shape[1])
    ahead = jnp.pad(pieces[:, 1:], ((0, 0), (0, 1)), constant_values=-1)
    hit = (pieces == pair[0]) & (ahead == pair[1])
    missed = jax.lax.cummax(jnp.where(hit, -1, place), axis=1)  # the last place that is no hit
    taken = hit & ((place - missed) % 2 == 1)
    gone = jnp.pad(taken[:, :-1], ((0, 0), (1, 0)))
    new = jnp.asarray(new, pieces.dtype)
    return compacted(jnp.where(gone, -1, jnp.where(taken, new, pieces)))


def encoded(rows: Array, shown: Array, pairs: Array, size: int) -> Array:
    """(n, L) pieces of the characters that are ``shown`` (n, L), by the merges ``pairs`` (M, 2) of
    ``size`` characters."""
    pieces = compacted(jnp.where(shown, rows, -1))

    def step(pieces, merge):
        return merged_once(pieces, *merge), None

    return jax.lax.scan(step, pieces, (pairs, size + jnp.arange(len(pairs))))[0]


def learned(rows: Array, shown: Array, weight: Array, count: int, size: int, longest: int) -> Array:
    """(M, 2) the ``count`` merges of rows with weights (n,). No piece gets more than ``longest``
    characters, and the end is merged with nothing. Ties go to the pair of lower numbers."""
    total = size + count
    lengths = jnp.where(jnp.arange(total) < size, 1, 0)

    def step(carry, k):
        pieces, lengths = carry
        left, right = pieces[:, :-1], pieces[:, 1:]
        fits = (left > 0) & (right > 0) & (lengths[left] + lengths[right] <= longest)
        each = jnp.where(fits, weight[:, None], 0)
        counts = jnp.zeros((total, total), each.dtype).at[left, right].add(each)
        best = counts.argmax()
        pair = jnp.where(counts.max() > 0, jnp.stack(jnp.divmod(best, total)), NONE)
        pair = pair.astype(jnp.int32)
        own = jnp.where(pair[0] == NONE, 0, lengths[pair[0]] + lengths[pair[1]])
        return (merged_once(pieces, pair, size + k), lengths.at[size + k].set(own)), pair

    start = compacted(jnp.where(shown, rows, -1)), lengths
    return jax.lax.scan(step, start, jnp.arange(count))[1].reshape(count, 2)


def spelled(pairs: Array, size: int, longest: int) -> tuple[Array, Array]:
    """The characters (P, longest) of each piece, -1 behind its end, and how many it has (P,); 0 of
    merges that occur nowhere."""
    total, place = size + len(pairs), jnp.arange(longest)
    text = jnp.full((total, longest), -1, jnp.int32)
    text = text.at[:size, 0].set(jnp.arange(size, dtype=jnp.int32))
    lengths = jnp.where(jnp.arange(total) < size, 1, 0)

    def step(carry, merge):
        (text, lengths), (pair, new) = carry, merge
        a, b = jnp.maximum(pair, 0)
        both = jnp.where(place < lengths[a], text[a], text[b][place - lengths[a]])
        made = pair[0] != NONE
        text = text.at[new].set(jnp.where(made, both, -1))
        return (text, lengths.at[new].set(jnp.where(made, lengths[a] + lengths[b], 0))), None

    merges = pairs, size + jnp.arange(len(pairs))
    return jax.lax.scan(step, (text, lengths), merges)[0]
