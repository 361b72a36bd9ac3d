"""What the first encoder sees of later generations."""

import math
from typing import ClassVar, final

import jax.numpy as jnp

from collapse.curve import Curve
from collapse.measures.base import Measure
from collapse.part import register


@register("latent-spread", "seen by the first encoder")
@final
class LatentSpread(Measure):
    """Curve: latent_spread, the variance of the encoded means of the output, averaged over latent
    dimensions, under the first fitted model (Shumailov et al. 2024, fig. 9: the density of the
    latents that the original encoder sees, which sharpens). Near 1 for what the encoder was fitted
    to, where it uses all its latents; 0 once all items are alike. Not a number at generation 0,
    which no model has fitted yet."""

    curves: ClassVar = {
        "latent_spread": Curve(
            "prior variances", 0, math.inf, "more", ("copies", "order"), "low by one part in n"
        )
    }

    def measure(self, key, view):
        if not hasattr(view.reference, "encode"):  # generation 0
            return {"latent_spread": jnp.array(jnp.nan)}
        mean, _ = view.reference.encode(view.output.rows)
        share = (view.output.mass / view.output.mass.sum())[:, None]
        centre = (share * mean).sum(0)
        return {"latent_spread": (share * (mean - centre) ** 2).sum(0).mean()}

    def check_compatible(self, arm):
        errors = []
        if not hasattr(arm.model, "encode"):
            name = type(arm.model).__name__
            errors.append(f"LatentSpread needs a model with an encoder; {name} has none.")
        if not arm.keep_reference:
            errors.append("LatentSpread looks with the first model: set keep_reference in the arm.")
        return errors
