"""Rewards, share kept and effective sample size of judged candidates."""

from typing import ClassVar, final

import jax.numpy as jnp

from collapse.curve import Curve
from collapse.measures.base import Measure
from collapse.part import register
from collapse.rewards.base import Reward


@register("judged", "rewards, share kept and effective sample size")
@final
class Judged(Measure):
    """Curves: reward_mean, reward_variance over the candidates (in the judge's units); share_kept,
    mean weight of the candidates; effective_sample_size, (sum w)^2 / sum w^2 over the items trained
    on (Kish 1965), in exact mode scaled to the pool's mass. Rewards are undefined at generation 0,
    which is not judged."""

    curves: ClassVar = {
        "reward_mean": Curve("reward", blind_to=("copies", "order"), bias="none"),
        "reward_variance": Curve(
            "reward^2", 0, blind_to=("copies", "order"), bias="relative bias -1/n"
        ),
        "share_kept": Curve("share", 0, 1, None, ("copies", "order"), "none"),
        "effective_sample_size": Curve("items", 0, blind_to=("order",), bias="rises with n"),
    }

    def measure(self, key, view):
        mass = view.batch.mass / view.batch.mass.sum()
        mean = mass @ view.verdict.reward
        weight, fresh = view.fresh.count, view.fresh
        # A row of mass m is m items of weight w, so it adds m w^2 to sum w^2, not (m w)^2.
        square = (weight * fresh.weight).sum()
        square = jnp.maximum(square, jnp.finfo(weight.dtype).tiny)
        return {
            "reward_mean": mean,
            "reward_variance": mass @ (view.verdict.reward - mean) ** 2,
            "share_kept": mass @ view.verdict.weight,
            "effective_sample_size": weight.sum() ** 2 / square,
        }


@register("gold-reward", "mean of a second reward, which the judge does not see")
@final
class GoldReward(Measure):
    """Curve: gold_reward, the mean of ``reward`` over the output: the reward that is meant, where
    the judge acts on a proxy of it (Gao et al. 2023)."""

    curves: ClassVar = {"gold_reward": Curve("reward", blind_to=("copies", "order"), bias="none")}

    reward: Reward

    def measure(self, key, view):
        gold, mass = self.reward.score(key, view), view.batch.mass
        if view.batch.kind == "items":
            gold, mass = gold[: view.n], mass[: view.n]
        return {"gold_reward": mass @ gold / mass.sum()}
