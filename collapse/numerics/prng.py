"""Fast random numbers on a CPU: jax's own threefry stream, and exact chi-squares.

``jax.random`` dominates the run time of closed-form chains on a CPU. The same threefry generator
(Salmon et al. 2011), written as straight-line code, fuses into one loop and gives the same bits
faster. As a key type of its own it works with every function of ``jax.random``, with unchanged
numbers.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.extend.random import define_prng_impl

from collapse.errors import UserError
from collapse.part import is_whole

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))


@jax.jit
def threefry(key: Array, high: Array, low: Array) -> tuple[Array, Array]:
    """Twenty rounds of threefry-2x32 on counters (high, low) with a key (2,): two uint32 arrays of
    their shape."""
    first, second = key[0], key[1]
    keys = (first, second, first ^ second ^ jnp.uint32(0x1BD11BDA))
    x, y = high + keys[0], low + keys[1]
    for block in range(5):
        for turn in ROTATIONS[block % 2]:
            x = x + y
            y = x ^ ((y << jnp.uint32(turn)) | (y >> jnp.uint32(32 - turn)))
        x = x + keys[(block + 1) % 3]
        y = y + keys[(block + 2) % 3] + jnp.uint32(block + 1)
    return x, y


def _counters(key: Array, shape: tuple[int, ...]) -> tuple[Array, Array]:
    size = int(np.prod(shape, dtype=np.int64))
    if size >= 1 << 32:
        raise ValueError(f"{size:,} random numbers in one draw are too many.")
    low = jax.lax.iota(jnp.uint32, size).reshape(shape)
    # A key computed inside the loop over the numbers makes LLVM compile for minutes: it
    # searches for loop invariants along every path through the rounds of every hash.
    low, key = jax.lax.optimization_barrier((low, key))
    return threefry(key, jnp.zeros_like(low), low)


def _seed(seed: Array) -> Array:
    seed = jnp.asarray(seed)
    high = seed >> 32 if seed.dtype.itemsize == 8 else jnp.zeros_like(seed)
    return jnp.stack([high.astype(jnp.uint32), seed.astype(jnp.uint32)])


def _split(key: Array, shape: tuple[int, ...]) -> Array:
    return jnp.stack(_counters(key, shape), axis=-1)


def _fold_in(key: Array, data: Array) -> Array:
    data = jnp.asarray(data).astype(jnp.uint32)
    return jnp.stack(threefry(key, jnp.zeros_like(data), data))


def _random_bits(key: Array, width: int, shape: tuple[int, ...]) -> Array:
    x, y = _counters(key, shape)
    if width == 64:
        return (x.astype(jnp.uint64) << jnp.uint64(32)) | y.astype(jnp.uint64)
    return (x ^ y).astype(jnp.dtype(f"uint{width}"))


STRAIGHT = define_prng_impl(
    key_shape=(2,),
    seed=_seed,
    split=_split,
    random_bits=_random_bits,
    fold_in=_fold_in,
    name="threefry2x32 in straight code",
    tag="straight",
)


KEYS = 2**32  # number of integers that can be used as keys


def as_key(key: Any) -> Array:
    """One key, given as a key or as an integer seed. Raises ``UserError``."""
    is_key = isinstance(key, Array) and jnp.issubdtype(key.dtype, jax.dtypes.prng_key)
    if is_whole(key) and 0 <= key < KEYS:
        return jax.random.key(key)
    if is_key and not key.shape:
        return key
    shown = f" of shape {key.shape}" if hasattr(key, "shape") else f": {key!r}"
    raise UserError(
        f"key must be one key, jax.random.key(0), or a whole number from 0 to {KEYS - 1}, not "
        f"{type(key).__name__}{shown}."
    )


def straight(key: Array) -> Array:
    """The same key with a faster generator of the same numbers; other key types are unchanged."""
    if str(jax.random.key_impl(key)) != "threefry2x32" or not jax.config.jax_threefry_partitionable:
        return key
    return jax.random.wrap_key_data(jax.random.key_data(key), impl=STRAIGHT)


def many_bits(key: Array, size: int) -> Array:
    """(size,) random uint32, from both words of size / 2 hashes."""
    if jax.random.key_data(key).shape[-1] != 2:
        return jax.random.bits(key, (size,), jnp.uint32)
    return jnp.concatenate(_counters(jax.random.key_data(key), (-(-size // 2),)))[:size]


def two_uniforms(key: Array, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Two independent arrays, uniform on [0, 1); in single precision from both words of a hash."""
    if jnp.result_type(float) != jnp.float32 or jax.random.key_data(key).shape[-1] != 2:
        both = jax.random.uniform(key, (2, *shape))
        return both[0], both[1]
    words = _counters(jax.random.key_data(key), shape)
    first, second = ((word >> 8).astype(jnp.float32) * jnp.float32(2**-24) for word in words)
    return first, second


