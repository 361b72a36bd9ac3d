"""Advantages: rewards minus a baseline, the weights of policy gradients."""

import jax.numpy as jnp
from jax import Array

from collapse.types import View

BASELINES = ("none", "mean", "others", "standardised", "pass-at-k")


def advantage(reward: Array, view: View, baseline: str, k: int = 1) -> Array:
    """(m,) rewards minus a baseline, by ``baseline``:

    none           the reward itself
    mean           minus the mean of the group
    others         minus the mean of the other candidates of the group (leave one out)
    standardised   minus the mean of the group, divided by its standard deviation: 0 if all are
                   equal (GRPO, Shao et al. 2024)
    pass-at-k      the share of sets of k answers with a right one, one with a reward above 0, that
                   the answer takes part in, standardised (Chen et al. 2025): ``pass_advantage``

    A group is the candidates of one prompt that were drawn together, or the whole batch if the arm
    has no groups; for exact batches, all outcomes of a prompt.
    """
    if baseline == "none":
        return reward
    rows = groups(reward, view)
    if baseline == "pass-at-k":
        return pass_advantage(rows > 0, k).ravel()
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


def pass_advantage(right: Array, k: int) -> Array:
    """(groups, N) advantages of answers whose reward is that of sets of ``k`` of them, 1 if one is
    ``right`` (groups, N); Chen et al. (2025).

    With W of N wrong, R = 1 - C(W, k) / C(N, k) and sigma = sqrt(R (1 - R)): (1 - R) / sigma if
    right, and (1 - R - C(W - 1, k - 1) / C(N - 1, k - 1)) / sigma if wrong. They sum to 0; all
    are 0 where every set has the same reward.
    """
    size, wrong = right.shape[1], (~right).sum(1, keepdims=True)
    missed = _chosen(wrong, size, k)  # 1 - R
    beside = _chosen(wrong - 1, size - 1, k - 1)
    variance = missed * (1 - missed)
    spread = jnp.sqrt(jnp.where(variance > 0, variance, 1))
    each = jnp.where(right, missed, missed - beside)
    return jnp.where(variance > 0, each / spread, 0)


def _chosen(few: Array, size: int, k: int) -> Array:
    """C(few, k) / C(size, k)."""
    i = jnp.arange(k)
    return (jnp.maximum(few[..., None] - i, 0) / (size - i)).prod(-1)


def groups(x: Array, view: View) -> Array:
    """(groups, k) numbers (m,) of the candidates, arranged by comparison group."""
    if view.batch.exact:
        return x.reshape(view.prompts, -1)
    return view.grouped(x) if view.group > 1 else x[None]
