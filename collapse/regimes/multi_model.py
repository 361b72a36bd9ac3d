"""Regimes with several generators: the past models of one chain, or a population of models."""

from dataclasses import KW_ONLY
from typing import Any, final

import jax
import jax.numpy as jnp
from jax.scipy.special import logsumexp

from collapse.numerics.pytree import replace
from collapse.part import Numbers, at_least, register, within
from collapse.regimes.base import Regime, halves, in_slots, joined, where
from collapse.types import REAL, is_synthetic


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
        choose_key, real_key, draw_key = jax.random.split(key, 3)
        generator = jax.random.randint(choose_key, (self.n,), 0, t + 1)  # 0: the truth

        def draw_one(i, key):
            return jax.tree.map(lambda x: x[i], past).draw(key, 1, 1, sampler, jnp.array(1.0)).rows

        drawn = jax.vmap(draw_one)(generator, jax.random.split(draw_key, self.n))
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
        public, synthetic = pool.source == REAL, is_synthetic(pool.source)
        alpha = jnp.where(t <= 1, 0, self.alpha)
        # Normalised within each source: a judge may have kept more of one member than of another.
        number = pool.source - pool.source.min()  # of the source, from 0 on
        total = jnp.zeros(len(number) + 1, pool.weight.dtype).at[number].add(pool.weight)[number]
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
        members, home, kept = len(model), fresh.source, fresh.weight > 0
        one_hot = jax.nn.one_hot(home, members, dtype=jnp.int32) * kept[:, None]
        # Among the kept rows of its member, from 1 on.
        rank = jnp.take_along_axis(jnp.cumsum(one_hot, axis=0), home[:, None], 1)[:, 0]
        leaving = lambda rows: jnp.floor(rows * self.rate + 1e-3).astype(home.dtype)  # noqa: E731
        before = leaving(rank - 1)  # number of rows of the member that left before this one
        goal = (home + 1 + before % (members - 1)) % members
        leaves = kept & (leaving(rank) > before)
        return replace(fresh, source=jnp.where(leaves, goal, home))

    def check_compatible(self, arm):
        return super().check_compatible(arm) + lineage_errors(arm, type(self).__name__)


@register("population-selection", "populations whose least fit models are replaced by the fittest")
@final
class PopulationSelection(Regime):
    """Selection between whole models (truncation selection, Jaderberg et al. 2017): of the K
    members of a population, round(``share`` K) of the least fit, but not all, are replaced by the
    fittest in turn.

    A member that is replaced trains on what the fitter one said, all others on their own output.
    The fitness of a member is the mean reward that the judge gave to its kept rows, plus
    ``novelty`` times its distance to the others in nats: the mean of log p_k - log mean_j p_j over
    its rows, its part of the Jensen-Shannon divergence (Lin 1991). That is 0 if all members are the
    same and at most log K.

    Each member trains on n / K rows: those of its own, or of the fitter one, that were kept, in
    turn. The population must read its "own" output.
    """

    kinds = ("items",)
    stale = False

    share: Numbers = within("[0, 1]", default=0.25)
    _: KW_ONLY
    novelty: Numbers = at_least(0, default=0.0)

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None, judged=None):
        members, slots = len(model), len(fresh.weight)
        kept = (fresh.weight > 0)[:, None] & (fresh.source[:, None] == jnp.arange(members))
        number = kept.sum(0)
        parent = self.parents(self.fitness(model, fresh))
        order = jnp.argsort(jnp.where(kept.any(1), fresh.source, members), stable=True)
        member, turn = jnp.arange(slots) % members, jnp.arange(slots) // members
        fitter = parent[member]
        place = (jnp.cumsum(number) - number)[fitter] + turn % jnp.maximum(number[fitter], 1)
        chosen = jax.tree.map(lambda x: x[order[place]], fresh)
        weight = jnp.where(number[fitter] > 0, chosen.weight, 0)
        return replace(chosen, weight=weight, source=member.astype(fresh.source.dtype))

    def fitness(self, model, fresh):
        """(K,) mean reward of the kept rows of each member, and its distance to the others; minus
        infinity for a member of which nothing was kept."""
        log_p = jnp.stack([member.log_prob(fresh.rows) for member in model.members])  # (K, slots)
        own = log_p[fresh.source, jnp.arange(log_p.shape[1])]  # under the member that drew the row
        mixture = logsumexp(log_p, axis=0) - jnp.log(len(log_p))
        distance = jnp.where(own > -jnp.inf, own - mixture, 0)
        gains = jnp.where(fresh.weight > 0, fresh.reward + self.novelty * distance, 0)
        weights = fresh.weight * (fresh.source == jnp.arange(len(log_p))[:, None])
        total = weights.sum(1)
        return jnp.where(total > 0, weights @ gains / jnp.where(total > 0, total, 1), -jnp.inf)

    def parents(self, fitness):
        """(K,) the member whose output each one trains on: itself, or a fitter one."""
        order = jnp.argsort(-fitness, stable=True)
        replaced = jnp.round(self.share * len(order)).astype(order.dtype)
        survivors = jnp.maximum(len(order) - replaced, 1)
        return jnp.zeros_like(order).at[order].set(order[jnp.arange(len(order)) % survivors])

    def check_compatible(self, arm):
        return super().check_compatible(arm) + lineage_errors(arm, type(self).__name__)


def lineage_errors(arm, name: str) -> list[str]:
    """An error sentence if the model of the arm is no population whose members read their own
    output; empty if it is."""
    if len(arm.model.members) > 1 and arm.model.reads == "own":
        return []
    return [
        f"{name} needs a Population of at least two members that read their own output:"
        ' Population.of(members, reads="own").'
    ]
