"""Regimes with several generators: the past models of one chain, or a population of models."""

from dataclasses import KW_ONLY
from typing import Any, final

import jax
import jax.numpy as jnp

from collapse.numerics.pytree import replace
from collapse.part import Numbers, register, within
from collapse.regimes.base import Regime, halves, in_slots, joined, where
from collapse.types import REAL


@register("past-mixture", "new rows from the truth and all past models")
@final
class PastMixture(Regime):
    """n new rows per generation, each drawn from the truth or one of the past models with equal
    probability: accumulation of generators in place of their data.

    It draws new rows, whereas ``accumulate`` keeps old ones. The mean variance of a Gaussian fit
    with ddof = 0 is the same for both; chains differ more.
    """

    kinds = ("items",)
    judged = False

    def start(self, real, generations, model=None):
        if model is None:
            return real
        past = jax.tree.map(lambda x: jnp.zeros((generations + 1, *x.shape), x.dtype), model)
        return replace(real, past=past)

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None, judged=None):
        past = jax.tree.map(lambda all, new: all.at[t].set(new), pool.past, model)
        which, real_key, own = jax.random.split(key, 3)
        generator = jax.random.randint(which, (self.n,), 0, t + 1)

        def one(i, key):
            return jax.tree.map(lambda x: x[i], past).draw(key, 1, 1, sampler, jnp.array(1.0)).rows

        drawn = jax.vmap(one)(generator, jax.random.split(own, self.n))
        drawn = jax.tree.map(lambda x: x[:, 0], drawn)
        real = truth.real(real_key, self.n)
        is_real = generator == 0
        mix = where(is_real, replace(fresh, rows=real.rows), replace(fresh, rows=drawn))
        one = jnp.ones_like(fresh.weight)
        return replace(
            mix,
            mass=one,
            weight=one,
            reward=jnp.zeros_like(one),
            source=jnp.where(is_real, REAL, 0),
            born=generator.astype(jnp.int32),
            past=past,
        )

    def extend(self, pool, generations):
        def pad(x):
            return jnp.zeros((generations + 1, *x.shape[1:]), x.dtype).at[: len(x)].set(x)

        return replace(pool, past=jax.tree.map(pad, pool.past))


@register("multi-model", "output of several models, with public and private real rows")
@final
class MultiModel(Regime):
    """Fixed real rows, public and private, and the last output of all models of a population (Vu,
    Reeves and Wenger 2025).

    For every member the public rows have total weight (1 - alpha)(1 - beta), its own private rows
    (1 - alpha) beta, and the output of each of the K members alpha / K, however many of its rows a
    judge kept (members without kept rows are left out). Within one source, rows are weighted by the
    judge. The population decides which rows a member may see, by their source: REAL is public, REAL
    - 1 - k private to member k.
    """

    kinds = ("items",)
    even = False
    keeps_real = True

    _: KW_ONLY
    alpha: Numbers = within("[0, 1]", default=0.5)
    beta: Numbers = within("[0, 1]", default=0.5)

    def start(self, real, generations, model=None):
        return in_slots(real, 2 * len(real.mass))

    def select(self, key, pool, t):
        public, synthetic = pool.source == REAL, pool.source > REAL
        alpha = jnp.where(t <= 1, 0, self.alpha)
        # Normalised within each source: a judge may have kept more of one member than of another.
        of = pool.source - pool.source.min()
        total = jnp.zeros(len(of) + 1, pool.weight.dtype).at[of].add(pool.weight)[of]
        part = jnp.where(total > 0, pool.weight / jnp.where(total > 0, total, 1), 0)
        sources = jnp.maximum(jnp.round(jnp.where(synthetic, part, 0).sum()), 1)
        wanted: Any = jnp.where(public, (1 - alpha) * (1 - self.beta), (1 - alpha) * self.beta)
        wanted = jnp.where(synthetic, alpha / sources, wanted)
        each = jnp.where(total > 0, wanted / jnp.where(total > 0, total, 1), 0)
        return replace(pool, weight=pool.weight * each / each.max())

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None, judged=None):
        return joined(halves(pool)[0], fresh)


@register("islands", "populations whose members exchange a share of their output")
@final
class Islands(Regime):
    """The island model (Wright 1931): every member of a population trains on its own output, but
    for a share ``rate`` of its rows, which go to the other members in turn.

    The rows that leave are spread evenly over the kept rows of a member, so that their number is
    fixed: of m kept rows, ``rate`` m, rounded down. No row goes to two members. The population must
    read its "own" output; rate 0 is isolation, and (K - 1) / K with K members a full mixture.
    """

    kinds = ("items",)
    stale = False

    rate: Numbers = within("[0, 1]", default=0.1)

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None, judged=None):
        members, own, kept = len(model), fresh.source, fresh.weight > 0
        of = jax.nn.one_hot(own, members, dtype=jnp.int32) * kept[:, None]
        rank = jnp.take_along_axis(jnp.cumsum(of, axis=0), own[:, None], 1)[:, 0]  # from 1 on
        left = lambda rows: jnp.floor(rows * self.rate + 1e-3).astype(own.dtype)  # noqa: E731
        before = left(rank - 1)
        goal = (own + 1 + before % (members - 1)) % members
        leaves = kept & (left(rank) > before)
        return replace(fresh, source=jnp.where(leaves, goal, own))

    def check_compatible(self, arm):
        errors, members = super().check_compatible(arm), arm.model.members
        if len(members) < 2 or arm.model.reads != "own":
            errors.append(
                "Islands needs a Population of at least two members that read their own output:"
                ' Population.of(members, reads="own").'
            )
        return errors
