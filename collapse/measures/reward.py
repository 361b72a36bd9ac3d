"""What the judge thought, and how much it let through."""

from typing import ClassVar, final

import jax.numpy as jnp

from collapse.curve import Curve
from collapse.measures.base import Measure
from collapse.part import register


@register("judged", "reward, share kept, sample size")
@final
class Judged(Measure):
    """Curves: reward_mean, reward_variance over the candidates (the judge's own units);
    share_kept, mean weight of the candidates; effective_sample_size (sum w)^2 / sum w^2 over the
    items that are trained on (Kish 1965), in exact mode as many as the pool's mass says. Generation
    0 is not judged: its rewards are undefined."""

    curves: ClassVar = {
        "reward_mean": Curve("reward", blind_to=("copies", "order"), bias="none"),
        "reward_variance": Curve(
            "reward^2", 0, blind_to=("copies", "order"), bias="low by one part in n"
        ),
        "share_kept": Curve("share", 0, 1, None, ("copies", "order"), "none"),
        "effective_sample_size": Curve("items", 0, blind_to=("order",), bias="rises with n"),
    }

    def measure(self, key, view):
        mass = view.batch.mass / view.batch.mass.sum()
        mean = mass @ view.verdict.reward
        weight, fresh = view.fresh.count, view.fresh
        # A row of mass m is m items of weight w, so that sum w^2 is m w^2 and not (m w)^2.
        square = (weight * fresh.weight).sum()
        square = jnp.maximum(square, jnp.finfo(weight.dtype).tiny)
        return {
            "reward_mean": mean,
            "reward_variance": mass @ (view.verdict.reward - mean) ** 2,
            "share_kept": mass @ view.verdict.weight,
            "effective_sample_size": weight.sum() ** 2 / square,
        }
