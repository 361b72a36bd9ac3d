"""What becomes of the modes of a Gaussian mixture."""

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
from collapse.part import Numbers, register

ALIKE = ("copies", "order", "rotation", "scale", "shift")
TURNED = ("order", "rotation", "shift")


def needs_mixture(measure: Measure, *parts) -> None:
    """A sentence for an arm whose truth or model has no modes."""
    for part in parts:
        if not isinstance(part, GaussianMixture):
            raise UserError(
                f"{type(measure).__name__} needs a GaussianMixture, not a {type(part).__name__}."
            )


@register("mode-coverage", "modes of a mixture found")
@final
class ModeCoverage(Measure):
    """Which modes of the truth, a mixture, the output still holds.

    An item belongs to the mode that it is fewest standard deviations from (Mahalanobis distance),
    if these are at most ``within``. Curves:

    mode_coverage   share of the modes that hold at least ``share`` of what they should, which is
                    their weight times the items (0: at least one item)
    near_modes      share of the output that belongs to any mode: high-quality items
    mode_diversity  chance that two items that belong to a mode belong to different ones
    """

    curves: ClassVar = {
        "mode_coverage": Curve(
            "share of modes", 0, 1, "more", ALIKE, "rises with n, while modes expect few items"
        ),
        "near_modes": Curve("share", 0, 1, "more", ALIKE, "none"),
        "mode_diversity": Curve("probability", 0, 1, "more", ALIKE, "low by one part in n"),
    }

    share: Numbers = 0.1
    _: KW_ONLY
    within: Numbers = 3.0

    def bind(self, arm) -> "ModeCoverage":
        needs_mixture(self, arm.truth)
        return self

    def measure(self, key, view):
        truth, output = view.truth, view.output
        lives = truth.weights > 0
        square, _, _ = distances(output.rows.T, truth.means, truth.covs)
        square = jnp.where(lives[:, None], square, jnp.inf)
        near = square.min(0) <= self.within**2
        mass = output.mass / output.mass.sum() * near
        held = jnp.zeros_like(truth.weights).at[jnp.argmin(square, 0)].add(mass)
        enough = held >= self.share * truth.weights * (1 - 1e-5)  # but for rounding
        total = jnp.where(held.sum() > 0, held.sum(), 1)
        return {
            "mode_coverage": (lives & enough & (held > 0)).sum() / lives.sum(),
            "near_modes": held.sum(),
            "mode_diversity": jnp.where(held.sum() > 0, 1 - ((held / total) ** 2).sum(), 0),
        }

    def validate(self):
        found = []
        if not 0 <= float(self.share) <= 1:
            found.append(f"ModeCoverage share must lie in [0, 1], not {float(self.share):g}.")
        if not float(self.within) > 0:
            found.append(f"ModeCoverage within must be above 0, not {float(self.within):g}.")
        return found


@register("mixture-distance", "L2 of mixtures")
@final
class MixtureDistance(Measure):
    """Curve: l2_distance, the L2 distance of the densities of model and truth, both mixtures, in
    closed form (Shumailov et al. 2024, fig. 13)."""

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


@register("spread", "covariance over the truth's")
@final
class Spread(Measure):
    """Curves: spread, the trace of the covariance of the output over that of the truth;
    mean_gap, the distance of their means. The output's covariance is divided by its mass."""

    curves: ClassVar = {
        "spread": Curve("ratio", 0, math.inf, "more", ALIKE, "low by one part in n", heavy=True),
        "mean_gap": Curve(
            "item units",
            0,
            math.inf,
            "less",
            ("copies", "order", "rotation", "shift"),
            "high, by about the spread over the root of n",
            heavy=True,
        ),
    }

    def bind(self, arm) -> "Spread":
        if not (hasattr(arm.truth, "mean") and hasattr(arm.truth, "covariance")):
            raise UserError(
                f"Spread needs a truth with moments; {type(arm.truth).__name__} has none."
            )
        return self

    def takes(self):
        return Items("points", {}, POINTS)

    def measure(self, key, view):
        output, truth = view.output, view.truth
        share = output.mass / output.mass.sum()
        mean = share @ output.rows
        trace = share @ ((output.rows - mean) ** 2).sum(-1)
        gap = jnp.sqrt(((mean - truth.mean) ** 2).sum())
        return {"spread": trace / jnp.trace(truth.covariance), "mean_gap": gap}
