"""Categorical distributions; refitting to own samples is haploid Wright-Fisher drift."""

from dataclasses import KW_ONLY
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
from equinox import AbstractVar
from jax import Array

from collapse.items import Items
from collapse.metrics.formulas import entropy, gini, total_variation
from collapse.models.base import Model
from collapse.numerics.grouping import multiply_high, rising_ends
from collapse.numerics.prng import many_bits
from collapse.numerics.pytree import replace
from collapse.part import Numbers, array, register, whole
from collapse.samplers.base import TokenSampler, reshape
from collapse.types import Summary


class Shares(Summary):
    """Relative frequency of each outcome."""

    p: Array  # (m, K)

    def merged(self, count):
        total = count @ self.p
        return Shares((total / jnp.where(total.sum() > 0, total.sum(), 1))[None])


class Outcomes(Model):
    """Base class of distributions over outcomes 0..K-1 with probabilities ``p`` (K,)."""

    tokens = True  # an outcome is a row of one token
    summarised = True

    p: AbstractVar[Array]
    keeps_rows: AbstractVar[bool]

    @property
    def support_size(self) -> Array:
        return (self.p > 0).sum()

    def diversity(self) -> tuple[Array, Array, Array]:
        """Shannon entropy in nats, number of remaining outcomes, and heterozygosity 1 - sum p^2."""
        p = self.p
        return entropy(p), (p > 0).sum().astype(p.dtype), gini(p)

    def gives(self):
        return Items("outcomes", {"outcomes": len(self.p)})

    def fit(self, key, pool):
        if isinstance(pool.rows, Shares):
            return Categorical(pool.rows.merged(pool.count).p[0], keeps_rows=self.keeps_rows)
        size = len(self.p)
        if pool.kind == "items" and self.keeps_rows:
            filled = (pool.weight > 0).sum().astype(jnp.uint32)
            return Resampled(pool.rows, filled, size, self.p.dtype)
        counts = jnp.zeros(size, self.p.dtype).at[pool.rows].add(pool.count)
        return Categorical(counts / counts.sum(), keeps_rows=self.keeps_rows)

    def reshaped(self, sampler):
        if not isinstance(sampler, TokenSampler):
            return super().reshaped(sampler)
        return Categorical(reshape(self.p, sampler), keeps_rows=self.keeps_rows)

    def support(self):
        return jnp.arange(len(self.p), dtype=jnp.int32), self.p

    def summary(self, noise, count):
        """Multinomial counts divided by their total."""
        return Shares(multinomial(noise, count, self.p)[None] / jnp.maximum(count, 1))

    def kept(self, key, count, chance):
        """The summary of ``count`` kept items, each kept with the ``chance`` (K,) of its outcome:
        multinomial counts of the tilted law p chance / sum(p chance)."""
        return replace(self, p=self.p * chance).summary(key, count)

    def summary_pays(self, count):
        return count > 64 * len(self.p)

    def sample(self, key, n, sampler=None):
        p = self.p if sampler is None else reshape(self.p, sampler)
        ends = rising_ends(p, jnp.cumsum(p))
        drawn = jnp.searchsorted(ends, jax.random.uniform(key, (n,)) * ends[-1], side="right")
        # Clipped to the last outcome of positive probability, as a uniform can be rounded up to 1.
        last = len(p) - 1 - jnp.argmax(p[::-1] > 0)
        return jnp.minimum(drawn, last).astype(jnp.int32)

    def log_prob(self, rows):
        return jnp.log(self.p)[rows]

    @property
    def net(self) -> Array:
        """(K,) logits."""
        return logits(self.p)

    def with_params(self, net):
        return Categorical(jax.nn.softmax(net), keeps_rows=self.keeps_rows)

    def log_prob_at(self, net, rows):
        return jax.nn.log_softmax(net)[rows]

    def identify(self, rows):
        return rows, len(self.p)

    def kl(self, other: "Outcomes") -> Array:
        """KL(self || other) in nats; +inf if ``other`` has lost an outcome of self."""
        ratio = jnp.log(jnp.where(self.p > 0, self.p, 1)) - jnp.log(other.p)
        return jnp.where(self.p > 0, self.p * ratio, 0).sum()

    def total_variation(self, other: "Outcomes") -> Array:
        """Total variation distance: half the sum of absolute differences, in [0, 1]."""
        return total_variation(self.p, other.p)


