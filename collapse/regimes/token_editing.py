"""Regime of human texts in which the model draws its most predictable tokens anew."""

from typing import final

import jax.numpy as jnp

from collapse.numerics.pytree import replace
from collapse.part import Numbers, offers, register, within
from collapse.regimes.base import Regime


@register("token-editing", "the last training set, with its most predictable tokens drawn anew")
@final
class TokenEditing(Regime):
    """The last training set, in which every token that the model gives at least the probability
    ``threshold`` is drawn anew by the model, given the tokens before it as they were (token
    editing, Zhu et al. 2024, who edit once, at 0.99). Rows keep their length: their ends are not
    edited, and no token becomes one. They are not judged. For models of tokens that can be
    ``edited``."""

    kinds = ("items",)
    judged = False
    keeps_real = True

    threshold: Numbers = within("[0, 1]", default=0.99)

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None, judged=None):
        rows = model.reshaped(sampler).edited(key, pool.rows, jnp.asarray(self.threshold))
        return replace(pool, rows=rows)

    def check_compatible(self, arm):
        errors = super().check_compatible(arm)
        if not offers(arm.model, "edited") or arm.sampler.kind != "items":
            name = type(arm.model).__name__
            errors.append(
                f"TokenEditing lets the model draw single tokens of rows anew, and {name} cannot: "
                "use TokenTable, BytePairs or a network of text, and a sampler that draws items."
            )
        return errors
