"""A judge outside JAX: any Python function of the items as text, or an LLM behind an address."""

from collections.abc import Callable
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp

from collapse.part import register
from collapse.rewards.base import Reward


@register("external", "a Python function of the texts")
@final
class ExternalReward(Reward):
    """What ``ask(texts)`` says: a number for each text, not a number where it abstains. If it takes
    a second argument, that is how many candidates in a row are compared at a time.

    It is called once for each seed and generation, between the two compiled halves of the
    generation, with the candidates as the scenario shows them. An abstention counts as the lowest
    number given to that batch; how many there were is in the record (``abstained``).
    """

    random = True  # asked of items, not of outcomes

    ask: Callable = eqx.field(static=True)

    def score(self, key, view):
        silent = jnp.isnan(view.said)
        lowest = jnp.where(silent, jnp.inf, view.said).min()
        return jnp.where(silent, jnp.where(lowest < jnp.inf, lowest, 0), view.said)

    def validate(self):
        if not callable(self.ask):
            return ["ExternalReward ask must be a function of a list of texts."]
        return getattr(self.ask, "validate", list)()


def asks_external(judge: Any) -> list[ExternalReward]:
    """The rewards in a judge that are given outside JAX."""
    leaves = jax.tree.leaves(judge, is_leaf=lambda x: isinstance(x, ExternalReward))
    return [leaf for leaf in leaves if isinstance(leaf, ExternalReward)]
