"""What a judge is. One of your own is a subclass with one method, ``score`` or ``weigh``."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.core import Verdict, View
from collapse.selection import largest, ordered_bits


class Judge(eqx.Module):
    """Write ``score`` and the best fifth is kept; write ``weigh`` for a policy of your own.

    ``share`` is the share of the candidates the judge is expected to keep: an arm that keeps n
    items is given n / share candidates. ``group`` is how many candidates it compares at a time.
    """

    share: ClassVar[Any] = 0.2
    group: ClassVar[Any] = 1
    uses_truth: ClassVar[Any] = False

    def score(self, key: Array, view: View) -> Array:
        """(m,) what the judge thinks of each candidate: any real number."""
        return jnp.zeros(len(view.batch.mass))

    def weigh(self, key: Array, view: View, reward: Array) -> Array:
        """(m,) in [0, 1]: the chance that each candidate is kept."""
        return top_fraction(reward, 0.2)

    def expect(self, view: View, reward: Array) -> Array:
        """(m,) the share kept of each outcome, for exact batches."""
        return self.weigh(jax.random.key(0), view, reward)

    def judge(self, key: Array, view: View) -> tuple[Verdict, "Judge"]:
        """The verdict on a batch, and the judge as it is after having seen it."""
        scoring, weighing = jax.random.split(key)
        reward = self.score(scoring, view)
        if view.batch.exact:
            return Verdict(self.expect(view, reward), reward), self
        return Verdict(self.weigh(weighing, view, reward), reward), self

    def mistakes(self) -> list[str]:
        return []


def top_fraction(reward: Array, fraction: Array | float) -> Array:
    """(m,) 1 for exactly the round(fraction m) best, at least one; ties by place."""
    count = jnp.maximum(jnp.round(fraction * len(reward)), 1).astype(jnp.int32)
    return largest(ordered_bits(reward), count).astype(float)
