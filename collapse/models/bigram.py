"""A table of what follows what: one categorical distribution for each context."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.models.base import Model
from collapse.ranking import rising_ends


class Bigram(Model):
    """p(next | context) in a table, fitted by the counts of pairs (Hutter++ of Dohmatob et al.
    2024, section 4); items are pairs (context, next), (n, 2) whole numbers.

    Contexts are what the model is asked, not what it learns: ``context`` stays as it is over
    generations. A context that a pool does not contain keeps the row it had, so that in generation
    1 the arm's model decides what is said of it (uniform: knows nothing); reported lost
    outcomes are therefore lost in the data.
    Fields: p (V, V), rows that sum to 1; context (V,), which sums to 1.
    """

    tokens = True  # next-token distributions that a sampler can reshape, one token long

    p: Array = eqx.field(converter=jnp.asarray)
    context: Array = eqx.field(converter=jnp.asarray)

    @property
    def support_size(self) -> Array:
        return ((self.p > 0) & (self.context > 0)[:, None]).sum()

    def fit(self, key, pool):
        counts = jnp.zeros_like(self.p).at[pool.rows[:, 0], pool.rows[:, 1]].add(pool.count)
        seen = counts.sum(1, keepdims=True)
        p = jnp.where(seen > 0, counts / jnp.where(seen > 0, seen, 1), self.p)
        return Bigram(p, self.context)

    def sample(self, key, n, sampler=None):
        table = self.p if sampler is None else self.reshaped(sampler).p
        which, how = jax.random.split(key)
        context = draw_rows(self.context[None], jnp.zeros(n, int), jax.random.uniform(which, (n,)))
        following = draw_rows(table, context, jax.random.uniform(how, (n,)))
        return jnp.stack([context, following], axis=1)

    def log_prob(self, rows):
        context, following = rows[:, 0], rows[:, 1]
        return jnp.log(self.context)[context] + jnp.log(self.p)[context, following]

    def reshaped(self, sampler):
        from collapse.samplers.base import TokenSampler, reshape

        if isinstance(sampler, TokenSampler):
            return Bigram(reshape(self.p, sampler), self.context)
        return super().reshaped(sampler)

    def support(self):
        size = len(self.context)
        pairs = jnp.stack(jnp.divmod(jnp.arange(size**2), size), axis=1)
        return pairs, (self.context[:, None] * self.p).ravel()

    def identify(self, rows):
        size = len(self.context)
        return rows[:, 0] * size + rows[:, 1], size**2

    def mistakes(self):
        p, context = self.p, self.context
        if p.ndim != 2 or p.shape != (context.size, context.size) or context.ndim != 1:
            return ["Bigram needs p of shape (V, V) and context of shape (V,)."]
        if bool((p < 0).any()) or bool((jnp.abs(p.sum(1) - 1) > 1e-3).any()):
            return ["Every row of Bigram p must be >= 0 and sum to 1."]
        if bool((context < 0).any()) or abs(float(context.sum()) - 1) > 1e-3:
            return ["Bigram context must be >= 0 and sum to 1."]
        return []


def draw_rows(table: Array, row: Array, uniform: Array) -> Array:
    """(n,) outcomes of the distributions table[row] (R, K), by bisection in each's own sums."""
    ends = jax.vmap(rising_ends)(table, jnp.cumsum(table, axis=1))
    size = table.shape[1]
    goal = uniform * ends[row, -1]

    def halve(_, bounds):
        low, high = bounds  # the outcome lies in low..high
        middle = (low + high) // 2
        beyond = (ends[row, middle] <= goal) & (low < high)
        return jnp.where(beyond, middle + 1, low), jnp.where(beyond, high, middle)

    last = size - 1 - jnp.argmax(table[:, ::-1] > 0, axis=1)[row]  # a uniform can round up to it
    bounds = jnp.zeros_like(row), last
    return jax.lax.fori_loop(0, size.bit_length(), halve, bounds)[0].astype(jnp.int32)


def hutter_bigram(
    size: int, exponent: float, key: Array | None = None, context_exponent: float = 0.0
) -> Bigram:
    """p(j | i) ~ rank_i(j)^-exponent, the ranks of each context a random permutation drawn with
    ``key`` (None: the same order for all); contexts ~ i^-context_exponent (0: uniform)."""
    rank = jnp.arange(size)
    order = jnp.broadcast_to(rank, (size, size))
    if key is not None:
        order = jax.random.permutation(key, order, axis=1, independent=True)
    p = (rank + 1.0) ** -float(exponent)
    context = (rank + 1.0) ** -float(context_exponent)
    return Bigram((p / p.sum())[order], context / context.sum())
