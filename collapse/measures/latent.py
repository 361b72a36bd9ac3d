"""Spread of the output in the latent space of the first fitted encoder."""

import math
from typing import ClassVar, final

import jax.numpy as jnp

from collapse.curve import Curve
from collapse.measures.base import Measure
from collapse.models.capabilities import HasEncoder
from collapse.part import register


@register("latent-spread", "variance of the output in the first encoder's latent space")
@final
class LatentSpread(Measure):
    """Curve: latent_spread, the variance of the encoded means of the output, averaged over latent
    dimensions, under the first fitted model (Shumailov et al. 2024, fig. 9: the latent density
    under the original encoder, which sharpens). Near 1 for the data that the encoder was fitted to,
    if it uses all its latents; 0 once all items are equal. NaN at generation 0, where no model is
    fitted yet."""

    curves: ClassVar = {
        "latent_spread": Curve(
            "prior variances", 0, math.inf, "more", ("copies", "order"), "relative bias -1/n"
        )
    }

    def measure(self, key, view):
        if not isinstance(view.reference, HasEncoder):  # generation 0
            return {"latent_spread": jnp.array(jnp.nan)}
        mean, _ = view.reference.encode(view.output.rows)
        share = (view.output.mass / view.output.mass.sum())[:, None]
        centre = (share * mean).sum(0)
        return {"latent_spread": (share * (mean - centre) ** 2).sum(0).mean()}

    def check_compatible(self, arm):
        errors = []
        if not isinstance(arm.model, HasEncoder):
            name = type(arm.model).__name__
            errors.append(f"LatentSpread needs a model with an encoder; {name} has none.")
        if not arm.keep_reference:
            errors.append(
                "LatentSpread uses the first fitted model: set keep_reference=true in the arm."
            )
        return errors
