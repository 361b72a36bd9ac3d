"""Regimes that mix real rows with model output.

All mixes fill n slots, so that arms are compared at equal volume. The first round(share n) slots
hold real rows, the others the rows that the judge kept. If it kept fewer, slots stay empty: the
number of real rows is fixed, and their share rises. ``WeightedFreshMix`` fixes their share of the
weight instead. Generation 1 trains on n real rows.
"""

from dataclasses import KW_ONLY
from typing import final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.numerics.pytree import replace
from collapse.numerics.top_k import compact, largest
from collapse.part import Numbers, register, within
from collapse.regimes.base import (
    Regime,
    halves,
    in_slots,
    joined,
    merged,
    mixed,
    real_rows,
    scaled,
    where,
)
from collapse.schedule import Schedule, value_at


class _Mix(Regime):
    """Base class of the mixes. ``real_count`` is the number of real rows in the training set of
    generation t."""

    stale = False

    share: Array | float | Schedule = within("[0, 1]", default=0.1)

    def real_count(self, t: Array) -> Array:
        # n may be beyond 32 bits, or an array
        return jnp.round(value_at(self.share, t) * jnp.asarray(self.n, float))

    def taken(self, t):
        return jnp.asarray(self.n, float) - self.real_count(t + 1)

    def least(self, generations):
        if isinstance(self.share, Schedule):
            every = jax.vmap(self.real_count)(jnp.arange(generations + 1))
        else:
            every = self.real_count(0)
        counts = np.unique(every).tolist()
        return int(min(x for c in counts for x in (c, self.n - c, self.n) if x > 0))


@register("fresh-mix", "model output and new real rows in every generation")
@final
class FreshMix(_Mix):
    """A share of NEW real rows every generation (fresh data loop, Alemohammad et al. 2024)."""

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None, judged=None):
        count = self.real_count(t + 1)
        return mixed(real_rows(key, truth, sampler, fresh, count, t, judged), fresh, count)


@register("weighted-fresh-mix", "model output and new real rows at fixed total weights")
@final
class WeightedFreshMix(_Mix):
    """New real rows with total weight ``weight`` and model output with total weight 1 - ``weight``,
    whatever their numbers (He et al. 2025). Real rows keep this share of the total weight however
    few rows a judge keeps and however small their weights."""

    even = False

    _: KW_ONLY
    weight: Numbers = within("(0, 1]", default=0.5)

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None, judged=None):
        count = self.real_count(t + 1)
        real = real_rows(key, truth, sampler, fresh, count, t, judged)
        if fresh.kind != "items":
            of_real, of_synthetic = self.factors(real.count.sum(), fresh.count.sum())
            return merged(scaled(real, of_real), scaled(fresh, of_synthetic))
        mix = mixed(real, fresh, count)
        is_real = jnp.arange(self.n) < count
        of_real, of_synthetic = self.factors(
            jnp.where(is_real, mix.weight, 0).sum(), jnp.where(is_real, 0, mix.weight).sum()
        )
        return replace(mix, weight=mix.weight * jnp.where(is_real, of_real, of_synthetic))

    def factors(self, real: Array, synthetic: Array) -> Array:
        """(2,) factors for the weights of real and of synthetic rows, given their total weights
        ``real`` and ``synthetic``; none is above 1. If there are no rows of one kind, the other has
        all the weight."""
        totals = jnp.stack([real, synthetic])
        wanted = jnp.stack([self.weight, 1 - self.weight])
        each = jnp.where(totals > 0, wanted / jnp.where(totals > 0, totals, 1), 0)
        return each / jnp.where(each.max() > 0, each.max(), 1)

    def validate(self):
        errors = super().validate()
        counts = [float(self.real_count(jnp.array(1)))] if self.n else []
        if any(not 0 < count < self.n for count in counts):
            errors.append(f"WeightedFreshMix needs both real and synthetic rows, of n = {self.n}.")
        return errors


@register(
    "fresh-mix-population", "each row new and real with probability share, else from the model"
)
@final
class FreshMixPopulation(_Mix):
    """n rows of the mixture share P + (1 - share) P_t: each row is new and real with probability
    ``share``, else it comes from the model (migration; From Collapse to Improvement, 2026)."""

    kinds = ("items", "support")

    def taken(self, t):
        return jnp.array(float(self.n))  # any slot may hold a row of the model

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None, judged=None):
        rows, chance = jax.random.split(key)
        share = value_at(self.share, t + 1)
        real = real_rows(rows, truth, sampler, fresh, share * self.n, t, judged)
        if fresh.kind != "items":
            return merged(real, scaled(fresh, 1 - share))
        return where(jax.random.uniform(chance, (self.n,)) < share, real, fresh)


class RealRows(_Mix):
    """Base class of mixes that use the initial real rows again: the first half of the pool holds
    them, the second half the last model output."""

    kinds = ("items", "support")
    keeps_real = True

    def start(self, real, generations, model=None):
        return in_slots(real, 2 * len(real.mass))

    def select(self, key, pool, t):
        real, synthetic = halves(pool)
        count = self.real_count(t)
        if pool.kind == "items":
            mix = mixed(self.chosen(key, real, count), synthetic, count)
        else:
            mix = merged(scaled(real, count / self.n), synthetic)
        return where(t <= 1, real, mix)

    def chosen(self, key: Array, real, count: Array):
        """The real rows in the order of use, of which the first ``count`` are; here as they are."""
        return real

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None, judged=None):
        return joined(halves(pool)[0], fresh)


@register("fixed-real-mix", "model output and the same real rows in every generation")
@final
class FixedRealMix(RealRows):
    """The SAME real rows every generation (synthetic augmentation loop, Alemohammad et al. 2024;
    Bertrand et al. 2024, whose synthetic-to-real ratio is (1 - share) / share)."""


@register("real-keep", "model output and a random part of the initial real rows")
@final
class RealKeep(RealRows):
    """A random share of the initial real rows, drawn anew every generation, which replaces as many
    synthetic rows (the 10 % arm of Shumailov et al. 2024)."""

    def chosen(self, key, real, count):
        drawn = largest(jax.random.bits(key, (self.n,), jnp.uint32), count.astype(jnp.int32))
        return compact(drawn, real, self.n)
