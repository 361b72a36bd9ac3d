"""Biases of judges: wrappers that add a bias to another reward.

A model of LLM-judge scores (Zheng et al. 2023, sections 3.3 and 4): the reward plus a bonus for
typical, long, first-placed, own-family or well-formatted items.
"""

from collections.abc import Callable
from dataclasses import KW_ONLY
from typing import final

import equinox as eqx
import jax.numpy as jnp
from jax import Array

from collapse.items import TEXT, Items
from collapse.part import Numbers, array, at_least, one_of, register, within
from collapse.rewards.base import UNDER, Likelihood, Wrapper, table_errors
from collapse.schedule import Schedule, value_at
from collapse.types import View


class _Bias(Wrapper):
    """Base class of biases, which are added to another reward."""

    def plus(self, key: Array, view: View, amount, bias: Array) -> Array:
        """(m,) the other reward plus ``amount``, a number or ``Schedule``, times ``bias`` (m,)."""
        return self.reward.score(key, view) + value_at(amount, view.t) * bias


@register("typicality", "another reward plus a bias towards typical items")
@final
class Typicality(_Bias):
    """Adds ``strength`` times the log-probability of the item, in nats, ``per`` item or token,
    ``under`` the "reference" (the first fitted model, frozen) or the current "model". Under a tilt
    of strength 1 it turns p into p^(1 + strength) if the reference is p."""

    _: KW_ONLY
    strength: Array | float | Schedule = 1.0
    under: str = one_of(*UNDER, default="reference")
    per: str = one_of("token", "item", default="item")

    def score(self, key, view):
        bias = Likelihood(self.per, under=self.under).score(key, view)
        return self.plus(key, view, self.strength, bias)


@register("verbosity", "another reward plus a bonus per token")
@final
class Verbosity(_Bias):
    """Adds ``strength`` for each token of the item."""

    _: KW_ONLY
    strength: Array | float | Schedule = 0.1

    def takes(self):
        return Items("tokens", {}, (*TEXT, "pairs"))

    def score(self, key, view):
        tokens = (view.items != 0).sum(-1)
        return self.plus(key, view, self.strength, tokens)


@register("position", "another reward plus a bonus for a position in the group")
@final
class Position(_Bias):
    """Adds ``bonus`` to the candidate at position ``place`` of its group, counted from 0. Of two
    equal items compared by a Bradley-Terry judge, the first wins with probability 1 / (1 +
    exp(-bonus))."""

    random = True  # the position of an outcome is random

    _: KW_ONLY
    bonus: Array | float | Schedule = 1.0
    place: int = at_least(0, default=0, static=True)

    def score(self, key, view):
        at_place = jnp.arange(len(view.batch.mass)) % view.group == self.place
        return self.plus(key, view, self.bonus, at_place)


@register("self-preference", "another reward plus a bonus for one model of a population")
@final
class SelfPreference(_Bias):
    """Adds ``bonus`` to items drawn by the judge's own model family: member number ``family`` of a
    population."""

    _: KW_ONLY
    bonus: Array | float | Schedule = 1.0
    family: Array | int = 0

    def score(self, key, view):
        own = view.batch.source == jnp.asarray(self.family).astype(int)
        return self.plus(key, view, self.bonus, own)


@register("format", "another reward plus a bonus for a format")
@final
class Format(_Bias):
    """Adds ``bonus`` to items in a preferred format: ``function(items) -> (m,)`` true or false,
    written in JAX."""

    _: KW_ONLY
    function: Callable = eqx.field(static=True)
    bonus: Array | float | Schedule = 1.0

    def score(self, key, view):
        liked = self.function(view.items)
        return self.plus(key, view, self.bonus, liked)


@register("exploit", "another reward plus a bonus for exploiting outcomes")
@final
class Exploit(_Bias):
    """Adds an unearned ``bonus`` to the outcomes marked in ``on`` (K,), true or false. For an
    exploit that is found and patched, the bonus is a ``Schedule`` that ends in 0."""

    _: KW_ONLY
    on: Numbers = array(0)
    bonus: Array | float | Schedule = 1.0

    def takes(self):
        return Items("outcomes", {"outcomes": len(self.on)})

    def score(self, key, view):
        exploiting = self.on[view.items].astype(float)
        return self.plus(key, view, self.bonus, exploiting)

    def validate(self):
        return table_errors("Exploit", "on", jnp.asarray(self.on, float))


@register(
    "unlikeliness", "another reward, less for the candidates that are likeliest in their group"
)
@final
class Unlikeliness(Wrapper):
    """The reward times 1 - strength (G - rank) / G, rank 0 for the candidate of a group of G that
    the model finds likeliest and G - 1 for the unlikeliest: against the bias of policy gradients
    towards right answers that are likely already (He et al. 2025, form recalled). Equally likely
    candidates have the mean of their ranks."""

    _: KW_ONLY
    strength: Array | float | Schedule = within("[0, 1]", default=0.25)

    def score(self, key, view):
        reward, log_p = (view.grouped(x) for x in (self.reward.score(key, view), view.log_prob()))
        likelier = (log_p[:, None] > log_p[:, :, None]).sum(-1)
        equal = (log_p[:, None] == log_p[:, :, None]).sum(-1) - 1
        rank, size = likelier + equal / 2, log_p.shape[1]
        return (reward * (1 - value_at(self.strength, view.t) * (size - rank) / size)).ravel()
