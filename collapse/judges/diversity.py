"""Diversity-aware judges, which score a group of candidates as a whole.

Notation: of every k candidates ``keep`` are kept. These judges have no exact form, since whether an
outcome is kept depends on the other candidates of its group.
"""

from collections.abc import Callable
from dataclasses import KW_ONLY
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.errors import UserError
from collapse.judges.policies import _Expecting, _Scored
from collapse.numerics.top_k import mass_around
from collapse.part import Numbers, register, within
from collapse.rewards.base import Reward

MOST = 100_000  # largest number of subsets of a group that are enumerated


def alike(items: Array) -> Array:
    """Similarity of items, (k, ...) -> (k, k) in [0, 1]: equality for outcomes, the share of equal
    positions for token rows, exp(-distance^2 / 2) for points."""
    if jnp.issubdtype(items.dtype, jnp.integer):
        same = items[:, None] == items[None]
        return same.reshape(*same.shape[:2], -1).mean(-1)
    difference = items[:, None] - items[None]
    return jnp.exp(-(difference.reshape(*difference.shape[:2], -1) ** 2).sum(-1) / 2)


class _Group(_Scored):
    """Base class of judges that keep ``keep`` of every ``k``; ``similarity`` is a JAX function of
    the items of a group, (k, ...) -> (k, k)."""

    _: KW_ONLY
    k: int = eqx.field(static=True, default=8)
    keep: int = eqx.field(static=True, default=2)
    similarity: Callable = eqx.field(static=True, default=alike)

    if TYPE_CHECKING:  # the reward needs no name: see ``placed``

        def __init__(
            self,
            first: Reward = ...,
            /,
            *,
            reward: Reward = ...,
            k: int = ...,
            keep: int = ...,
            similarity: Callable = ...,
        ) -> None: ...

    @property
    def share(self):
        return self.keep / self.k

    @property
    def group(self):
        return self.k

    def similarities(self, view) -> Array:
        """(groups, k, k) similarities within each group."""
        return jax.vmap(self.similarity)(view.grouped(view.items))

    def expect(self, view, reward):
        name = type(self).__name__
        raise UserError(f"{name} has no exact form: use a sampler that draws items, such as Plain.")

    def validate(self):
        errors = super().validate()
        if not 1 <= self.keep <= self.k:
            errors.append(
                f"{type(self).__name__} keep must lie in 1 .. k = {self.k}, not {self.keep}."
            )
        return errors


@register("mmr", "maximal marginal relevance within every k")
@final
class MMR(_Group):
    """Maximal marginal relevance (Carbonell and Goldstein 1998): candidates are chosen one by one,
    each with the largest ``trade`` * reward - (1 - trade) * (similarity to the most similar one
    already chosen). ``trade`` = 1 keeps the best, 0 the least similar."""

    _: KW_ONLY
    trade: Numbers = within("[0, 1]", default=0.5)

    def weigh(self, key, view, reward):
        def of_group(reward, similar):
            def pick(carry, _):
                kept, nearest = carry
                value = self.trade * reward - (1 - self.trade) * nearest
                best = jnp.argmax(jnp.where(kept, -jnp.inf, value))
                return (kept.at[best].set(True), jnp.maximum(nearest, similar[best])), None

            start = (jnp.zeros(self.k, bool), jnp.zeros(self.k))
            return jax.lax.scan(pick, start, None, self.keep)[0][0]

        kept = jax.vmap(of_group)(view.grouped(reward), self.similarities(view))
        return kept.ravel().astype(float)


@register("dpp", "determinantal point process within every k")
@final
class DPP(_Group):
    """Determinantal point process of fixed size (Kulesza and Taskar 2011): a set S of a group is
    kept with probability proportional to det L_S, L_ij = q_i q_j s_ij with similarity s and quality
    q = exp(strength * reward). Exact, by enumeration of all sets. Two equal items are kept together
    only if there is no other choice."""

    _: KW_ONLY
    strength: Numbers = 1.0

    def weigh(self, key, view, reward):
        sets = np.array(list(combinations(range(self.k), self.keep)))
        member = np.zeros((len(sets), self.k))
        np.put_along_axis(member, sets, 1.0, axis=1)
        least = 1e-6 * jnp.eye(self.keep)  # so that a group of equal items still keeps some

        def of_group(key, reward, similar):
            dets = jnp.linalg.det(similar[sets[:, :, None], sets[:, None, :]] + least)
            quality = 2 * self.strength * (member @ reward)  # the logarithm of prod q_i^2
            chosen = jax.random.categorical(key, quality + jnp.log(jnp.maximum(dets, 1e-30)))
            return jnp.asarray(member)[chosen]

        groups = view.grouped(reward)
        keys = jax.random.split(key, len(groups))
        return jax.vmap(of_group)(keys, groups, self.similarities(view)).ravel()

    def validate(self):
        errors = super().validate()
        if not errors and comb(self.k, self.keep) > MOST:
            errors.append(
                f"DPP would enumerate {comb(self.k, self.keep):,} sets per group: lower k or keep."
            )
        return errors


@register("shared-reward", "reward divided by the number of equal candidates")
@final
class SharedReward(_Expecting):
    """Keep each item with probability proportional to its reward divided by the number of equal
    candidates (fitness sharing). Whatever the model's distribution, the kept items have
    probabilities proportional to the rewards (the ideal free distribution, Fretwell and Lucas
    1969). Rewards must be positive. ``expected`` is the expected share kept, which sets the number
    of candidates."""

    _: KW_ONLY
    expected: Numbers = within("(0, 1]", default=0.2)

    def weigh(self, key, view, reward):
        number, _ = view.model.identify(view.items)
        equal = mass_around(number, view.batch.mass)[1]  # mass of equal candidates
        each = jnp.maximum(reward, 0) / jnp.where(equal > 0, equal, jnp.inf)
        most = each.max()
        return each / jnp.where(most > 0, most, 1)
