"""Regimes of several generators: the past ones of a single chain, or models side by side."""

from dataclasses import KW_ONLY
from typing import Any, final

import jax
import jax.numpy as jnp

from collapse.numerics.pytree import replace
from collapse.part import Numbers, register
from collapse.regimes.base import Regime, halves, in_slots, joined, where
from collapse.schedule import share_errors
from collapse.types import REAL


@register("past-mixture", "new rows from all past models")
@final
class PastMixture(Regime):
    """n new rows a generation, each drawn from the truth or one of the past models, all equally
    likely: accumulation that keeps generators in place of their data.

    It draws new rows where ``accumulate`` keeps old ones. The mean variance of a Gaussian fit with
    ddof = 0 is the same for both; chains differ more.
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

        said = jax.vmap(one)(generator, jax.random.split(own, self.n))
        said = jax.tree.map(lambda x: x[:, 0], said)
        real = truth.real(real_key, self.n)
        is_real = generator == 0
        mix = where(is_real, replace(fresh, rows=real.rows), replace(fresh, rows=said))
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


@register("multi-model", "what several models said, and real rows")
@final
class MultiModel(Regime):
    """Real rows that stay, public and private, and what all models of a population said last
    (Vu, Reeves and Wenger 2025).

    Every member weighs the public rows with (1 - alpha)(1 - beta) in all, its own private rows
    with (1 - alpha) beta, and what the K members said with alpha / K each, however many rows of it
    a judge kept (of those members of which it kept any). Rows of one source weigh as the judge
    weighed them. Which rows a member may see is the population's business, by their source: REAL
    is public, REAL - 1 - k private to member k.
    """

    kinds = ("items",)
    even = False
    keeps_real = True

    _: KW_ONLY
    alpha: Numbers = 0.5
    beta: Numbers = 0.5

    def start(self, real, generations, model=None):
        return in_slots(real, 2 * len(real.mass))

    def select(self, key, pool, t):
        public, said = pool.source == REAL, pool.source > REAL
        alpha = jnp.where(t <= 1, 0, self.alpha)
        # Of every source by itself: a judge may have kept more of one member than of another.
        of = pool.source - pool.source.min()
        total = jnp.zeros(len(of) + 1, pool.weight.dtype).at[of].add(pool.weight)[of]
        part = jnp.where(total > 0, pool.weight / jnp.where(total > 0, total, 1), 0)
        speakers = jnp.maximum(jnp.round(jnp.where(said, part, 0).sum()), 1)
        wanted: Any = jnp.where(public, (1 - alpha) * (1 - self.beta), (1 - alpha) * self.beta)
        wanted = jnp.where(said, alpha / speakers, wanted)
        each = jnp.where(total > 0, wanted / jnp.where(total > 0, total, 1), 0)
        return replace(pool, weight=pool.weight * each / each.max())

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None, judged=None):
        return joined(halves(pool)[0], fresh)

    def validate(self):
        return share_errors("MultiModel", "alpha", self.alpha, zero=True) + share_errors(
            "MultiModel", "beta", self.beta, zero=True
        )
