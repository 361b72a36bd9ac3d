"""Judges that toss a coin for each item: a verifier with its errors, and an exponential tilt."""

from dataclasses import KW_ONLY
from typing import TYPE_CHECKING, final

import equinox as eqx
import jax
import jax.numpy as jnp

from collapse.items import Items
from collapse.judges.base import Judge
from collapse.judges.policies import _Expecting
from collapse.part import Numbers, array, register
from collapse.rewards.base import Reward, Valid, table_mistakes
from collapse.schedule import share_errors


@register("bernoulli-keep", "each outcome by its own chance")
@final
class BernoulliKeep(Judge):
    """Keep each item with a chance that belongs to its outcome: ``chance`` (K,), in [0, 1].

    ``hard`` tosses the coins here, so that an arm with as many candidates as items trains on what
    happened to be kept; otherwise the chance is the weight. How many are kept cannot be known
    beforehand: ``expected`` is the share the arm draws candidates for, 1 for as many as items.
    """

    chance: Numbers = array(0)
    _: KW_ONLY
    expected: Numbers = 0.5
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
        found = table_mistakes("BernoulliKeep", "chance", self.chance)
        if not found and not bool(((self.chance >= 0) & (self.chance <= 1)).all()):
            found.append("BernoulliKeep chance must lie in [0, 1].")
        return found + share_errors("BernoulliKeep", "expected", self.expected)


def verifier(right, keep_right=1.0, keep_wrong=0.0, **settings) -> BernoulliKeep:
    """A judge of what is ``right`` (K,), true or false, that makes mistakes: it keeps right items
    with chance ``keep_right`` and wrong ones with ``keep_wrong`` (Feng et al. 2024)."""
    return BernoulliKeep(jnp.where(jnp.asarray(right), keep_right, keep_wrong), **settings)


@register("noisy-verifier", "valid; right and wrong by chance")
@final
class NoisyVerifier(_Expecting):
    """Keep what is right with chance ``keep_right`` and what is wrong with ``keep_wrong`` (phi and
    psi of Feng et al. 2024). Right is what has a reward above 0; by default what the truth can say
    at all. ``expected`` is the share the arm draws candidates for."""

    _: KW_ONLY
    reward: Reward = eqx.field(default_factory=Valid)
    keep_right: Numbers = 0.9
    keep_wrong: Numbers = 0.3
    expected: Numbers = 0.5

    def weigh(self, key, view, reward):
        return jnp.where(reward > 0, self.keep_right, self.keep_wrong)

    def validate(self):
        found = super().validate()
        for name in ("keep_right", "keep_wrong"):
            found += share_errors("NoisyVerifier", name, getattr(self, name), zero=True)
        return found


@register("tilt", "weight exp(strength * reward)")
@final
class Tilt(_Expecting):
    """Keep each item with chance exp(strength * (reward - the highest reward)): what is kept has
    distribution p exp(strength * reward), the limit of choice among ever more candidates and the
    optimum of a KL-regularised reward. The highest reward is that of the batch."""

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
