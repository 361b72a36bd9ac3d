"""Regimes that mix real rows into what the model said.

All mixes fill n slots, so that arms compare at equal volume: the first round(share n) of them
hold real rows, the rest the rows the judge kept. Generation 1 trains on n real rows.
"""

import jax
import jax.numpy as jnp
from jax import Array

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
from collapse.schedule import Schedule, share_mistakes, value_at
from collapse.selection import compact, largest
from collapse.trees import change


class _Mix(Regime):
    """Base of the mixes. ``real_count`` is of the training set of generation t."""

    stale = False

    share: Array | float | Schedule = 0.1

    def real_count(self, t: Array) -> Array:
        return jnp.round(value_at(self.share, t) * self.n)

    def taken(self, t):
        return self.n - self.real_count(t + 1)

    def least(self, generations):
        every = jax.vmap(self.real_count)(jnp.arange(generations + 1))
        counts = jnp.unique(every).tolist()
        return int(min(x for c in counts for x in (c, self.n - c, self.n) if x > 0))

    def mistakes(self):
        return share_mistakes(type(self).__name__, "share", self.share, zero=True)


class FreshMix(_Mix):
    """A share of NEW real rows every generation (fresh data loop, Alemohammad et al. 2024)."""

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None):
        count = self.real_count(t + 1)
        return mixed(real_rows(key, truth, sampler, fresh, count, t), fresh, count)


class WeightedFreshMix(_Mix):
    """New real rows, which share the weight ``weight`` among them, and what the model said, which
    shares the rest, whatever their numbers (He et al. 2025)."""

    even = False

    weight: Array | float = 0.5

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None):
        count = self.real_count(t + 1)
        real = real_rows(key, truth, sampler, fresh, count, t)
        each = jnp.stack([self.weight, 1 - self.weight]) / jnp.stack([count, self.n - count])
        own, other = each / each.max()  # no weight above 1
        if fresh.kind != "items":
            return merged(scaled(real, own), scaled(fresh, other))
        real = change(real, weight=real.weight * own)
        return mixed(real, change(fresh, weight=fresh.weight * other), count)

    def mistakes(self):
        wrong = super().mistakes() + share_mistakes("WeightedFreshMix", "weight", self.weight)
        counts = [float(self.real_count(jnp.array(1)))] if self.n else []
        if any(not 0 < count < self.n for count in counts):
            wrong.append(f"WeightedFreshMix needs real and synthetic rows both, of n = {self.n}.")
        return wrong


class FreshMixPopulation(_Mix):
    """n rows of the mixture share P + (1 - share) P_t: each row new and real by chance, the others
    said by the model (migration; From Collapse to Improvement, 2026)."""

    kinds = ("items", "support")

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None):
        rows, chance = jax.random.split(key)
        share = value_at(self.share, t + 1)
        real = real_rows(rows, truth, sampler, fresh, share * self.n, t)
        if fresh.kind != "items":
            return merged(real, fresh)
        return where(jax.random.uniform(chance, (self.n,)) < share, real, fresh)


class FixedRealMix(_Mix):
    """The SAME real rows every generation (synthetic augmentation loop, Alemohammad et al. 2024;
    Bertrand et al. 2024, whose synthetic-to-real ratio is (1 - share) / share)."""

    kinds = ("items", "support")

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
        """The real rows in the order in which they are used."""
        return real

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None):
        return joined(halves(pool)[0], fresh)


class RealKeep(FixedRealMix):
    """A random share of the real rows, drawn anew every generation, in place of as many
    synthetic ones (the 10 % arm of Shumailov et al. 2024)."""

    def chosen(self, key, real, count):
        drawn = largest(jax.random.bits(key, (self.n,), jnp.uint32), count.astype(jnp.int32))
        return compact(drawn, real, self.n)
