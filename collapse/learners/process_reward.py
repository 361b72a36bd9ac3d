"""Process supervision: learning from a reward for every step of an item."""

from collections.abc import Callable
from typing import final

import equinox as eqx
import jax.numpy as jnp
from jax import Array

from collapse.errors import UserError
from collapse.learners.advantage import groups
from collapse.learners.policy_gradient import GradientStep
from collapse.models.capabilities import HasTokenGradients
from collapse.numerics.tokens import real
from collapse.part import register
from collapse.rewards.features import real_steps


@register("process", "policy gradient with a reward for each step")
@final
class ProcessGradient(GradientStep):
    """A policy gradient in which each token is weighted by the rewards of its own and later steps.

    ``function(items)`` (m, L) scores the step at each token and ``mask(items)`` (m, L) says which
    steps exist, as in the reward ``Steps``; without a ``function`` the scores are the labels of the
    judge, a ``StepLabels`` (the note "steps" of its verdict). The judge's reward is not used. The
    objective is that of ``PolicyGradient`` with the sum of an item's step rewards. By the policy
    gradient theorem (Sutton et al. 2000) it has less variance, since rewards before a token are
    left out.

    ``baseline`` none: the sum of rewards from this position on. mean, others: minus the mean of
    that sum over the (other) candidates of the group that reached this position. standardised:
    every step's reward minus the mean of all steps in the group, divided by their standard
    deviation (GRPO with process supervision, Shao et al. 2024, section 4.1.3); this rewards long
    items if their steps are better than average. Anchor and entropy bonus also count as step
    rewards. For any model that writes token by token and has parameters.
    """

    function: Callable | None = eqx.field(static=True, kw_only=True, default=None)
    mask: Callable = eqx.field(static=True, kw_only=True, default=real_steps)

    def advantage(self, view, verdict):
        """(m, L) advantage of each token."""
        exists = self.mask(view.items)
        scores = jnp.where(exists, self.scores(view, verdict), 0)
        if self.baseline == "none":
            return reward_to_go(scores)
        # Arrays have shape (groups, k, L).
        mass = groups(view.batch.mass, view)[..., None]
        shape = (*mass.shape[:2], scores.shape[1])
        scores, exists = scores.reshape(shape), exists.reshape(shape)
        if self.baseline == "standardised":
            deviation = scores - _mean(scores, mass * exists, (1, 2))
            variance = _mean(deviation**2, mass * exists, (1, 2))
            scores = jnp.where(
                exists, deviation / jnp.sqrt(jnp.where(variance > 0, variance, 1)), 0
            )
            return reward_to_go(scores).reshape(-1, shape[2])
        returns, here = reward_to_go(scores), mass * real(view.items).reshape(shape)
        deviation = returns - _mean(returns, here, 1)
        if self.baseline == "others" and not view.batch.exact:
            count = (here > 0).sum(1, keepdims=True)
            deviation = jnp.where(count > 1, deviation * count / jnp.maximum(count - 1, 1), 0)
        return deviation.reshape(-1, shape[2])

    def scores(self, view, verdict) -> Array:
        """(m, L) score of the step at each token."""
        if self.function is not None:
            return jnp.asarray(self.function(view.items), float)
        if "steps" not in verdict.notes:
            raise UserError(
                f"{type(self).__name__} needs a function that scores the steps of items, or a judge"
                " that labels them: step-labels."
            )
        return verdict.notes["steps"]

    def penalty(self, log_prob, anchor_log_prob, counted, t):
        return reward_to_go(super().penalty(log_prob, anchor_log_prob, counted, t))

    def log_prob(self, model, rows):
        return model.token_log_probs(rows)

    def log_prob_at(self, model, net, rows):
        return model.log_probs_at(net, rows)

    def each(self, x):
        return x[:, None]

    def check_compatible(self, arm):
        if not isinstance(arm.model, HasTokenGradients):
            return [
                f"{type(self).__name__} rewards every token, and {type(arm.model).__name__} does "
                "not write token by token with parameters: use token-table, gru or transformer."
            ]
        return super().check_compatible(arm)


def reward_to_go(scores: Array) -> Array:
    """(..., L) sum of the scores of each position and of all later ones."""
    return jnp.flip(jnp.cumsum(jnp.flip(scores, -1), -1), -1)


def _mean(x: Array, weight: Array, axes) -> Array:
    """Weighted mean over ``axes``, which are kept; 0 where nothing has weight."""
    total = weight.sum(axes, keepdims=True)
    return (weight * x).sum(axes, keepdims=True) / jnp.where(total > 0, total, 1)