@register("categorical", "categorical distribution over K outcomes")
@final
class Categorical(Outcomes):
    """Categorical distribution over K outcomes; items are outcome numbers 0..K-1.

    Field: p (K,), probabilities that sum to 1.
    """

    p: Numbers = array(0)
    _: KW_ONLY
    keeps_rows: bool = eqx.field(
        static=True, default=False
    )  # fitted as ``Resampled``: see ``bind``

    def bind(self, arm):
        """Fits keep the training rows (``Resampled``) if all of them have equal weight and fill the
        first slots, that is, if no judge leaves slots empty."""
        refits = arm.learner.refits and arm.regime.real_start
        kept = refits and arm.judge.keeps_all and arm.regime.even
        return Categorical(self.p, keeps_rows=kept)

    def validate(self):
        p = jnp.asarray(self.p)
        if p.ndim != 1 or len(p) < 2:
            return ["Categorical p must be a list of at least 2 probabilities."]
        if bool((p < 0).any()) or abs(float(p.sum()) - 1) > 1e-3:
            return [f"Categorical p must be >= 0 and sum to 1; it sums to {float(p.sum()):.6g}."]
        return []


class Resampled(Outcomes):
    """The empirical distribution of whole rows of equal weight: a random row is a draw from it for
    any K, and no table of K probabilities is stored.

    Fields: rows (n,) of which the first ``filled`` count; size, K.
    """

    rows: Array
    filled: Array
    size: int = eqx.field(static=True)
    dtype: Any = eqx.field(static=True)  # of the probabilities
    keeps_rows: bool = eqx.field(static=True, default=True)

    def counts(self) -> Array:
        """(K,) counts of the outcomes."""
        counted = jnp.arange(len(self.rows), dtype=jnp.uint32) < self.filled
        return jnp.zeros(self.size, jnp.int32).at[self.rows].add(counted.astype(jnp.int32))

    @property
    def p(self) -> Array:
        return self.counts().astype(self.dtype) / self.filled.astype(self.dtype)

    def diversity(self):
        """As in ``Outcomes``, but summed over rows and not over outcomes: a row of an outcome with
        c of n rows adds -ln(c / n) / n to the entropy and 1 / c to the support."""
        counted = jnp.arange(len(self.rows), dtype=jnp.uint32) < self.filled
        own = jnp.maximum(self.counts()[self.rows], 1).astype(self.dtype)
        n = self.filled.astype(self.dtype)
        entropy = jnp.where(counted, jnp.log(n) - jnp.log(own), 0).sum() / n
        support = jnp.round(jnp.where(counted, 1 / own, 0).sum())
        return entropy, support, 1 - jnp.where(counted, own / n, 0).sum() / n

    def sample(self, key, n, sampler=None):
        if sampler is not None:
            return super().sample(key, n, sampler)
        return self.rows[multiply_high(many_bits(key, n), self.filled)]


def logits(p: Array) -> Array:
    """ln p; for a lost outcome a number so low that no gradient brings it back, but whose square is
    finite (``pytree.all_in_range``)."""
    return jnp.where(p > 0, jnp.log(jnp.where(p > 0, p, 1)), -1e18)


def multinomial(key: Array, count: Array, p: Array) -> Array:
    """(K,) multinomial counts of ``count`` draws. The set of outcomes is halved repeatedly and
    counts are split by binomial draws, so that each level is one vectorised draw."""
    levels = max(len(p) - 1, 1).bit_length()
    tree = [jnp.pad(p, (0, (1 << levels) - len(p)))]
    for _ in range(levels):
        tree.append(tree[-1].reshape(-1, 2).sum(1))
    counts = jnp.broadcast_to(jnp.asarray(count, p.dtype), 1)
    for level in reversed(range(levels)):
        left, both = tree[level][::2], tree[level + 1]
        chance = jnp.clip(left / jnp.where(both > 0, both, 1), 0, 1)
        chance = jnp.where((tree[level][1::2] > 0) | (left == 0), chance, 1)
        first = jax.random.binomial(jax.random.fold_in(key, level), counts, chance)
        counts = jnp.stack([first, counts - first], axis=1).reshape(-1)
    return counts[: len(p)]


def zipf(size: int, exponent: float = 1.0) -> Categorical:
    """Zipf's law: p_i proportional to i^-exponent, i = 1..size."""
    p = jnp.arange(1, whole("size", size, 2) + 1) ** -float(exponent)
    return Categorical(p / p.sum())


def zipf_mandelbrot(size: int, exponent: float = 1.0, shift: float = 2.7) -> Categorical:
    """Zipf-Mandelbrot: p_i proportional to (i + shift)^-exponent, i = 1..size (Mandelbrot 1953).
    The defaults and (2, 5) are the vocabularies of Suresh et al. (2024), as in their code."""
    p = (jnp.arange(1, whole("size", size, 2) + 1) + shift) ** -float(exponent)
    return Categorical(p / p.sum())


def uniform(size: int) -> Categorical:
    """Uniform distribution: p_i = 1 / size (Kazdan et al. 2025)."""
    return Categorical(jnp.full(whole("size", size, 2), 1 / size))


def geometric(size: int, ratio: float) -> Categorical:
    """Truncated geometric distribution: p_i proportional to ratio^i, i = 1..size."""
    p = float(ratio) ** jnp.arange(whole("size", size, 2))
    return Categorical(p / p.sum())
