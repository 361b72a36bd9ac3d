"""Regimes: what the next generation trains on. Names as in docs/regimes.md.

A regime lays out the pool (``start``), reads it before a fit (``select``) and writes the judged
rows into it (``absorb``). All mixes fill n slots, so that arms compare at equal volume: the
first round(share n) of them hold real rows, the rest the rows the judge kept.
"""

from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.schedule import Schedule, share_mistakes, value_at
from collapse.selection import compact, largest
from collapse.types import Pool


class Regime(eqx.Module):
    """What the next generation trains on."""

    def start(self, real: Pool, generations: int) -> Pool:
        """The pool before generation 1; ``real`` has n rows."""
        return real

    def select(self, key: Array, pool: Pool, t: Array) -> Pool:
        """The training data of generation t."""
        return pool

    @abstractmethod
    def absorb(self, key: Array, pool: Pool, fresh: Pool, truth, sampler, t: Array) -> Pool:
        """The pool after generation t, whose judged rows are ``fresh``."""

    def extend(self, pool: Pool, n: int, generations: int) -> Pool:
        """The same pool laid out for a longer run."""
        return pool

    def mistakes(self) -> list[str]:
        return []


class Replace(Regime):
    """Only the rows of the last generation (fully synthetic loop, Alemohammad et al. 2024)."""

    def absorb(self, key, pool, fresh, truth, sampler, t):
        return fresh


class Accumulate(Regime):
    """All real rows and every generation since (Gerstgrasser et al. 2024)."""

    def start(self, real, generations):
        return _slots(real, len(real.mass) * (generations + 1))

    def absorb(self, key, pool, fresh, truth, sampler, t):
        slot = t * len(fresh.mass)
        return jax.tree.map(
            lambda all, new: jax.lax.dynamic_update_slice_in_dim(all, new, slot, 0), pool, fresh
        )

    def extend(self, pool, n, generations):
        return _slots(pool, n * (generations + 1))


class AccumulateSubsample(Accumulate):
    """n rows drawn without replacement from everything so far (Kazdan et al. 2025)."""

    n: int = eqx.field(static=True, default=0)  # filled in by ``prepare``

    def meet(self, arm) -> "AccumulateSubsample":
        return AccumulateSubsample(arm.n)

    def select(self, key, pool, t):
        filled = pool.weight > 0
        bits = jax.random.bits(key, filled.shape, jnp.uint32) | 1
        chosen = largest(jnp.where(filled, bits, 0), jnp.asarray(self.n)) & filled
        return compact(chosen, pool, self.n)


class _Mix(Regime):
    """Base of the mixes: n slots, real rows in the first of them."""

    share: Array | float | Schedule = 0.1

    def real_slots(self, n: int, t: Array) -> Array:
        return jnp.arange(n) < jnp.round(value_at(self.share, t) * n)

    def mistakes(self):
        return share_mistakes(type(self).__name__, "share", self.share, zero=True)


class FreshMix(_Mix):
    """A share of NEW real rows every generation (fresh data loop, Alemohammad et al. 2024)."""

    def absorb(self, key, pool, fresh, truth, sampler, t):
        batch = truth.real(key, len(fresh.mass))
        return _merge(self.real_slots(len(fresh.mass), t + 1), _as_rows(batch, fresh, t), fresh)


class FixedRealMix(_Mix):
    """The SAME real rows every generation (synthetic augmentation loop, Alemohammad et al. 2024;
    Bertrand et al. 2024, whose synthetic-to-real ratio is (1 - share) / share)."""

    def start(self, real, generations):
        return _slots(real, 2 * len(real.mass))

    def select(self, key, pool, t):
        real, synthetic = _halves(pool)
        mixed = _merge(self.real_slots(len(real.mass), t), real, synthetic)
        return jax.tree.map(lambda a, b: jnp.where(t <= 1, a, b), real, mixed)

    def absorb(self, key, pool, fresh, truth, sampler, t):
        return jax.tree.map(lambda a, b: jnp.concatenate([a, b]), _halves(pool)[0], fresh)


class RealKeep(FixedRealMix):
    """A random share of the real rows, drawn anew every generation, in place of as many
    synthetic ones (the 10 % arm of Shumailov et al. 2024)."""

    def select(self, key, pool, t):
        real, synthetic = _halves(pool)
        n = len(real.mass)
        taken = self.real_slots(n, t)
        chosen = largest(jax.random.bits(key, (n,), jnp.uint32), taken.sum())
        mixed = _merge(taken, compact(chosen, real, n), synthetic)
        return jax.tree.map(lambda a, b: jnp.where(t <= 1, a, b), real, mixed)


def _slots(pool: Pool, size: int) -> Pool:
    """The pool in the first of ``size`` slots, the rest empty."""
    return jax.tree.map(
        lambda x: jnp.zeros((size, *x.shape[1:]), x.dtype).at[: len(x)].set(x), pool
    )


def _halves(pool: Pool) -> tuple[Pool, Pool]:
    n = len(pool.mass) // 2
    return jax.tree.map(lambda x: x[:n], pool), jax.tree.map(lambda x: x[n:], pool)


def _merge(real_slots: Array, real: Pool, kept: Pool) -> Pool:
    """Real rows in their slots, and the first kept rows behind them."""
    count = real_slots.sum()

    def merge(x, y):
        mask = real_slots.reshape(-1, *[1] * (x.ndim - 1))
        return jnp.where(mask, x, jnp.roll(y, count, axis=0))

    return jax.tree.map(merge, real, kept)


def _as_rows(batch, like: Pool, t: Array) -> Pool:
    """A batch of real data in the form of pool rows: unjudged, so of weight 1 and no reward."""
    one, zero = jnp.ones_like(like.weight), jnp.zeros_like(like.reward)
    notes = jax.tree.map(jnp.zeros_like, like.notes)
    born = jnp.full_like(like.born, t)
    return Pool(batch.rows, batch.mass, one, zero, batch.source, born, notes)
