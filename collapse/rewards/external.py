"""Judges outside JAX: any Python function of the items as text, or an LLM endpoint."""

from collections.abc import Callable
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp

from collapse.part import register
from collapse.rewards.base import Reward


@register("external", "Python function of the items as text, or an LLM endpoint")
@final
class ExternalReward(Reward):
    """The numbers returned by ``ask(texts)``, one per text, NaN for an abstention. If ``ask`` takes
    a second argument, it gets the number of consecutive candidates that are compared at a time.

    It is called once per seed and generation, between the two compiled halves of the generation,
    with the candidates as the scenario shows them. An abstention counts as the lowest number given
    to that batch; the number of abstentions is recorded (``abstained``).
    """

    random = True  # scores single items, not outcomes

    ask: Callable = eqx.field(static=True)

    def score(self, key, view):
        abstained = jnp.isnan(view.said)
        lowest = jnp.where(abstained, jnp.inf, view.said).min()
        return jnp.where(abstained, jnp.where(lowest < jnp.inf, lowest, 0), view.said)

    def validate(self):
        if not callable(self.ask):
            return ["ExternalReward ask must be a function of a list of texts."]
        return getattr(self.ask, "validate", list)()


def asks_external(judge: Any) -> list[ExternalReward]:
    """The rewards inside a judge that are computed outside JAX."""
    leaves = jax.tree.leaves(judge, is_leaf=lambda x: isinstance(x, ExternalReward))
    return [leaf for leaf in leaves if isinstance(leaf, ExternalReward)]
