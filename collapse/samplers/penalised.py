"""Repetition held down: tokens that a row has said already are made less likely."""

from dataclasses import KW_ONLY
from typing import final

import jax
import jax.numpy as jnp

from collapse.part import Numbers, register
from collapse.samplers.base import Stepwise, Tempered, TokenSampler
from collapse.samplers.whole import not_token_by_token


@register("penalised", "repetition held down")
@final
class Penalised(Stepwise):
    """The logit of every token that the row holds already is divided by ``theta`` where it is
    positive and multiplied by it where it is negative (CTRL, Keskar et al. 2019), before ``of``
    reshapes what comes out.

    theta = 1 changes nothing, 1.2 is usual, below 1 repetition is favoured. Logits are those of
    the model: of a network as it writes them, of a table its log-probabilities, so that a token of
    probability q that was said weighs q^theta. The end of a row is in no row, and never held down.
    """

    theta: Numbers = 1.2
    _: KW_ONLY
    of: TokenSampler = Tempered()

    def opened(self, n, size):
        return jnp.zeros((n, size), bool)

    def heard(self, memory, token, place):
        said = jax.nn.one_hot(token, memory.shape[1], dtype=bool)
        return memory | (said & (place > 0))

    def shaped(self, logits, memory=()):
        held = jnp.where(logits > 0, logits / self.theta, logits * self.theta)
        return self.of.shaped(jnp.where(memory, held, logits))

    def check_compatible(self, arm):
        return not_token_by_token(self, arm)

    def validate(self):
        if not float(self.theta) > 0:
            return [f"Penalised theta must be above 0, not {float(self.theta):g}."]
        return []
