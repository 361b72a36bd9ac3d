"""Probability of given rows, or of their ends, under the model."""

from dataclasses import KW_ONLY
from typing import final

import equinox as eqx
import jax.numpy as jnp

from collapse.curve import Curve
from collapse.items import TEXT, Items
from collapse.measures.base import Measure
from collapse.part import Numbers, array, at_least, offers, register

BLIND = ("copies", "order", "words")


@register("given-rows", "probability of given rows, or of their ends")
@final
class GivenRows(Measure):
    """Mean over given ``rows`` (N, L) of the probability of what follows their first ``given``
    tokens, which is the accuracy of one answer drawn at temperature 1; and the share of the rows
    for which it is 0. With given = 0 that is the probability of a whole row.

    Curves: {name}_probability, {name}_lost. With given > 0 they are NaN for models without
    ``token_log_probs``, such as a truth that lists its rows.
    """

    reads = "model"

    rows: Numbers | None = array(default=None)
    _: KW_ONLY
    name: str = eqx.field(static=True, default="given")
    given: int = at_least(0, default=0, static=True)

    @property
    def curves(self):
        own = "none: the model's own"
        return {
            f"{self.name}_probability": Curve("probability", 0, 1, "more", BLIND, own),
            f"{self.name}_lost": Curve("share", 0, 1, "less", BLIND, own),
        }

    def takes(self):
        return Items("tokens", {}, TEXT)

    def measure(self, key, view):
        if not self.given:
            log_p = view.model.log_prob(self.rows)
        elif offers(view.model, "token_log_probs"):
            log_p = view.model.token_log_probs(self.rows)[:, self.given :].sum(1)
        else:
            log_p = jnp.full(len(self.rows), jnp.nan)
        lost = jnp.where(jnp.isnan(log_p), jnp.nan, jnp.isneginf(log_p).astype(log_p.dtype))
        return {
            f"{self.name}_probability": jnp.exp(log_p).mean(),
            f"{self.name}_lost": lost.mean(),
        }

    def check_compatible(self, arm):
        errors = super().check_compatible(arm)
        if self.rows is None or self.rows.ndim != 2 or not len(self.rows):
            return [*errors, "GivenRows needs rows of tokens, (N, L): give some."]
        if self.given >= self.rows.shape[1]:
            errors.append(
                f"GivenRows has rows of {self.rows.shape[1]} tokens, and nothing follows the first "
                f"{self.given} of them."
            )
        return errors
