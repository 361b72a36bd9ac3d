"""Perplexity of the output under the first fitted model, to see whether it moves to what that
model finds probable."""

import math
from typing import ClassVar, final

import jax.numpy as jnp

from collapse.curve import Curve
from collapse.items import TEXT, Items
from collapse.measures.base import Measure
from collapse.numerics.tokens import lengths
from collapse.part import register

SHARES = (10, 50, 90, 99)  # percentiles of the histogram
ALIKE = ("order", "words")
MORE_TEXT = "the outer percentiles move outwards with n"


@register("reference-perplexity", "perplexity of the output under the first fitted model")
@final
class ReferencePerplexity(Measure):
    """Percentiles over the output of each item's perplexity under the first fitted model, which is
    exp of its mean negative log-probability per token, end symbol included (the histograms of
    Shumailov et al. 2024). Curves: reference_perplexity_10, _50, _90 and _99, and
    reference_surprise, the mean in nats per token. At generation 0 the output is the truth's. The
    arm needs ``keep_reference``."""

    curves: ClassVar = {
        f"reference_perplexity_{share}": Curve(
            "per token", 1, math.inf, None, ALIKE, MORE_TEXT, heavy=True
        )
        for share in SHARES
    } | {"reference_surprise": Curve("nats per token", 0, math.inf, None, ALIKE, "none")}

    def takes(self):
        return Items("tokens", {}, TEXT)

    def measure(self, key, view):
        rows = view.output.rows
        nats = -view.reference.log_prob(rows) / lengths(rows)
        values = jnp.exp(jnp.percentile(nats, jnp.array(SHARES, float)))
        curves = {f"reference_perplexity_{s}": x for s, x in zip(SHARES, values, strict=True)}
        return curves | {"reference_surprise": nats.mean()}

    def check_compatible(self, arm):
        errors = []
        if not arm.keep_reference:
            errors.append("ReferencePerplexity needs keep_reference=true in the arm.")
        if arm.sampler.kind != "items":
            errors.append(
                "ReferencePerplexity needs items, and this sampler draws none: leave it out, or use"
                " a sampler that draws items."
            )
        return errors
