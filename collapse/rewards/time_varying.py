"""Time-varying and corrupted rewards: drifting, randomly flipped, or averaged over both orders."""

from dataclasses import KW_ONLY
from typing import final

import jax
import jax.numpy as jnp
from jax import Array

from collapse.numerics.pytree import replace
from collapse.part import at_least, register, within
from collapse.rewards.base import Reward, Wrapper
from collapse.schedule import Schedule, value_at


@register("flipped", "another reward with its sign flipped at random")
@final
class Flipped(Wrapper):
    """The negated reward with probability ``chance``, drawn once for each group of candidates (each
    item, if the judge does not compare items): a share of curators who prefer the worse (Wei and
    Zhang 2025). A Bradley-Terry judge then drifts 1 - 2 chance times as fast."""

    random = True

    _: KW_ONLY
    chance: Array | float | Schedule = within("[0, 1]", default=0.1)

    def score(self, key, view):
        reward_key, flip_key = jax.random.split(key)
        reward = view.grouped(self.reward.score(reward_key, view))
        chance = value_at(self.chance, view.t)
        flipped = jax.random.uniform(flip_key, (len(reward), 1)) < chance
        return jnp.where(flipped, -reward, reward).ravel()


@register("drift", "gradual change from one reward to another")
@final
class Drift(Wrapper):
    """Gradual change from ``reward`` to ``towards``. The share of the latter is ``speed`` times the
    generation, or the value of a ``Schedule``, and never above 1."""

    _: KW_ONLY
    towards: Reward
    speed: Array | float | Schedule = at_least(0, default=0.1)

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


@register("swap-averaged", "mean of another reward over both orders of a group")
@final
class SwapAveraged(Wrapper):
    """The mean of the rewards in the given and in the reverse order of each group: a position bonus
    is then the same for both candidates of a pair."""

    def score(self, key, view):
        forth, back = jax.random.split(key)

        def reverse(x):
            return view.grouped(x)[:, ::-1].reshape(x.shape)

        swapped = replace(view, batch=jax.tree.map(reverse, view.batch))
        return (self.reward.score(forth, view) + reverse(self.reward.score(back, swapped))) / 2