def from_uniform(uniform: Array) -> Array:
    """Standard normals by the inverse distribution function."""
    inside = jnp.maximum(2 * uniform - 1, jnp.finfo(uniform.dtype).eps / 2 - 1)
    return jnp.sqrt(2).astype(uniform.dtype) * jax.lax.erf_inv(inside)


def two_normals(key: Array, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Two independent arrays of standard normals."""
    first, second = two_uniforms(key, shape)
    return from_uniform(first), from_uniform(second)


def normal(key: Array, shape: tuple[int, ...]) -> Array:
    """Standard normals. Their two halves are concatenated last, which the compiler writes out: it
    would otherwise repeat the transformation in everything that reads them, for every setting of a
    sweep."""
    size = math.prod(shape)
    halves = jax.lax.optimization_barrier(two_uniforms(key, (-(-size // 2),)))
    return jnp.concatenate([from_uniform(half) for half in halves])[:size].reshape(shape)


def chi_square(key: Array, df: Array | float, shape: tuple[int, ...] = ()) -> Array:
    """Chi-square variates with ``df`` degrees of freedom, an integer; 0 for 0 degrees.

    ``df`` broadcasts to ``shape``. Exact: the rejection method of Marsaglia and Tsang (2000) for
    gamma variates, two tries at a time, until every element is accepted; the square of a normal for
    1 degree. One array is carried, negative where nothing is accepted yet: with several arrays the
    compiler would repeat all draws for each.
    """
    df = jnp.broadcast_to(jnp.asarray(df, float), shape)
    shift = jnp.maximum(df, 2) / 2 - 1 / 3
    slope = 1 / jnp.sqrt(9 * shift)

    def proposed(normal, uniform):
        y = jnp.maximum(slope * normal, -0.999)
        good = (slope * normal > -1) & (uniform < jnp.exp(3 * shift * _log_excess(y)))
        return jnp.where(good, 2 * shift * (1 + y) ** 3, -1)

    def attempt(carry):
        turn, value = carry
        normals = two_normals(jax.random.fold_in(key, 2 * turn), shape)
        uniforms = two_uniforms(jax.random.fold_in(key, 2 * turn + 1), shape)
        first, second = map(proposed, normals, uniforms)
        tried = jnp.where(df == 1, normals[0] ** 2, jnp.where(first >= 0, first, second))
        return turn + 1, jnp.where(value >= 0, value, tried)

    start = (jnp.int32(0), jnp.where(df > 0, -jnp.ones_like(shift), 0))
    return jax.lax.while_loop(lambda carry: (carry[1] < 0).any(), attempt, start)[1]


def _log_excess(y: Array) -> Array:
    """ln(1 + y) - y + y^2/2 - y^3/3 for y > -1, by a series where the terms cancel."""
    series = jnp.zeros_like(y)
    for power in reversed(range(4, 12)):
        series = series * y + (-1) ** (power + 1) / power
    direct = jnp.log(1 + y) - y * (1 - y * (1 / 2 - y / 3))
    return jnp.where(jnp.abs(y) < 0.25, series * (y * y) * (y * y), direct)
