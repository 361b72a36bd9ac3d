"""Advantages: rewards minus a baseline, the weights of policy gradients."""

import jax.numpy as jnp
from jax import Array

from collapse.types import View

BASELINES = ("none", "mean", "others", "standardised")


def advantage(reward: Array, view: View, baseline: str) -> Array:
    """(m,) rewards minus a baseline, by ``baseline``:

    none           the reward itself
    mean           minus the mean of the group
    others         minus the mean of the other candidates of the group (leave one out)
    standardised   minus the mean of the group, divided by its standard deviation: 0 if all are
                   equal (GRPO, Shao et al. 2024)

    A group is the candidates of one prompt that were drawn together, or the whole batch if the arm
    has no groups; for exact batches, all outcomes of a prompt.
    """
    if baseline == "none":
        return reward
    rows = groups(reward, view)
    mass = groups(view.batch.mass, view)
    mass = mass / jnp.where((total := mass.sum(1, keepdims=True)) > 0, total, 1)
    deviation = rows - (mass * rows).sum(1, keepdims=True)
    if baseline == "others" and not view.batch.exact:
        size = rows.shape[1]
        deviation = deviation * size / max(size - 1, 1)
    if baseline == "standardised":
        variance = (mass * deviation**2).sum(1, keepdims=True)
        deviation = deviation / jnp.sqrt(jnp.where(variance > 0, variance, 1))
    return deviation.ravel()


def groups(x: Array, view: View) -> Array:
    """(groups, k) numbers (m,) of the candidates, arranged by comparison group."""
    if view.batch.exact:
        return x.reshape(view.prompts, -1)
    return view.grouped(x) if view.group > 1 else x[None]
