"""Reward by the likelihood under the other models of a population."""

from typing import final

import jax.numpy as jnp
from jax.scipy.special import logsumexp

from collapse.errors import UserError
from collapse.part import register
from collapse.rewards.base import Reward


@register("peers", "log-probability under the other members of a population")
@final
class PeerLikelihood(Reward):
    """Log-probability of the item, in nats, under the equal mixture of the members of a population
    that did not draw it: models that judge one another by what they would say themselves.
    ``Scaled(PeerLikelihood(), by=-1.0)`` rewards what the others would not say."""

    def score(self, key, view):
        members = view.model.members
        if len(members) < 2:
            raise UserError(
                "PeerLikelihood asks the other members of a population, and the model"
                f" {type(view.model).__name__} has none: use a Population of at least two."
            )
        log_prob = jnp.stack([member.log_prob(view.items) for member in members])  # (K, m)
        other = jnp.arange(len(members))[:, None] != view.batch.source
        return logsumexp(jnp.where(other, log_prob, -jnp.inf), axis=0) - jnp.log(other.sum(0))
