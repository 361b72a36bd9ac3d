"""How much better than the others a candidate is: what policy gradients weigh by."""

import jax.numpy as jnp
from jax import Array

from collapse.types import View

BASELINES = ("none", "mean", "others", "standardised")


def advantage(reward: Array, view: View, baseline: str) -> Array:
    """(m,) reward less what was to be expected, by ``baseline``:

    none           the reward itself
    mean           less the mean of the group
    others         less the mean of the group's others (leave one out)
    standardised   less the mean of the group, over its standard deviation: 0 where all are equal
                   (GRPO, Shao et al. 2024)

    A group is the candidates of one prompt that were drawn together, the whole batch where the arm
    has no groups; for exact batches, all outcomes of a prompt.
    """
    if baseline == "none":
        return reward
    rows = groups(reward, view)
    mass = groups(view.batch.mass, view)
    mass = mass / jnp.where((total := mass.sum(1, keepdims=True)) > 0, total, 1)
    apart = rows - (mass * rows).sum(1, keepdims=True)
    if baseline == "others" and not view.batch.exact:
        size = rows.shape[1]
        apart = apart * size / max(size - 1, 1)
    if baseline == "standardised":
        variance = (mass * apart**2).sum(1, keepdims=True)
        apart = apart / jnp.sqrt(jnp.where(variance > 0, variance, 1))
    return apart.ravel()


def groups(x: Array, view: View) -> Array:
    """(groups, k) numbers (m,) of the candidates, by what is compared with each other."""
    if view.batch.exact:
        return x.reshape(view.prompts, -1)
    return view.grouped(x) if view.group > 1 else x[None]
