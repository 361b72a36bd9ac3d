"""Repetition penalty: tokens that a row already contains are made less probable."""

from dataclasses import KW_ONLY
from typing import final

import jax
import jax.numpy as jnp

from collapse.part import Numbers, positive, register
from collapse.samplers.base import Stepwise, Tempered, TokenSampler
from collapse.samplers.whole import not_token_by_token


@register("penalised", "repetition penalty on the tokens of a row")
@final
class Penalised(Stepwise):
    """Repetition penalty (CTRL, Keskar et al. 2019): the logit of every token that the row already
    contains is divided by ``theta`` if positive and multiplied by it if negative. Then the sampler
    ``of`` is applied.

    theta = 1 changes nothing, 1.2 is usual, below 1 repetition is favoured. Logits are those of the
    model: a network's own logits, and log-probabilities for a table, so that a repeated token of
    probability q gets weight q^theta. The end symbol is never penalised.
    """

    theta: Numbers = positive(default=1.2)
    _: KW_ONLY
    of: TokenSampler = Tempered()

    def opened(self, n, size):
        return jnp.zeros((n, size), bool)

    def heard(self, memory, token, place):
        token_seen = jax.nn.one_hot(token, memory.shape[1], dtype=bool)
        return memory | (token_seen & (place > 0))

    def shaped(self, logits, memory=()):
        penalised = jnp.where(logits > 0, logits / self.theta, logits * self.theta)
        return self.of.shaped(jnp.where(memory, penalised, logits))

    def check_compatible(self, arm):
        return not_token_by_token(self, arm)
