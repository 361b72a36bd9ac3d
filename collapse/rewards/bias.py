"""What a judge likes beside what it should: each a wrapper that adds to another reward.

The score of an LLM judge in one line (Zheng et al. 2023, sections 3.3 and 4): the reward, plus a
liking for the typical, the long, the first, its own family's and the well formatted.
"""

from collections.abc import Callable
from dataclasses import KW_ONLY
from typing import final

import equinox as eqx
import jax.numpy as jnp
from jax import Array

from collapse.items import TEXT, Items
from collapse.part import Numbers, array, register
from collapse.rewards.base import Likelihood, Wrapper, table_mistakes
from collapse.schedule import Schedule, value_at
from collapse.types import View


class _Liking(Wrapper):
    """Base of the rewards that add so much, by the generation, for a liking (m,)."""

    def plus(self, key: Array, view: View, amount, liking: Array) -> Array:
        return self.reward.score(key, view) + value_at(amount, view.t) * liking


@register("typicality", "another plus a log-probability")
@final
class Typicality(_Liking):
    """Plus ``strength`` times the log-probability of the item, in nats, under the "reference" (the
    first fitted model, frozen) or the "model" of the day. Under a tilt of strength 1 it turns p
    into p^(1 + strength) where the reference is p."""

    _: KW_ONLY
    strength: Array | float | Schedule = 1.0
    under: str = eqx.field(static=True, default="reference")
    per: str = eqx.field(static=True, default="item")

    def score(self, key, view):
        liking = Likelihood(self.per, under=self.under).score(key, view)
        return self.plus(key, view, self.strength, liking)

    def validate(self):
        return Likelihood(self.per, under=self.under).validate()


@register("verbosity", "another plus so much a token")
@final
class Verbosity(_Liking):
    """Plus ``strength`` for each token of the item."""

    _: KW_ONLY
    strength: Array | float | Schedule = 0.1

    def takes(self):
        return Items("tokens", {}, (*TEXT, "pairs"))

    def score(self, key, view):
        tokens = (view.items != 0).sum(-1)
        return self.plus(key, view, self.strength, tokens)


@register("position", "another plus a bonus for a place")
@final
class Position(_Liking):
    """Plus ``bonus`` for the candidate that stands ``place``-th of its group, from 0. Between two
    equals that a Bradley-Terry judge compares, the first wins with probability
    1 / (1 + exp(-bonus))."""

    random = True  # where an outcome stands is chance

    _: KW_ONLY
    bonus: Array | float | Schedule = 1.0
    place: int = eqx.field(static=True, default=0)

    def score(self, key, view):
        there = jnp.arange(len(view.batch.mass)) % view.group == self.place
        return self.plus(key, view, self.bonus, there)

    def validate(self):
        return [] if self.place >= 0 else [f"Position place must be >= 0, not {self.place}."]


@register("self-preference", "plus one for its family")
@final
class SelfPreference(_Liking):
    """Plus ``bonus`` for what the judge's own family of models said: those of number ``family`` in
    a population."""

    _: KW_ONLY
    bonus: Array | float | Schedule = 1.0
    family: Array | int = 0

    def score(self, key, view):
        own = view.batch.source == jnp.asarray(self.family).astype(int)
        return self.plus(key, view, self.bonus, own)


@register("format", "another plus a bonus for a form")
@final
class Format(_Liking):
    """Plus ``bonus`` for items in the form it likes: ``function(items) -> (m,)`` true or false,
    written in JAX."""

    _: KW_ONLY
    function: Callable = eqx.field(static=True)
    bonus: Array | float | Schedule = 1.0

    def score(self, key, view):
        liked = self.function(view.items)
        return self.plus(key, view, self.bonus, liked)


@register("exploit", "plus an unearned bonus, patched or not")
@final
class Exploit(_Liking):
    """Plus ``bonus`` for the outcomes ``on`` (K,), true or false, which earn it for nothing. One
    that is found and patched has a bonus on a ``Schedule`` that ends in 0."""

    _: KW_ONLY
    on: Numbers = array(0)
    bonus: Array | float | Schedule = 1.0

    def takes(self):
        return Items("outcomes", {"outcomes": len(self.on)})

    def score(self, key, view):
        found = self.on[view.items].astype(float)
        return self.plus(key, view, self.bonus, found)

    def validate(self):
        return table_mistakes("Exploit", "on", jnp.asarray(self.on, float))
