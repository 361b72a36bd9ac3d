"""Regimes built from model output: the last generation, all generations, or a part of each."""

from typing import final

import jax
import jax.numpy as jnp
from jax import Array

from collapse.numerics.pytree import replace
from collapse.numerics.subset import random_subset
from collapse.numerics.top_k import compact, largest
from collapse.part import Numbers, register, within
from collapse.regimes.base import Regime, in_slots, merged, mixed, real_rows, scaled
from collapse.schedule import Schedule, value_at


@register("replace", "only the last generation")
@final
class Replace(Regime):
    """Only the rows of the last generation (fully synthetic loop, Alemohammad et al. 2024)."""

    stale = False

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None, judged=None):
        return fresh


class Growing(Regime):
    """Base class of regimes whose pool grows: generation t fills the slots from t n on."""

    def start(self, real, generations, model=None):
        return self.extend(real, generations)

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None, judged=None):
        if fresh.kind != "items":
            return merged(pool, fresh)
        slot = t * len(fresh.mass)
        return jax.tree.map(
            lambda all, new: jax.lax.dynamic_update_slice_in_dim(all, new, slot, 0), pool, fresh
        )

    def extend(self, pool, generations):
        return pool if pool.kind != "items" else in_slots(pool, self.n * (generations + 1))


@register("accumulate", "real data and all generations so far")
@final
class Accumulate(Growing):
    """All real rows and every generation since (Gerstgrasser et al. 2024)."""


@register("accumulate-subsample", "n random rows of real data and all generations")
@final
class AccumulateSubsample(Growing):
    """n rows drawn without replacement from the real rows and all generations so far (Kazdan et al.
    2025). In exact mode (infinitely many rows) all of them are used."""

    kinds = ("items", "support")

    def select(self, key, pool, t):
        if pool.kind != "items":
            return pool
        begun = self.n * jnp.maximum(t, 1)  # slots of the generations so far, which come first
        chosen = random_subset(key, pool.weight > 0, begun, self.n)
        return jax.tree.map(lambda x: x.at[chosen].get(mode="fill", fill_value=0), pool)


@register("balanced", "equal parts of real data and all generations")
@final
class Balanced(Growing):
    """n rows, split as equally as n allows between the real data and each generation so far
    (Briesch et al. 2023). Of each generation the rows kept first are used. If a generation kept
    fewer rows than its part, slots stay empty. In exact mode each generation has equal weight,
    however few rows were kept."""

    kinds = ("items", "support")

    def select(self, key, pool, t):
        if pool.kind != "items":
            return pool
        born, place = jnp.divmod(jnp.arange(len(pool.mass)), self.n)
        parts = jnp.maximum(t, 1)  # generation t trains on generations 0 .. t - 1
        part = (born + 1) * self.n // parts - born * self.n // parts
        chosen = (born < parts) & (place < part) & (pool.weight > 0)
        return compact(chosen, pool, self.n)

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None, judged=None):
        if fresh.kind != "items":
            kept = fresh.mass.sum()
            fresh = scaled(fresh, self.n / jnp.where(kept > 0, kept, 1))
        return super().absorb(key, pool, fresh, truth, sampler, t)


@register("replace-multiple", "t n rows of the last model")
@final
class ReplaceMultiple(Regime):
    """(t + 1) n rows of model t: as many rows as ``accumulate`` holds, but all from the last
    generation (Gerstgrasser et al. 2024, appendix E)."""

    stale = False

    def slots(self, generations):
        return self.n * max(generations, 1)

    def taken(self, t):
        return self.n * (t + 1.0)

    def start(self, real, generations, model=None):
        return self.extend(real, generations)

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None, judged=None):
        if fresh.kind != "items":
            return fresh
        wanted = jnp.arange(len(fresh.mass)) < self.taken(t)
        return replace(fresh, weight=jnp.where(wanted, fresh.weight, 0))

    def extend(self, pool, generations):
        return pool if pool.kind != "items" else in_slots(pool, self.slots(generations))


@register("incremental", "a share of the training set replaced per generation")
@final
class Incremental(Regime):
    """The last training set, with a random ``share`` of its rows replaced by new ones: round(share
    n) of n rows are new (``share`` is lambda of Briesch et al. 2023). A ``Schedule`` as share edits
    fewer rows each time (Zhu et al. 2024)."""

    kinds = ("items", "support")

    share: Array | float | Schedule = within("(0, 1]", default=0.1)

    def taken(self, t):
        return jnp.round(value_at(self.share, t) * float(self.n))  # n may be beyond 32 bits

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None, judged=None):
        stay = float(self.n) - self.taken(t)
        if fresh.kind != "items":
            return merged(scaled(pool, stay / self.n), fresh)
        chosen = largest(jax.random.bits(key, (self.n,), jnp.uint32), stay.astype(jnp.int32))
        return mixed(compact(chosen, pool, self.n), fresh, stay)


@register("expanding", "all data so far, plus synthetic and new real rows")
@final
class Expanding(Growing):
    """The training set grows by n rows per generation: round(share n) synthetic rows and n -
    round(share n) new real rows (``share`` is lambda of Briesch et al. 2023)."""

    share: Numbers = within("[0, 1]", default=0.9)

    def taken(self, t):
        return jnp.round(self.share * jnp.asarray(self.n, float))

    def least(self, generations):
        synthetic = round(float(self.share) * self.n)
        return min(x for x in (synthetic, self.n - synthetic, self.n) if x > 0)

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None, judged=None):
        synthetic = self.taken(t)
        real = real_rows(key, truth, sampler, fresh, self.n - synthetic, t, judged)
        return super().absorb(key, pool, mixed(fresh, real, synthetic), truth, sampler, t)
