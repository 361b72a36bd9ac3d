"""Random numbers for a CPU: jax's own threefry stream, drawn faster, and exact chi-squares.

``jax.random`` is what bounds a closed-form chain on a CPU. The same threefry generator (Salmon et
al. 2011) written out as straight code fuses into one loop and gives the same bits sooner. As a key
type of its own it serves every function of ``jax.random``, whose numbers it leaves as they are.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.extend.random import define_prng_impl

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))


@jax.jit
def threefry(key: Array, high: Array, low: Array) -> tuple[Array, Array]:
    """Twenty rounds of threefry-2x32 on counters (high, low): two uint32 of their shape."""
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


def straight(key: Array) -> Array:
    """The same key, drawing the same numbers faster; keys of other generators are left alone."""
    if str(jax.random.key_impl(key)) != "threefry2x32" or not jax.config.jax_threefry_partitionable:
        return key
    return jax.random.wrap_key_data(jax.random.key_data(key), impl=STRAIGHT)


def chi_square(key: Array, freedom: Array | float, shape: tuple[int, ...] = ()) -> Array:
    """Chi-square variates of ``freedom`` >= 0 degrees, not necessarily whole; 0 of 0 degrees.

    ``freedom`` broadcasts to ``shape``. Exact: the rejection method of Marsaglia and Tsang (2000)
    for gamma variates, retried until every element is accepted.
    """
    half = jnp.broadcast_to(jnp.asarray(freedom, float) / 2, shape)
    small = half < 1  # drawn one higher and scaled by a power of a uniform
    shift = jnp.where(small, half + 1, half) - 1 / 3
    slope = 1 / jnp.sqrt(9 * shift)

    def attempt(carry):
        turn, value, accepted = carry
        normal_key, uniform_key = jax.random.split(jax.random.fold_in(key, turn))
        y = slope * jax.random.normal(normal_key, shape)
        chance = 1 - jax.random.uniform(uniform_key, shape)  # in (0, 1]
        safe = jnp.maximum(y, -0.999)
        good = (y > -1) & (jnp.log(chance) <= 3 * shift * _log_excess(safe))
        value = jnp.where(accepted, value, 2 * shift * (1 + safe) ** 3)
        return turn + 1, value, accepted | good

    start = (jnp.int32(0), jnp.zeros_like(half), half == 0)
    value = jax.lax.while_loop(lambda carry: ~carry[2].all(), attempt, start)[1]
    chance = jax.random.uniform(jax.random.fold_in(key, 1 << 31), shape)
    power = jnp.log(chance) / jnp.where(small & (half > 0), half, 1)
    return jnp.where(half > 0, jnp.where(small, value * jnp.exp(power), value), 0)


def _log_excess(y: Array) -> Array:
    """ln(1 + y) - y + y^2/2 - y^3/3, by its series where the terms would cancel."""
    series = y**4 * (-1 / 4 + y * (1 / 5 + y * (-1 / 6 + y * (1 / 7 - y / 8))))
    return jnp.where(jnp.abs(y) < 0.15, series, jnp.log1p(y) - y + y**2 / 2 - y**3 / 3)
