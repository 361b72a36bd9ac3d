"""A judge for the report card: itself, with an exploit, noise or a bias added to its reward, or
replaced by a random filter."""

from collections.abc import Callable
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from collapse.curve import Curve
from collapse.judges.base import Judge, top_fraction
from collapse.measures.base import Measure
from collapse.numerics.pytree import replace
from collapse.part import Numbers
from collapse.rewards.base import is_text


class Disturbed(Judge):
    """A judge with terms added to its reward: ``bonus`` for items with ``exploit(items)``, normal
    noise of standard deviation ``noise``, ``place`` for the first of each group (for even rows, if
    it has no groups), ``length`` for each token. All 0: the judge itself. ``blind`` 1: a random
    filter that keeps as much, instead of the judge."""

    judged: Judge
    bonus: Numbers = 0.0
    noise: Numbers = 0.0
    place: Numbers = 0.0
    length: Numbers = 0.0
    blind: Numbers = 0.0
    exploit: Callable | None = eqx.field(static=True, default=None)

    @property
    def share(self):
        return self.judged.share

    @property
    def group(self):
        return self.judged.group

    @property
    def uses_truth(self):
        return self.judged.uses_truth

    def score(self, key, view):
        own, noisy = jax.random.split(key)
        m = len(view.batch.mass)
        reward = jnp.asarray(self.judged.score(own, view), float)
        if reward.shape != (m,):
            return reward  # the check of the judge reports it
        first = jnp.arange(m) % max(view.group, 2) == 0
        reward = reward + self.noise * jax.random.normal(noisy, (m,)) + self.place * first
        if self.exploit is not None:
            reward = reward + self.bonus * self.exploit(view.items)
        if is_text(view.items):
            reward = reward + self.length * (view.items != 0).sum(-1)
        return reward

    def weigh(self, key, view, reward):
        return self.judged.weigh(key, view, reward)

    def judge(self, key, view):
        own, other = jax.random.split(key)
        if not self.judged.judges_by_reward:
            verdict, judged = self.judged.judge(own, view)
            after = replace(self, judged=judged)
        else:
            verdict, after = super().judge(own, view)
        lot = jax.random.uniform(other, verdict.weight.shape)
        weight = jnp.where(self.blind > 0, top_fraction(lot, self.share), verdict.weight)
        return replace(verdict, weight=weight), after


class ShareOf(Measure):
    """Share of the output for which ``function(items)`` (m,) is true. Curve: exploit_share."""

    curves: ClassVar = {"exploit_share": Curve("share", 0, 1, None, ("copies", "order"), "none")}

    function: Callable = eqx.field(static=True)

    def measure(self, key, view):
        found = jnp.asarray(self.function(view.output.rows), float)
        return {"exploit_share": (view.output.mass @ found) / view.output.mass.sum()}
