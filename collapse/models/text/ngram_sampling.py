"""Sampling from an n-gram model by a walk through its training text.

The next token after a context is the token after a randomly chosen occurrence of the context in the
training rows, and the walk continues from that occurrence. This is exact for the unsmoothed
maximum-likelihood estimate of any order, at a cost independent of vocabulary size and order.

Notation: R training rows of L tokens, P = R * (L + 1) places (a place is a token and the context
before it; the last place of each row has a context but no token), V tokens, n walks.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.numerics.grouping import bits_for, dense_rank, multiply_high, prefix_sum, small_sums

UNITS = 1 << 30  # resolution of soft weights: parts of their sum


class Walk(eqx.Module):
    """Occurrences sorted by context, each with its token and the context after it.

    Masses are integer units; occurrence r has the units ``below[r] .. below[r + 1]``. In a uniform
    walk every occurrence has one unit, and the unit drawn is the occurrence itself.
    """

    token: Array  # (P,)
    follows: Array  # (P,) index into ``low`` and ``mass`` where the walk continues
    low: Array  # (C,) first unit of each context
    mass: Array  # (C,) units of each context
    below: Array  # (P + 1,)
    start: Array  # index of the empty context at the start of a row
    searches: Array  # bisection steps to find the occurrence of a unit; 0 in a uniform walk

    def step(self, bits: Array, low: Array, mass: Array) -> Array:
        """Occurrences (n,) drawn within the contexts with uniform random ``bits`` (n,) uint32."""
        unit = low + multiply_high(bits, mass.astype(jnp.uint32)).astype(jnp.int32)
        last = len(self.token)

        def halve(_, span):
            left, right = span
            middle = (left + right) // 2
            above = self.below[middle] > unit
            return jnp.where(above, left, middle), jnp.where(above, middle, right)

        ends = (jnp.zeros_like(unit), jnp.full_like(unit, last))
        left, _ = jax.lax.fori_loop(0, self.searches, halve, ends)
        return jnp.where(self.searches == 0, unit, left)

    def rows(self, key: Array, n: int, length: int) -> Array:
        """(n, length) token rows; 0 ends a row and fills it up."""

        def step(carry, bits):
            context, alive = carry
            here = self.step(bits, self.low[context], self.mass[context])
            token = jnp.where(alive, self.token[here], 0)
            return (self.follows[here], alive & (token != 0)), token

        bits = jax.random.bits(key, (length, n), jnp.uint32)
        start = (jnp.full(n, self.start), jnp.ones(n, bool))
        return jax.lax.scan(step, start, bits)[1].T


def places(rows: Array, size: int) -> tuple[Array, Array, Array]:
    """Tokens (R, L + 1), the token before each (``size`` at the start), and a mask of real ones."""
    tokens = jnp.pad(rows, ((0, 0), (0, 1)))
    before = jnp.pad(rows, ((0, 0), (1, 0)), constant_values=size)
    real = (before != 0).at[:, -1].set(False)
    return tokens, before, real


def history(rows: Array, back: int, size: int) -> Array:
    """(P,) token ``back`` places before each place; ``size`` before the start."""
    padded = jnp.pad(rows, ((0, 0), (back, 1)), constant_values=size)
    return padded[:, : rows.shape[1] + 1].ravel()


def context_ranks(rows: Array, order: int, size: int) -> list[Array]:
    """Rank (P,) of each place's context of 0, 1, .., order - 1 tokens, compared from the latest
    token.

    A longer context refines the order of a shorter one, so one sort serves all levels.
    """
    ranks, bound = [jnp.zeros(rows.shape[0] * (rows.shape[1] + 1), jnp.int32)], 1
    for back in range(1, order):
        token = history(rows, back, size)
        if back == 1:
            ranks.append(token)
            bound = size + 1
        else:
            ranks.append(dense_rank([(ranks[-1], bound), (token, size + 1)])[0])
            bound = len(token)
    return ranks


def spans(ranks: list[Array], units: Array, size: int) -> tuple[Array, Array]:
    """First unit and number of units (P,) of the longest context of each place that has a next
    token.

    Back-off: a context without a next token (possible only after a truncated row) is replaced by
    its longest suffix that has one.
    """
    low, mass = jnp.zeros_like(units), jnp.zeros_like(units) + units.sum()
    for rank in ranks[1:]:
        total = jnp.zeros(max(len(units), size + 1), units.dtype).at[rank].add(units)
        start = prefix_sum(total) - total
        seen = total[rank] > 0
        low, mass = jnp.where(seen, start[rank], low), jnp.where(seen, total[rank], mass)
    return low, mass


def in_units(weight: Array) -> Array:
    """Weights (P,) as integer parts of their sum."""
    share = weight / jnp.maximum(weight.sum(), jnp.finfo(weight.dtype).tiny)
    return jnp.floor(share * UNITS).astype(jnp.int32)


def general_walk(rows: Array, weight: Array, order: int, size: int, sampler=None) -> Walk:
    """The walk for any order, any weights (R,) and any token sampler."""
    tokens, _, real = places(rows, size)
    tokens = tokens.ravel()
    weight = jnp.where(real, weight[:, None], 0).ravel()
    uniform = equal(weight)
    units = jnp.where(uniform, (weight > 0).astype(jnp.int32), in_units(weight))
    ranks = context_ranks(rows, order, size)
    if sampler is not None:
        units = in_units(reshaped(ranks[-1], tokens, units, size, sampler))
        uniform = jnp.array(False)
    # Occurrences without mass are sorted last, so a uniform walk never reaches them.
    bound = max(len(units), size + 1) + 1
    context = jnp.where(units > 0, ranks[-1], bound - 1)
    order_of = dense_rank([(context, bound)])[1]
    spare = (0, max(0, size + 1 - len(units)))  # the context table of a bigram may be longer
    low, mass = (jnp.pad(x, spare) for x in spans(ranks, units, size))
    below = jnp.pad(prefix_sum(units[order_of]), (1, 0))
    searches = jnp.where(uniform, 0, bits_for(len(units)) + 1).astype(jnp.int32)
    follows = jnp.minimum(order_of + 1, len(units) - 1)
    zero = jnp.zeros((), jnp.int32)
    return Walk(tokens[order_of], follows, low, mass, below, zero, searches)


def bigram_walk(rows: Array, weight: Array, size: int) -> Walk:
    """The same walk for order 2 and equal weights, several times faster.

    The last token of a bigram is the next context, so sorted (context, token) keys suffice: no
    places are carried through the sort, and small tables are sorted by counting.
    """
    tokens, before, real = places(rows, size)
    live = (real & (weight[:, None] > 0)).ravel()
    cells, length = (size + 1) * size, len(live)
    key = jnp.where(live, before.ravel() * size + tokens.ravel(), cells)
    if cells <= 4 * length:
        counts = jnp.zeros(cells + 1, jnp.int32).at[key].add(1)
        last = small_sums(counts, length)
        ends = jnp.zeros(length + 1, jnp.int32).at[last].add(1, mode="drop")
        key = small_sums(ends[:length], cells + 1)
    else:
        key = jax.lax.sort(key.astype(jnp.uint32)).astype(jnp.int32)
    context = jnp.where(live, before.ravel(), size + 1)
    total = jnp.zeros(size + 2, jnp.int32).at[context].add(1)[: size + 1]
    low = jnp.where(total > 0, small_sums(total, length) - total, 0)
    mass = jnp.where(total > 0, total, live.sum())
    spare = (0, max(0, length - size - 1))
    low, mass = jnp.pad(low, spare), jnp.pad(mass, spare)
    token = key % size
    start = jnp.full((), size, jnp.int32)
    below = jnp.arange(length + 1, dtype=jnp.int32)
    return Walk(token, token, low, mass, below, start, jnp.zeros((), jnp.int32))


def equal(weight: Array) -> Array:
    """Whether all positive weights are the same."""
    return jnp.all((weight == 0) | (weight == weight.max()))


def reshaped(context: Array, token: Array, units: Array, size: int, sampler) -> Array:
    """Weights (P,) of the occurrences after a token sampler; each context keeps its share.

    The sampler acts on the longest contexts; one that backs off draws from a mixture of them. A
    type is a (context, token) pair: the sampler acts on types, and each occurrence has its share of
    its type. Types are numbered by context, then token.
    """
    places, bound = len(units), max(len(units), size + 1) + 1
    dead = units == 0
    at = jnp.where(dead, bound - 1, context)
    kind, _ = dense_rank([(at, bound), (token, size)])
    mass = jnp.zeros(places, jnp.int32).at[kind].add(units)
    of = jnp.full(places, bound - 1, jnp.int32).at[kind].set(at)

    def per_context(x):
        return jnp.zeros(bound, x.dtype).at[of].add(x)[of]

    p = mass / jnp.maximum(per_context(mass), 1)
    top = jnp.zeros(bound, p.dtype).at[of].max(p)[of]
    q = jnp.where(mass > 0, (p / jnp.where(mass > 0, top, 1)) ** (1 / sampler.temperature), 0)
    q = q / jnp.where(mass > 0, per_context(q), 1)
    by_mass, _ = dense_rank([(UNITS - mass, UNITS + 1)])
    _, order = dense_rank([(of, bound), (by_mass, places)])
    first = jnp.concatenate([jnp.ones(1, bool), of[order][1:] != of[order][:-1]])
    begin = jax.lax.cummax(jnp.where(first, jnp.arange(places, dtype=jnp.int32), 0))
    back = jnp.zeros(places, jnp.int32).at[order]
    rank = back.set(jnp.arange(places, dtype=jnp.int32) - begin)
    before = jnp.zeros_like(q).at[order].set(sums_within(q[order], begin))
    q = jnp.where(sampler.keep(rank, before), q, 0)
    q = q / jnp.maximum(jnp.where(mass > 0, per_context(q), 1), jnp.finfo(q.dtype).tiny)
    return jnp.where(dead, 0, (q / jnp.maximum(p, jnp.finfo(q.dtype).tiny))[kind] * units)


def sums_within(x: Array, begin: Array) -> Array:
    """(N,) sum of the elements before each one within its run; ``begin`` is the start of its run.

    In double precision, as it is a difference of sums over all runs.
    """
    with jax.enable_x64(True):
        wide = jax.lax.convert_element_type(x, jnp.float64)
        sums = prefix_sum(wide) - wide
        return jax.lax.convert_element_type(sums - sums[begin], x.dtype)
