"""Choosing the largest k of many without sorting: by bisection on the bits of the numbers.

On a CPU a sort-free top fraction runs at several times the speed of one that sorts.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array

from collapse.numerics.grouping import running_count


def ordered_bits(x: Array) -> Array:
    """Unsigned integers in the same order as the floats, of as many bits: 64 in double precision,
    32 else. NaN below everything."""
    double = x.dtype == jnp.float64
    number, whole = (jnp.float64, jnp.uint64) if double else (jnp.float32, jnp.uint32)
    x = jnp.where(jnp.isnan(x), -jnp.inf, x).astype(number)
    x = jnp.where(x == 0, 0.0, x)  # -0.0 becomes 0.0
    bits = jax.lax.bitcast_convert_type(x, whole)
    top = jnp.iinfo(whole).bits - 1
    return jnp.where(bits >> top == 1, ~bits, bits | whole(1 << top))


def largest(x: Array, k: Array) -> Array:
    """(m,) bool mask of exactly min(k, m) largest unsigned integers; ties go to the first in the
    array."""
    m, bits = len(x), jnp.iinfo(x.dtype).bits
    threshold = _settle_bits(bits, lambda bound: _count(x >= bound) >= k, x.dtype)
    above, tied = x > threshold, x == threshold
    spare = k - _count(above)
    # Of the equal ones as many as there is room for: again by bisection, now on their place.
    place = jnp.arange(m, dtype=jnp.uint32)
    fits = lambda bound: _count(tied & (place < bound)) <= spare  # noqa: E731
    end = _settle_bits(m.bit_length(), fits, place.dtype)
    return above | (tied & (place < end))


def largest_of_few(x: Array, k: Array) -> Array:
    """(m,) the same of few floats, each compared with each: of twenty in a tenth of the time, as
    long as nothing has to be worked out for a comparison. NaN goes last."""
    place = jnp.arange(len(x))
    tied = (x[None] == x[:, None]) & (place[None] < place[:, None])
    ahead = ((x[None] > x[:, None]) | tied).sum(1)
    return jnp.where(jnp.isnan(x), len(x) - 1, ahead) < k


def _settle_bits(bits: int, holds: Callable[[Array], Array], kind) -> Array:
    """The largest number of so many bits for which ``holds``, which is true of 0 and false of all
    numbers above one of which it is false; an unsigned integer of ``kind``."""
    one = jnp.ones((), kind)

    def settle(i, found):
        higher = found | (one << (bits - 1 - i).astype(kind))
        return jnp.where(holds(higher), higher, found)

    return jax.lax.fori_loop(0, bits, settle, jnp.zeros((), kind))


def _count(mask: Array) -> Array:
    """How many are true. As a product with ones, exact below 2^24, in a third of the time that a
    sum of integers takes on a CPU."""
    if len(mask) >= 1 << 24:
        return mask.astype(jnp.int32).sum()
    return (mask.astype(jnp.float32) @ jnp.ones(len(mask), jnp.float32)).astype(jnp.int32)


def compact(mask: Array, tree, size: int):
    """The masked rows of every array in ``tree``, moved to the first of ``size`` slots; the
    slots that stay free hold zeros."""
    # Where each slot's row comes from: reading is cheaper than writing.
    origin = jnp.searchsorted(running_count(mask), jnp.arange(1, size + 1), side="left")
    return jax.tree.map(lambda x: x.at[origin].get(mode="fill", fill_value=0), tree)


def mass_around(reward: Array, mass: Array) -> tuple[Array, Array, Array]:
    """(m,) mass of strictly larger, of equal and of strictly smaller reward, for each row.

    None is a difference of sums: an outcome of mass 1e-9 keeps all its digits.
    """
    order = jnp.argsort(reward)
    rising, sorted_mass = reward[order], mass[order]
    first = jnp.searchsorted(rising, reward, side="left")
    last = jnp.searchsorted(rising, reward, side="right")
    below = jnp.pad(jnp.cumsum(sorted_mass), (1, 0))
    above = jnp.pad(jnp.cumsum(sorted_mass[::-1]), (1, 0))
    own = jnp.zeros_like(mass).at[first].add(mass, mode="drop")[first]
    return above[len(mass) - last], own, below[first]


LEVELS = 100  # numbers of the precision between rewards, below which their order is mostly rounding


def cut_by_rounding(reward: Array, weight: Array, mass: Array, groups: int = 1) -> Array:
    """Whether a judge divides candidates (m,) by an order of their rewards that rounding made.

    True where it keeps in full what has the larger rewards of each of so many ``groups``, and drops
    the others, while fewer than ``LEVELS`` numbers of the precision in use lie between the least
    and the largest reward. Rewards that are all the same are equal, not rounded.
    """
    known = jnp.isfinite(reward) & (mass > 0)
    least, most = jnp.where(known, reward, jnp.inf).min(), jnp.where(known, reward, -jnp.inf).max()
    step = jnp.finfo(reward.dtype).eps * jnp.maximum(jnp.abs(least), jnp.abs(most))
    close = (least < most) & (most - least < LEVELS * step)
    rivals = (groups, -1)
    kept, dropped = weight == 1, weight == 0
    lowest = jnp.where(kept, reward, jnp.inf).reshape(rivals).min(1)
    highest = jnp.where(dropped & ~jnp.isnan(reward), reward, -jnp.inf).reshape(rivals).max(1)
    return close & kept.any() & dropped.any() & (lowest >= highest).all()
