"""Moments of the first coordinates: one chain of Gaussians shows chains in fewer dimensions."""

import math
from typing import ClassVar, final

import equinox as eqx
import jax.numpy as jnp

from collapse.curve import OWN, Curve
from collapse.measures.base import Measure
from collapse.part import is_whole, register


@register("marginal-moments", "mean shift and variance of the first coordinates of the model")
@final
class MarginalMoments(Measure):
    """Curves: mean_shift_d and variance_d for each number of dimensions d in ``dimensions``, as
    those of ``Moments`` but of the first d coordinates alone.

    The first d coordinates of a Gaussian with full covariance are fitted and drawn apart from the
    others. So they are, in distribution, a chain in d dimensions: one chain shows several.
    """

    reads = "model"
    asks: ClassVar = {"model": ("mean", "covariance"), "truth": ("mean",)}

    dimensions: tuple[int, ...] = eqx.field(static=True, default=(1,))

    @property
    def curves(self):
        shift = Curve("item units", 0, math.inf, "less", ("shift",), OWN, heavy=True)
        variance = Curve("item units^2", 0, math.inf, "more", ("shift",), OWN, heavy=True)
        each = {"mean_shift": shift, "variance": variance}
        return {f"{k}_{d}": curve for d in self.dimensions for k, curve in each.items()}

    def measure(self, key, view):
        variances = jnp.diagonal(view.model.covariance)
        squares = (view.model.mean - view.truth.mean) ** 2
        shift = {f"mean_shift_{d}": jnp.sqrt(squares[:d].sum()) for d in self.dimensions}
        return shift | {f"variance_{d}": variances[:d].mean() for d in self.dimensions}

    def check_compatible(self, arm):
        if errors := super().check_compatible(arm):
            return errors
        most = len(arm.truth.mean)
        if all(is_whole(d) and 1 <= d <= most for d in self.dimensions):
            return []
        return [
            f"MarginalMoments dimensions must be whole numbers from 1 to {most}, the dimensions of "
            f"the truth, not {', '.join(map(str, self.dimensions))}."
        ]
