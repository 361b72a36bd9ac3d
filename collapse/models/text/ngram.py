"""N-gram language models over token sequences.

A row is L tokens; token 0 ends it and fills the rest, and a row without a 0 was truncated at L. The
context of a token is the ``order - 1`` tokens before it, including the start of the row.
"""

from dataclasses import KW_ONLY
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.items import Items
from collapse.models.base import Model
from collapse.models.text.ngram_sampling import (
    bigram_walk,
    context_ranks,
    equal,
    general_walk,
    places,
)
from collapse.numerics.grouping import dense_rank, row_ranks
from collapse.part import Numbers, array, at_least, one_of, register


@register("ngram", "n-gram language model of order 1 to 4")
@final
class NGram(Model):
    """The n-gram model of order 1 (unigram) to 4, fitted by weighted relative frequency.

    Back-off: a context is shortened from the left until some token follows it in the training rows,
    and the token is drawn from those: count(c, w) / count(c). In sampling this happens only after a
    row that was truncated at its full length.

    Smoothing is used only by ``log_prob``, so that held-out text has finite perplexity: (count(c,
    w) + a) / (count(c) + a V), a = ``smoothing`` and V = ``vocab_size``, at the same backed-off c.
    Samples come from the unsmoothed estimate; ``sample_smoothed`` mixes in a uniform token with
    probability a V / (count(c) + a V) at every step, to show its effect on collapse curves.

    A fitted model is its training rows (R, L) and their weights (R,): tables are built where they
    are used, which is faster than carrying them over generations.
    """

    side_by_side = False
    tokens = True

    vocab_size: int = eqx.field(static=True)  # V, the end symbol included
    _: KW_ONLY
    order: int = one_of(1, 2, 3, 4, default=2)
    smoothing: Numbers = at_least(0, default=0.01)
    sample_smoothed: bool = eqx.field(static=True, default=False)
    rows: Numbers | None = array(default=None)
    weight: Numbers | None = array(default=None)

    @property
    def blank(self):
        return self.rows is None

    def gives(self):
        return Items("tokens", {"length": self.rows.shape[1], "vocab_size": self.vocab_size})

    def takes(self):
        return Items("tokens", {"length": None, "vocab_size": self.vocab_size}, ("answers",))

    def fit(self, key, pool):
        return NGram(
            self.vocab_size,
            order=self.order,
            smoothing=self.smoothing,
            sample_smoothed=self.sample_smoothed,
            rows=pool.rows,
            weight=pool.count,
        )

    def sample(self, key, n, sampler=None):
        rows, weight, length = self.rows, self.weight, self.rows.shape[1]
        if self.sample_smoothed:
            return self._sample_smoothed(key, n)
        if sampler is not None or self.order != 2 or self.vocab_size > 40_000:
            walk = general_walk(rows, weight, self.order, self.vocab_size, sampler)
        else:
            walk = jax.lax.cond(
                equal(weight),
                lambda: bigram_walk(rows, weight, self.vocab_size),
                lambda: general_walk(rows, weight, 2, self.vocab_size),
            )
        return walk.rows(key, n, length)

    def _sample_smoothed(self, key, n):
        """For orders 1 and 2, where the context after a uniform token is that token alone."""
        walk = general_walk(self.rows, self.weight, self.order, self.vocab_size)
        _, before, real = places(self.rows, self.vocab_size)
        # Any position after token w represents the context w; the extra last entry is no context.
        low, mass = jnp.append(walk.low, 0), jnp.append(walk.mass, walk.below[-1])
        standing = jnp.full(self.vocab_size + 1, len(walk.low))
        if self.order == 2:
            place = jnp.arange(before.size).reshape(before.shape)
            standing = standing.at[before].min(place)
        # Units to counts: tokens have the weights of their rows.
        unit = (real * self.weight[:, None]).sum() / jnp.maximum(walk.below[-1], 1)
        total = self.smoothing * self.vocab_size

        def step(carry, key):
            context, alive = carry
            bits, noisy, uniform = jax.random.split(key, 3)
            bits = jax.random.bits(bits, (n,), jnp.uint32)
            here = walk.step(bits, low[context], mass[context])
            count = mass[context] * unit
            noise = jax.random.uniform(noisy, (n,)) * (count + total) < total
            drawn = jax.random.randint(uniform, (n,), 0, self.vocab_size)
            token = jnp.where(alive, jnp.where(noise, drawn, walk.token[here]), 0)
            return (standing[token], alive & (token != 0)), token

        start = (jnp.full(n, standing[self.vocab_size]), jnp.ones(n, bool))
        keys = jax.random.split(key, self.rows.shape[1])
        return jax.lax.scan(step, start, keys)[1].T

    def remembered(self):
        return self.rows, self.weight / self.weight.sum()

    def log_prob(self, rows):
        """(n,) smoothed log-probability of each row, its end symbol included."""
        _, _, real = places(rows, self.vocab_size)
        return jnp.where(real, self.token_log_prob(rows), 0).sum(-1)

    def token_log_prob(self, rows: Array) -> Array:
        """(n, L + 1) log-probability of each token given its context; undefined after the end."""
        count, total = self._counts(rows)
        a = jnp.asarray(self.smoothing, count.dtype)
        return jnp.log(count + a) - jnp.log(total + a * self.vocab_size)

    def _counts(self, rows: Array) -> tuple[Array, Array]:
        """Weighted counts (n, L + 1) of (context, token) and of the context, in the training rows.

        Query and training rows are ranked together, so that equal n-grams have equal numbers.
        """
        width = max(rows.shape[1], self.rows.shape[1])
        both = [jnp.pad(x, ((0, 0), (0, width - x.shape[1]))) for x in (rows, self.rows)]
        joint = jnp.concatenate(both)
        tokens, _, _ = places(joint, self.vocab_size)
        tokens, queries = tokens.ravel(), rows.shape[0] * (width + 1)
        # Padding must not end a truncated training row: only its own positions are real.
        _, _, real = places(self.rows, self.vocab_size)
        weight = jnp.where(real, self.weight[:, None], 0)
        weight = jnp.pad(weight, ((len(rows), 0), (0, width + 1 - weight.shape[1]))).ravel()
        ranks = context_ranks(joint, self.order, self.vocab_size)
        count, total = jnp.zeros(queries), jnp.zeros(queries)
        for rank in ranks:
            of_context = self._sum_by(rank, weight)[:queries]
            gram = self._gram_rank(rank, tokens)
            of_gram = self._sum_by(gram, weight)[:queries]
            seen = of_context > 0
            count, total = jnp.where(seen, of_gram, count), jnp.where(seen, of_context, total)
        shape = (rows.shape[0], width + 1)
        cut = rows.shape[1] + 1
        return count.reshape(shape)[:, :cut], total.reshape(shape)[:, :cut]

    def _gram_rank(self, rank: Array, token: Array) -> Array:
        bound = max(len(rank), self.vocab_size + 1)
        if self.order <= 2 and (self.vocab_size + 1) * self.vocab_size <= 4 * len(rank):
            return rank * self.vocab_size + token  # small enough for direct counting
        return dense_rank([(rank, bound), (token, self.vocab_size)])[0]

    def _sum_by(self, rank: Array, weight: Array) -> Array:
        bound = max(4 * len(rank), self.vocab_size + 1)
        return jnp.zeros(bound, weight.dtype).at[rank].add(weight)[rank]

    def identify(self, rows):
        return row_ranks(rows, self.vocab_size), len(rows)

    def validate(self):
        if self.order <= 2 or not self.sample_smoothed:
            return super().validate()
        told = "NGram sample_smoothed works only at order 1 or 2: set model.order=2."
        return [*super().validate(), told]
