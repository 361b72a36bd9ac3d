"""Rewards that do not hold still: flipped, drifting, or averaged over two orders."""

from dataclasses import KW_ONLY
from typing import final

import jax
import jax.numpy as jnp
from jax import Array

from collapse.numerics.pytree import replace
from collapse.part import register
from collapse.rewards.base import Reward, Wrapper
from collapse.schedule import Schedule, all_values, share_errors, value_at


@register("flipped", "the opposite of another, by chance")
@final
class Flipped(Wrapper):
    """The opposite reward with probability ``chance``, decided once for each group of candidates
    (each item, where the judge compares none): a share of curators who prefer the worse (Wei and
    Zhang 2025). A Bradley-Terry judge then drifts 1 - 2 chance times as fast."""

    random = True

    _: KW_ONLY
    chance: Array | float | Schedule = 0.1

    def score(self, key, view):
        inner, own = jax.random.split(key)
        reward = view.grouped(self.reward.score(inner, view))
        chance = value_at(self.chance, view.t)
        flipped = jax.random.uniform(own, (len(reward), 1)) < chance
        return jnp.where(flipped, -reward, reward).ravel()

    def validate(self):
        return share_errors("Flipped", "chance", self.chance, zero=True)


@register("drift", "a taste that moves to another")
@final
class Drift(Wrapper):
    """A taste that moves from ``reward`` to ``towards``: the share of the latter is ``speed`` times
    the generation, or a ``Schedule``'s, and never above 1."""

    _: KW_ONLY
    towards: Reward
    speed: Array | float | Schedule = 0.1

    @property
    def uses_truth(self):
        return self.reward.uses_truth or self.towards.uses_truth

    def score(self, key, view):
        scheduled = isinstance(self.speed, Schedule)
        share = value_at(self.speed, view.t) if scheduled else self.speed * view.t
        share = jnp.clip(share, 0, 1)
        keys = jax.random.split(key)
        before, after = self.reward.score(keys[0], view), self.towards.score(keys[1], view)
        return (1 - share) * before + share * after

    def validate(self):
        if min(all_values(self.speed)) < 0:
            return ["Drift speed must be at least 0."]
        return []


@register("swap-averaged", "the mean of both orders")
@final
class SwapAveraged(Wrapper):
    """The mean of the rewards in the order given and in the reverse order of each group: what a
    liking for a place adds is the same for both of a pair, and so favours neither."""

    def score(self, key, view):
        forth, back = jax.random.split(key)

        def reverse(x):
            return view.grouped(x)[:, ::-1].reshape(x.shape)

        swapped = replace(view, batch=jax.tree.map(reverse, view.batch))
        return (self.reward.score(forth, view) + reverse(self.reward.score(back, swapped))) / 2
