"""Memorisation: distance of the output from the training data, and the entropy of these data."""

import math
from typing import ClassVar, final

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.special import digamma, gammaln

from collapse.curve import Curve
from collapse.items import POINTS, Items
from collapse.measures.base import Measure
from collapse.measures.neighbours import AT_ONCE, squares
from collapse.part import register

RIGID = ("order", "rotation", "shift")


@register("nearest-training", "distance of the output to the nearest training item")
@final
class NearestTraining(Measure):
    """Curves (Shi et al. 2025, the generalisation score and the entropy it falls with):

    nearest_training  mean distance of an item of the output from the nearest row of the data that
                      its model was fitted to; 0 if every item is a copy
    training_entropy  entropy of these data by their nearest other rows (Kozachenko and Leonenko
                      1987): psi(N) - psi(1) + ln V_d + (d / N) sum ln distance, in nats, V_d the
                      volume of the unit ball; minus infinity if two rows are equal

    Distances are Euclidean, in item units, and all are computed. A row counts if its weight is
    above 0, once. Both are NaN in generation 0, which no model said, and where there are no data.
    """

    reads_data = True
    curves: ClassVar = {
        "nearest_training": Curve(
            "item units",
            0,
            math.inf,
            "more",
            ("copies", *RIGID),
            "falls with n",
        ),
        "training_entropy": Curve("nats", -math.inf, math.inf, "more", RIGID, "small"),
    }

    def takes(self):
        return Items("points", {}, POINTS)

    def measure(self, key, view):
        output, rows, filled = view.output, view.data.rows, view.data.count > 0
        square = nearest(output.rows, rows, filled)
        mean = output.mass @ jnp.sqrt(square) / output.mass.sum()
        return {
            "nearest_training": jnp.where((view.t > 0) & filled.any(), mean, jnp.nan),
            "training_entropy": jnp.where(view.t > 0, entropy(rows, filled), jnp.nan),
        }

    def check_compatible(self, arm):
        if arm.sampler.kind != "items":
            return [
                "NearestTraining needs items, and this sampler draws none: leave it out, or use a"
                " sampler that draws items."
            ]
        return []


def nearest(rows: Array, centres: Array, filled: Array, same: bool = False) -> Array:
    """(n,) squared distance of each row (n, d) from the nearest centre (m, d) of those ``filled``
    (m,), infinite if none is. ``same``: rows and centres are the same, and a row is not its own."""

    def smallest(i):
        square = jnp.where(filled, squares(rows[i], centres), jnp.inf)
        return (square.at[i].set(jnp.inf) if same else square).min()

    return jax.lax.map(smallest, jnp.arange(len(rows)), batch_size=min(AT_ONCE, len(rows)))


def entropy(rows: Array, filled: Array) -> Array:
    """Entropy (Kozachenko and Leonenko 1987) of those of the rows (N, d) that are ``filled`` (N,),
    in nats; NaN for fewer than two."""
    count, d = filled.sum(), rows.shape[1]
    square = nearest(rows, rows, filled, same=True)
    logs = jnp.where(filled, jnp.log(square) / 2, 0)
    log_ball = d / 2 * math.log(math.pi) - gammaln(d / 2 + 1)  # volume of the unit ball
    nats = digamma(count) - digamma(1.0) + log_ball + d * logs.sum() / count
    return jnp.where(count > 1, nats, jnp.nan)
