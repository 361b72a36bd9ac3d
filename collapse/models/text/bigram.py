"""Bigram tables: one categorical distribution of the next outcome for each context."""

from typing import final

import jax
import jax.numpy as jnp
from jax import Array

from collapse.models.text.conditional import AnswerTable
from collapse.numerics.prng import as_key
from collapse.part import register, whole


@register("bigram", "bigram table of next-outcome probabilities")
@final
class Bigram(AnswerTable):
    """p(next | context): a conditional table whose prompts are the outcomes themselves (Hutter++ of
    Dohmatob et al. 2024, section 4). Fields: p (V, V); prompt (V,), the contexts' shares."""

    def validate(self):
        if self.p.ndim != 2 or self.p.shape != (self.prompt.size, self.prompt.size):
            return ["Bigram needs p of shape (V, V) and prompt of shape (V,)."]
        return super().validate()


def hutter_bigram(
    size: int, exponent: float, key: Array | int | None = None, context_exponent: float = 0.0
) -> Bigram:
    """p(j | i) ~ rank_i(j)^-exponent, where the ranks of each context are a random permutation
    drawn with ``key`` (None: the same order for all); contexts ~ i^-context_exponent (0: uniform).
    """
    rank = jnp.arange(whole("size", size, 2))
    order = jnp.broadcast_to(rank, (size, size))
    if key is not None:
        order = jax.random.permutation(as_key(key), order, axis=1, independent=True)
    p = (rank + 1.0) ** -float(exponent)
    context = (rank + 1.0) ** -float(context_exponent)
    return Bigram((p / p.sum())[order], context / context.sum())
