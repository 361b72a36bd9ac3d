"""Memorisation: how near the output is to the training data, and how much these have to say."""

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
        output, rows, there = view.output, view.data.rows, view.data.count > 0
        away = nearest(output.rows, rows, there)
        mean = output.mass @ jnp.sqrt(away) / output.mass.sum()
        return {
            "nearest_training": jnp.where((view.t > 0) & there.any(), mean, jnp.nan),
            "training_entropy": jnp.where(view.t > 0, entropy(rows, there), jnp.nan),
        }

    def check_compatible(self, arm):
        if arm.sampler.kind != "items":
            return ["NearestTraining needs items, and this sampler draws none."]
        return []


def nearest(rows: Array, centres: Array, there: Array, same: bool = False) -> Array:
    """(n,) squared distance of each row (n, d) from the nearest centre (m, d) that is ``there``
    (m,), infinite if none is. ``same``: rows and centres are the same, and a row is not its own."""

    def one(i):
        away = jnp.where(there, squares(rows[i], centres), jnp.inf)
        return (away.at[i].set(jnp.inf) if same else away).min()

    return jax.lax.map(one, jnp.arange(len(rows)), batch_size=min(AT_ONCE, len(rows)))


def entropy(rows: Array, there: Array) -> Array:
    """Entropy (Kozachenko and Leonenko 1987) of the rows (N, d) that are ``there`` (N,), in nats;
    NaN if there are fewer than two."""
    count, d = there.sum(), rows.shape[1]
    away = nearest(rows, rows, there, same=True)
    logs = jnp.where(there, jnp.log(away) / 2, 0)
    ball = d / 2 * math.log(math.pi) - gammaln(d / 2 + 1)
    found = digamma(count) - digamma(1.0) + ball + d * logs.sum() / count
    return jnp.where(count > 1, found, jnp.nan)
