"""Regime of texts that people begin and the model completes."""

from typing import Any, final

import jax
import jax.numpy as jnp
from jax import Array

from collapse.numerics.pytree import replace
from collapse.part import offers, register, within
from collapse.regimes.base import Regime, real_rows


@register("completions", "human beginnings that the model completed")
@final
class Completions(Regime):
    """New human rows, of which the model writes the last part again: a ``share`` of the tokens of
    a row. Only these are trained on. They are not judged. For models of tokens that can
    ``redraw``."""

    kinds = ("items",)
    judged = False
    stale = False

    share: float = within("(0, 1]", default=0.5, static=True)

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None, judged=None):
        drawing, writing = jax.random.split(key)
        human = real_rows(drawing, truth, sampler, fresh, self.n, t)
        rows = completed(writing, model, human.rows, self.share, sampler)
        return replace(fresh, rows=rows, weight=jnp.ones_like(fresh.weight))

    def check_compatible(self, arm):
        return super().check_compatible(arm) + check_redraw(self, arm)


def completed(key: Array, model: Any, rows: Array, share: float, sampler: Any) -> Array:
    """Token rows (n, L) whose last round(share L) tokens are drawn anew by the model."""
    kept = rows.shape[1] - round(share * rows.shape[1])
    writer = model.reshaped(sampler)
    return writer.redraw(key, rows, jnp.full(len(rows), kept, jnp.int32))


def check_redraw(regime: Regime, arm) -> list[str]:
    """An error sentence if the model of the arm cannot complete rows; empty if it can."""
    if offers(arm.model, "redraw") and arm.sampler.kind == "items":
        return []
    return [
        f"{type(regime).__name__} lets the model complete rows of tokens, and "
        f"{type(arm.model).__name__} cannot: use TokenTable, BytePairs or a network of text, and a "
        "sampler that draws items."
    ]
