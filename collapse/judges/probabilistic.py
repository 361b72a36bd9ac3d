"""Judges that keep each item with a probability of its own: noisy verifiers and exponential
tilting."""

from dataclasses import KW_ONLY
from typing import TYPE_CHECKING, final

import equinox as eqx
import jax
import jax.numpy as jnp

from collapse.items import Items
from collapse.judges.base import Judge
from collapse.judges.policies import _Expecting
from collapse.part import Numbers, array, register, within
from collapse.rewards.base import Reward, Valid, table_errors


@register("bernoulli-keep", "fixed probability of being kept for each outcome")
@final
class BernoulliKeep(Judge):
    """Keep each item with the probability of its outcome: ``chance`` (K,), in [0, 1].

    ``hard`` draws the decisions here, so that an arm with as many candidates as items trains on the
    random selection; otherwise the probability is the weight. The number kept is not known in
    advance: ``expected`` is the expected share, which sets the number of candidates (1: as many as
    items).
    """

    independent = True

    chance: Numbers = array(0)
    _: KW_ONLY
    expected: Numbers = within("(0, 1]", default=0.5)
    hard: bool = eqx.field(static=True, default=False)

    @property
    def share(self):
        return self.expected

    def takes(self):
        return Items("outcomes", {"outcomes": len(self.chance)})

    def weigh(self, key, view, reward):
        chance = self.chance[view.items]
        if not self.hard:
            return chance
        return (jax.random.uniform(key, chance.shape) < chance).astype(float)

    def expect(self, view, reward):
        return self.chance[view.items]

    def validate(self):
        errors = table_errors("BernoulliKeep", "chance", self.chance)
        if not errors and not bool(((self.chance >= 0) & (self.chance <= 1)).all()):
            errors.append("BernoulliKeep chance must lie in [0, 1].")
        return errors + super().validate()


def verifier(right, keep_right=1.0, keep_wrong=0.0, **settings) -> BernoulliKeep:
    """A verifier of ``right`` (K,), true or false, with errors: it keeps right items with
    probability ``keep_right`` and wrong ones with ``keep_wrong`` (Feng et al. 2024)."""
    return BernoulliKeep(jnp.where(jnp.asarray(right), keep_right, keep_wrong), **settings)


@register("noisy-verifier", "verifier with true- and false-positive rates")
@final
class NoisyVerifier(_Expecting):
    """Keep right items with probability ``keep_right`` (true-positive rate) and wrong ones with
    ``keep_wrong`` (false-positive rate): phi and psi of Feng et al. 2024. An item is right if its
    reward is above 0; by default, if the truth gives it positive probability. ``expected`` is the
    expected share kept, which sets the number of candidates."""

    _: KW_ONLY
    reward: Reward = eqx.field(default_factory=Valid)
    keep_right: Numbers = within("[0, 1]", default=0.9)
    keep_wrong: Numbers = within("[0, 1]", default=0.3)
    expected: Numbers = within("(0, 1]", default=0.5)

    def weigh(self, key, view, reward):
        return jnp.where(reward > 0, self.keep_right, self.keep_wrong)


@register("tilt", "exponential tilt with weight exp(strength * reward)")
@final
class Tilt(_Expecting):
    """Keep each item with probability exp(strength * (reward - highest reward of the batch)). The
    kept items have distribution p exp(strength * reward): the limit of choice among ever more
    candidates, and the optimum of a KL-regularised reward. ``expected`` is the expected share kept,
    which sets the number of candidates.
    """

    strength: Numbers = 1.0
    _: KW_ONLY
    expected: Numbers = 0.5

    if TYPE_CHECKING:  # the reward needs no name: see ``placed``

        def __init__(
            self,
            first: Reward | Numbers = ...,
            /,
            *,
            reward: Reward = ...,
            strength: Numbers = ...,
            expected: Numbers = ...,
        ) -> None: ...

    def weigh(self, key, view, reward):
        drawn = jnp.where(view.batch.mass > 0, reward, -jnp.inf)
        return jnp.exp(jnp.minimum(self.strength * (reward - drawn.max()), 0))
