"""Exact grouping of integers on the device: prefix sums, sorts, dense ranks, run lengths.

All counting (n-grams, contexts, equal items) uses these functions. Keys are packed into one 64-bit
word and sorted alone: on a CPU, XLA sorts one operand of 65,000 words in 3 ms and two operands in
21. Nothing is hashed, so there are no collisions.
"""

import math

import jax
import jax.numpy as jnp
from jax import Array

from collapse.errors import UserError


def bits_for(bound: int) -> int:
    """Number of bits for the integers 0..bound-1."""
    return max(1, math.ceil(math.log2(max(bound, 2))))


def prefix_sum(x: Array) -> Array:
    """(N,) inclusive cumulative sum, 2-3 times faster than ``jnp.cumsum`` on a CPU.

    The array is split into columns, which are summed in parallel and then offset.
    """
    size = x.shape[0]
    if size < 1024:
        return jnp.cumsum(x)
    columns = min(1024, 1 << (bits_for(size) // 2))
    rows = -(-size // columns)
    table = jnp.pad(x, (0, rows * columns - size)).reshape(columns, rows).T

    def step(total, row):
        total = total + row
        return total, total

    totals, sums = jax.lax.scan(step, jnp.zeros_like(table[0]), table)
    return (sums + jnp.cumsum(totals) - totals).T.reshape(-1)[:size]


def running_count(mask: Array) -> Array:
    """(N,) number of true values up to and including each element, by products of rows of 32 with a
    triangle of ones. Exact below 2^24, the limit of float32 counts, and 3 to 5 times faster than
    ``prefix_sum`` on a CPU."""
    size = mask.shape[0]
    if size >= 1 << 24:
        return prefix_sum(mask.astype(jnp.int32))
    return _triangle_sum(mask.astype(jnp.float32)).astype(jnp.int32)


def small_sums(x: Array, most: int) -> Array:
    """(N,) inclusive cumulative sum of integers that are not negative and add up to at most
    ``most``; as ``running_count`` where that is exact."""
    if most >= 1 << 24:
        return prefix_sum(x)
    return _triangle_sum(x.astype(jnp.float32)).astype(x.dtype)


def _triangle_sum(x: Array, width: int = 32) -> Array:
    size = x.shape[0]
    if size <= width:
        return x @ jnp.triu(jnp.ones((size, size), jnp.float32))
    table = jnp.pad(x, (0, -size % width)).reshape(-1, width)
    sums = table @ jnp.triu(jnp.ones((width, width), jnp.float32))
    totals = sums[:, -1]
    before = _triangle_sum(totals) - totals
    return (sums + before[:, None]).reshape(-1)[:size]


def rising_ends(weight: Array, sums: Array) -> Array:
    """Cumulative sums (N,) made monotone for sampling: they never fall, and elements without weight
    get an interval of length 0. (Tree sums are rounded differently at different positions.)"""
    return jax.lax.cummax(jnp.where(weight > 0, sums, 0))


def place_of(ends: Array, at: Array) -> Array:
    """(n,) index of the interval that contains each of the numbers ``at`` in [0, ends[-1]], with
    ends from ``rising_ends``. A number rounded up to the end belongs to the last element with
    weight."""
    last = jnp.searchsorted(ends, ends[-1], side="left")
    return jnp.minimum(jnp.searchsorted(ends, at, side="right"), last)


def pack(parts: list[tuple[Array, int]]) -> Array:
    """One uint64 key per element from (values, bound) parts, the first most significant."""
    if sum(bits_for(bound) for _, bound in parts) > 64:
        bounds = " x ".join(f"{bound:,}" for _, bound in parts)
        raise UserError(f"Keys of {bounds} values do not fit 64 bits: use fewer items or tokens.")
    with jax.enable_x64(True):
        key = jnp.zeros(parts[0][0].shape, jnp.uint64)
        for values, bound in parts:
            part = jax.lax.convert_element_type(values, jnp.uint64)
            key = jax.lax.bitwise_or(key << jnp.uint64(bits_for(bound)), part)
        return key


def low_bits(key: Array, bound: int) -> Array:
    """The last packed part of each key, as int32."""
    with jax.enable_x64(True):
        mask = jnp.uint64((1 << bits_for(bound)) - 1)
        return jax.lax.convert_element_type(jax.lax.bitwise_and(key, mask), jnp.int32)


def sort_keys(key: Array) -> Array:
    """The uint64 keys in ascending order."""
    with jax.enable_x64(True):
        return jax.lax.sort(key)


def starts_of_runs(key: Array, ignore: int = 1) -> Array:
    """(N,) bool: where a sorted packed key differs from the previous one, ignoring its last part
    (bound ``ignore``)."""
    with jax.enable_x64(True):
        if ignore > 1:
            key = jax.lax.shift_right_logical(key, jnp.uint64(bits_for(ignore)))
        return jnp.concatenate([jnp.ones(1, bool), key[1:] != key[:-1]])


def dense_rank(parts: list[tuple[Array, int]]) -> tuple[Array, Array]:
    """Rank of each element's tuple among the distinct tuples, in lexicographic order.

    Returns ranks (N,) int32 from 0, and the order (N,) that sorts the elements.
    """
    size = parts[0][0].shape[0]
    key = sort_keys(pack([*parts, (jnp.arange(size, dtype=jnp.int32), size)]))
    order = low_bits(key, size)
    ranks = running_count(starts_of_runs(key, ignore=size)) - 1
    return jnp.zeros(size, jnp.int32).at[order].set(ranks, unique_indices=True), order


def row_ranks(rows: Array, bound: int) -> Array:
    """A number below N for each row (N, L) of integers below ``bound``, equal for equal rows. As
    many neighbouring columns as fit in one key are ranked together, until one column is left."""
    while rows.shape[1] > 1:
        if 2 * bits_for(bound) + bits_for(rows.size) > 64:
            return _columns_in_turn(rows, bound)
        spare = 64 - bits_for(rows.size)
        width = min(max(2, spare // bits_for(bound)), rows.shape[1])
        rows = jnp.pad(rows, ((0, 0), (0, -rows.shape[1] % width)))
        parts = [(rows[:, i::width].ravel(), bound) for i in range(width)]
        ranks, _ = dense_rank(parts)
        rows, bound = ranks.reshape(len(rows), -1), max(len(ranks), 2)
    return dense_rank([(rows[:, 0], bound)])[0] if bound > len(rows) else rows[:, 0]


def _columns_in_turn(rows: Array, bound: int) -> Array:
    """``row_ranks`` for bounds so large that two numbers and an index do not fit in one key:
    columns are first replaced by their ranks, which are below the number of rows."""
    columns = [dense_rank([(column, bound)])[0] for column in rows.T]
    total = columns[0]
    for column in columns[1:]:
        total = dense_rank([(total, len(rows)), (column, len(rows))])[0]
    return total


def run_lengths(start: Array, valid: Array) -> Array:
    """Number of ``valid`` elements in each run of equal sorted keys: (N,), zeros after the last.

    ``start`` (N,) marks the first element of each run.
    """
    run = running_count(start) - 1
    return jnp.zeros(len(start), jnp.int32).at[run].add(valid.astype(jnp.int32))


def multiply_high(a: Array, b: Array) -> Array:
    """The high 32 bits of the product of two uint32: floor(a / 2^32 * b) without rounding.

    For random ``a`` this is a random integer below ``b``, with a bias of at most b / 2^32.
    """
    a_low, a_high, b_low, b_high = a & 0xFFFF, a >> 16, b & 0xFFFF, b >> 16
    carry = a_high * b_low + ((a_low * b_low) >> 16)
    middle = a_low * b_high + (carry & 0xFFFF)
    return a_high * b_high + (carry >> 16) + (middle >> 16)
