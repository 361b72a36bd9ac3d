"""Learning from a reward for every step of an item: process supervision, against outcomes."""

from collections.abc import Callable
from typing import final

import equinox as eqx
import jax.numpy as jnp
from jax import Array

from collapse.learners.advantage import groups
from collapse.learners.policy_gradient import GradientStep
from collapse.numerics.tokens import real
from collapse.part import register
from collapse.rewards.features import real_steps


@register("process", "a reward for every step")
@final
class ProcessGradient(GradientStep):
    """A policy gradient in which a token is weighed by the rewards of its own and later steps.

    ``function(items)`` (m, L) scores the step at each token, ``mask(items)`` (m, L) says which
    there are, as in the reward ``Steps``; the judge's own reward is not read. The objective is
    that of ``PolicyGradient`` with the sum of an item's step rewards, by the policy gradient
    theorem (Sutton et al. 2000) with less variance: what a token cannot have caused is left out.

    ``baseline`` none: the rewards to come. mean, others: less what the (other) candidates of the
    group that reached this place had to come. standardised: every step's reward less the mean, over
    the standard deviation, of all steps in the group (GRPO with process supervision, Shao et al.
    2024, section 4.1.3), which rewards long items where steps are better than usual. Anchor and
    entropy bonus are taken as steps' rewards too. Any model that writes token by token and has
    parameters.
    """

    function: Callable = eqx.field(static=True, kw_only=True)
    mask: Callable = eqx.field(static=True, kw_only=True, default=real_steps)

    def advantage(self, view, verdict):
        """(m, L) of each token."""
        there = self.mask(view.items)
        scores = jnp.where(there, jnp.asarray(self.function(view.items), float), 0)
        if self.baseline == "none":
            return to_come(scores)
        # Groups stand side by side: (groups, k, L).
        mass = groups(view.batch.mass, view)[..., None]
        shape = (*mass.shape[:2], scores.shape[1])
        scores, there = scores.reshape(shape), there.reshape(shape)
        if self.baseline == "standardised":
            apart = scores - _mean(scores, mass * there, (1, 2))
            variance = _mean(apart**2, mass * there, (1, 2))
            scores = jnp.where(there, apart / jnp.sqrt(jnp.where(variance > 0, variance, 1)), 0)
            return to_come(scores).reshape(-1, shape[2])
        returns, here = to_come(scores), mass * real(view.items).reshape(shape)
        apart = returns - _mean(returns, here, 1)
        if self.baseline == "others" and not view.batch.exact:
            count = (here > 0).sum(1, keepdims=True)
            apart = jnp.where(count > 1, apart * count / jnp.maximum(count - 1, 1), 0)
        return apart.reshape(-1, shape[2])

    def held_back(self, log_prob, anchor_log_prob, counted):
        return to_come(super().held_back(log_prob, anchor_log_prob, counted))

    def log_prob(self, model, rows):
        return model.token_log_probs(rows)

    def log_prob_at(self, model, net, rows):
        return model.log_probs_at(net, rows)

    def each(self, x):
        return x[:, None]

    def check_compatible(self, arm):
        if not hasattr(arm.model, "log_probs_at"):
            return [
                f"{type(self).__name__} rewards every token, and {type(arm.model).__name__} does "
                "not write token by token with parameters: use token-table, gru or transformer."
            ]
        return super().check_compatible(arm)


def to_come(scores: Array) -> Array:
    """(..., L) sums over this place and all later ones."""
    return jnp.flip(jnp.cumsum(jnp.flip(scores, -1), -1), -1)


def _mean(x: Array, weight: Array, axes) -> Array:
    total = weight.sum(axes, keepdims=True)
    return (weight * x).sum(axes, keepdims=True) / jnp.where(total > 0, total, 1)
