"""Panels: several rewards combined into one, with correlated errors."""

from dataclasses import KW_ONLY
from typing import final

import jax
import jax.numpy as jnp

from collapse.part import Numbers, at_least, one_of, register, within
from collapse.rewards.base import Reward

AGGREGATIONS = ("mean", "median", "min", "vote", "any")


@register("panel", "aggregate of several rewards (mean, median, min, vote, any)")
@final
class Panel(Reward):
    """The ``rewards`` of several judges, combined by ``aggregation``:

    mean, median, min   of the rewards; ``min`` is the worst case (Coste et al. 2023)
    vote                the share of rewards above 0 (PoLL, Verga et al. 2024)
    any                 the reward of one judge, drawn at random for each item

    Each judge adds Gaussian noise of standard deviation ``sd``. The share ``correlation`` of the
    noise variance is common to all judges: the mean of m of them has noise variance sd^2
    (correlation + (1 - correlation) / m), never below sd^2 correlation.
    """

    rewards: tuple[Reward, ...]
    _: KW_ONLY
    aggregation: str = one_of(*AGGREGATIONS, default="mean")
    sd: Numbers | None = at_least(0, default=None)
    correlation: Numbers = within("[0, 1]", default=0.0)

    @property
    def uses_truth(self):
        return any(reward.uses_truth for reward in self.rewards)

    @property
    def random(self):
        return self.aggregation == "any" or self.sd is not None

    def score(self, key, view):
        noise, draw, *keys = jax.random.split(key, len(self.rewards) + 2)
        pairs = zip(self.rewards, keys, strict=True)
        scores = jnp.stack([reward.score(key, view) for reward, key in pairs])
        if self.sd is not None:
            common, separate = jax.random.split(noise)
            shared = jnp.sqrt(self.correlation) * jax.random.normal(common, scores.shape[1:])
            single = jnp.sqrt(1 - self.correlation) * jax.random.normal(separate, scores.shape)
            scores = scores + self.sd * (shared + single)
        if self.aggregation == "vote":
            return (scores > 0).mean(0)
        if self.aggregation == "any":
            who = jax.random.randint(draw, scores.shape[1:], 0, len(scores))
            return jnp.take_along_axis(scores, who[None], 0)[0]
        return {"mean": jnp.mean, "median": jnp.median, "min": jnp.min}[self.aggregation](
            scores, axis=0
        )

    def validate(self):
        errors = [] if self.rewards else ["Panel needs at least one reward."]
        return super().validate() + errors
