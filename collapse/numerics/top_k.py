"""Top-k selection without sorting, by bisection on the bits of the numbers.

On a CPU this is several times faster than sorting.
"""

import jax
import jax.numpy as jnp
from jax import Array

from collapse.numerics.grouping import running_count


def ordered_bits(x: Array) -> Array:
    """Unsigned integers in the same order as the floats, with as many bits: 64 in double precision,
    else 32. NaN is below everything."""
    double = x.dtype == jnp.float64
    number, whole = (jnp.float64, jnp.uint64) if double else (jnp.float32, jnp.uint32)
    x = jnp.where(jnp.isnan(x), -jnp.inf, x).astype(number)
    x = jnp.where(x == 0, 0.0, x)  # -0.0 becomes 0.0
    bits = jax.lax.bitcast_convert_type(x, whole)
    top = jnp.iinfo(whole).bits - 1
    return jnp.where(bits >> top == 1, ~bits, bits | whole(1 << top))


def _from_bits(bits: Array) -> Array:
    """The floats of ``ordered_bits``."""
    top = bits.dtype.type(1 << (jnp.iinfo(bits.dtype).bits - 1))
    number = jnp.float64 if bits.dtype == jnp.uint64 else jnp.float32
    return jax.lax.bitcast_convert_type(jnp.where(bits >= top, bits ^ top, ~bits), number)


INTERPOLATED = 8  # steps of a search by interpolation, before it goes on by halves


def largest(x: Array, k: Array) -> Array:
    """(m,) bool mask of exactly min(k, m) largest unsigned integers; ties go to the first ones.

    The threshold is searched by interpolation, which finds that of random bits in a few passes,
    then by halves, and the search ends as soon as k are above.
    """
    kind, real = x.dtype, jnp.result_type(float)
    one, top = jnp.ones((), kind), jnp.array(jnp.iinfo(kind).max, kind)
    at_top, above_zero = count_true(x == top), count_true(x > 0)  # 0: empty slots

    def guess(step, low, high, above_low, above_high):
        share = (above_low - k + 0.5) / jnp.maximum(above_low - above_high, 1)
        share = jnp.where(step < INTERPOLATED, jnp.clip(share, 0, 0.999999), 0.5)
        width = (high - low).astype(real)
        return jnp.clip(low + (width * share).astype(kind), low + one, high - one)

    def narrow(carry):  # at least k are from low on, fewer than k from high on
        step, low, high, above_low, above_high = carry
        bound = guess(*carry)
        above = count_true(x >= bound)
        enough = above >= k
        low, above_low = jnp.where(enough, bound, low), jnp.where(enough, above, above_low)
        high, above_high = jnp.where(enough, high, bound), jnp.where(enough, above_high, above)
        return step + 1, low, high, above_low, above_high

    def open_still(carry):
        _, low, high, above_low, _ = carry
        return (above_low > k) & (high - low > 1)

    all_at_top, some_at_zero = at_top >= k, above_zero < k
    low = jnp.where(all_at_top, top, jnp.where(some_at_zero, 0, one))
    above_low = jnp.where(all_at_top, at_top, jnp.where(some_at_zero, len(x), above_zero))
    start = (low, top, above_low, at_top)
    _, low, high, above_low, above_high = jax.lax.while_loop(
        open_still, narrow, (jnp.int32(0), *start)
    )
    # Ties, where there are any: of the tied ones the first, again by halves, on their position.
    tied, place = x == low, jnp.arange(len(x), dtype=jnp.uint32)
    spare, bits = k - jnp.where(all_at_top, 0, above_high), len(x).bit_length()

    def place_bit(carry):
        bit, end = carry
        further = end | (jnp.uint32(1) << (bits - 1 - bit).astype(jnp.uint32))
        fits = count_true(tied & (place < further)) <= spare
        return bit + 1, jnp.where(fits, further, end)

    many = above_low > k  # more are tied at the threshold than there is room for
    end = jax.lax.while_loop(
        lambda carry: many & (carry[0] < bits), place_bit, (jnp.int32(0), jnp.uint32(0))
    )[1]
    return jnp.where(many, (x > low) | (tied & (place < end)), x >= low)


