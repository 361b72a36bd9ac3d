"""Modes of a Gaussian mixture: how many the output still covers, and distances between mixtures."""

import math
from dataclasses import KW_ONLY
from typing import ClassVar, final

import jax.numpy as jnp

from collapse.curve import OWN, Curve
from collapse.errors import UserError
from collapse.items import POINTS, Items
from collapse.measures.base import Measure
from collapse.models.distributions.em import distances
from collapse.models.distributions.mixture import GaussianMixture
from collapse.part import Numbers, positive, register, within

ALIKE = ("copies", "order", "rotation", "scale", "shift")
TURNED = ("order", "rotation", "shift")


def needs_mixture(measure: Measure, *parts) -> None:
    """Raise ``UserError`` if a truth or model is not a Gaussian mixture."""
    for part in parts:
        if not isinstance(part, GaussianMixture):
            raise UserError(
                f"{type(measure).__name__} needs a GaussianMixture, not a {type(part).__name__}."
            )


@register("mode-coverage", "share of the truth's modes covered by the output")
@final
class ModeCoverage(Measure):
    """Coverage of the modes of the truth, a Gaussian mixture, by the output.

    An item belongs to the mode with the smallest Mahalanobis distance (in standard deviations), if
    this is at most ``within``. Curves:

    mode_coverage   share of the modes with at least ``share`` of their expected number of items,
                    which is their weight times the number of items (0: at least one item)
    near_modes      share of the output that belongs to any mode (high-quality items)
    mode_diversity  probability that two items that belong to modes belong to different ones
    """

    curves: ClassVar = {
        "mode_coverage": Curve(
            "share of modes",
            0,
            1,
            "more",
            ALIKE,
            "rises with n while few items are expected per mode",
        ),
        "near_modes": Curve("share", 0, 1, "more", ALIKE, "none"),
        "mode_diversity": Curve("probability", 0, 1, "more", ALIKE, "relative bias -1/n"),
    }

    share: Numbers = within("[0, 1]", default=0.1)
    _: KW_ONLY
    within: Numbers = positive(default=3.0)

    def bind(self, arm) -> "ModeCoverage":
        needs_mixture(self, arm.truth)
        return self

    def measure(self, key, view):
        truth, output = view.truth, view.output
        exists = truth.weights > 0
        square, _, _ = distances(output.rows.T, truth.means, truth.covs)
        square = jnp.where(exists[:, None], square, jnp.inf)
        near = square.min(0) <= self.within**2
        mass = output.mass / output.mass.sum() * near
        of_mode = jnp.zeros_like(truth.weights).at[jnp.argmin(square, 0)].add(mass)
        enough = of_mode >= self.share * truth.weights * (1 - 1e-5)  # tolerance for rounding
        all_modes = of_mode.sum()
        total = jnp.where(all_modes > 0, all_modes, 1)
        return {
            "mode_coverage": (exists & enough & (of_mode > 0)).sum() / exists.sum(),
            "near_modes": all_modes,
            "mode_diversity": jnp.where(all_modes > 0, 1 - ((of_mode / total) ** 2).sum(), 0),
        }


@register("mixture-distance", "L2 distance between the densities of two mixtures")
@final
class MixtureDistance(Measure):
    """Curve: l2_distance, the L2 distance between the densities of model and truth, both mixtures,
    in closed form (Shumailov et al. 2024, fig. 13)."""

    reads = "model"
    curves: ClassVar = {
        "l2_distance": Curve(
            "item units^(-d/2)",
            0,
            math.inf,
            "less",
            ("order", "rotation", "shift"),
            OWN,
            heavy=True,
        )
    }

    def bind(self, arm) -> "MixtureDistance":
        needs_mixture(self, arm.truth, arm.model)
        return self

    def measure(self, key, view):
        return {"l2_distance": view.model.l2_distance(view.truth)}


@register("spread", "covariance of the output relative to the truth")
@final
class Spread(Measure):
    """Curves: spread, the trace of the output's covariance divided by that of the truth's;
    mean_gap, the distance between their means. The output's covariance is divided by its mass (no
    ddof)."""

    asks: ClassVar = {"truth": ("mean", "covariance")}
    curves: ClassVar = {
        "spread": Curve("ratio", 0, math.inf, "more", ALIKE, "relative bias -1/n", heavy=True),
        "mean_gap": Curve(
            "item units",
            0,
            math.inf,
            "less",
            ("copies", "order", "rotation", "shift"),
            "bias about the spread over the square root of n",
            heavy=True,
        ),
    }

    def takes(self):
        return Items("points", {}, POINTS)

    def measure(self, key, view):
        output, truth = view.output, view.truth
        share = output.mass / output.mass.sum()
        mean = share @ output.rows
        trace = share @ ((output.rows - mean) ** 2).sum(-1)
        gap = jnp.sqrt(((mean - truth.mean) ** 2).sum())
        return {"spread": trace / jnp.trace(truth.covariance), "mean_gap": gap}