def largest_of_few(x: Array, k: Array) -> Array:
    """(m,) bool mask of exactly min(k, m) largest floats; ties go to the first ones, NaN last. By
    pairwise comparison: ten times faster for twenty numbers that are in memory already."""
    place = jnp.arange(len(x))
    tied = (x[None] == x[:, None]) & (place[None] < place[:, None])
    ahead = ((x[None] > x[:, None]) | tied).sum(1)
    return jnp.where(jnp.isnan(x), len(x) - 1, ahead) < k


def count_true(mask: Array) -> Array:
    """Number of true values, as a product with ones: exact below 2^24, in a third of the time of an
    integer sum on a CPU."""
    if len(mask) >= 1 << 24:
        return mask.astype(jnp.int32).sum()
    return (mask.astype(jnp.float32) @ jnp.ones(len(mask), jnp.float32)).astype(jnp.int32)


def compact(mask: Array, tree, size: int):
    """The masked rows of every array in ``tree``, moved to the first of ``size`` slots; empty slots
    hold zeros."""
    origin = places(mask, size)  # a gather is cheaper than a scatter
    return jax.tree.map(lambda x: x.at[origin].get(mode="fill", fill_value=0), tree)


def places(mask: Array, size: int) -> Array:
    """(size,) indices of the first true values of a mask (m,); m where there are no more."""
    return jnp.searchsorted(running_count(mask), jnp.arange(1, size + 1), side="left")


def mass_around(reward: Array, mass: Array) -> tuple[Array, Array, Array]:
    """(m,) masses of strictly larger, of equal and of strictly smaller reward, for each row.

    None is computed as a difference of sums, so that an outcome of mass 1e-9 keeps all its digits.
    """
    order = jnp.argsort(reward)
    rising, sorted_mass = reward[order], mass[order]
    first = jnp.searchsorted(rising, reward, side="left")
    last = jnp.searchsorted(rising, reward, side="right")
    below = jnp.pad(jnp.cumsum(sorted_mass), (1, 0))
    above = jnp.pad(jnp.cumsum(sorted_mass[::-1]), (1, 0))
    equal = jnp.zeros_like(mass).at[first].add(mass, mode="drop")[first]
    return above[len(mass) - last], equal, below[first]


LEVELS = 100  # floats between the rewards, below which their order is mostly rounding error


def cut_by_rounding(reward: Array, weight: Array, mass: Array, groups: int = 1) -> Array:
    """Whether a judge selects candidates (m,) by an order of rewards that is only rounding error.

    True if in each of the ``groups`` it keeps exactly the candidates with larger rewards, while
    fewer than ``LEVELS`` floats of the precision in use lie between the smallest and the largest
    reward. Rewards that are all equal are not counted as rounding error.
    """
    bits = ordered_bits(reward)  # a CPU finds extremes of whole numbers five times as fast
    none, all_ones = bits.dtype.type(0), bits.dtype.type(jnp.iinfo(bits.dtype).max)
    known = jnp.isfinite(reward) & (mass > 0)
    least = _from_bits(jnp.where(known, bits, all_ones).min())
    most = _from_bits(jnp.where(known, bits, none).max())
    step = jnp.finfo(reward.dtype).eps * jnp.maximum(jnp.abs(least), jnp.abs(most))
    close = (least < most) & (most - least < LEVELS * step)
    rivals = (groups, -1)
    kept, dropped = weight == 1, weight == 0
    lowest = jnp.where(kept, bits, all_ones).reshape(rivals).min(1)
    highest = jnp.where(dropped & ~jnp.isnan(reward), bits, none).reshape(rivals).max(1)
    both = (count_true(kept) > 0) & (count_true(dropped) > 0)
    return close & both & (lowest >= highest).all()
