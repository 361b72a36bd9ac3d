"""Lost probability and parameter errors of a model; no item is drawn."""

import math
from typing import ClassVar, final

import equinox as eqx
import jax.numpy as jnp
from jax import Array

from collapse.curve import OWN, Curve
from collapse.measures.base import Measure
from collapse.metrics.formulas import total_variation
from collapse.part import register


@register("missing-mass", "truth's probability of outcomes that the model has lost")
@final
class MissingMass(Measure):
    """Curve: missing_mass, the truth's probability of outcomes that have probability 0 under the
    model.

    Of a categorical model this is the test error of the Hutter memory, which is right about an
    item if and only if the item was in its training data (Dohmatob et al. 2024).
    """

    reads = "model"
    curves: ClassVar = {"missing_mass": Curve("probability", 0, 1, "less", ("order",), OWN)}

    def measure(self, key, view):
        rows, p = view.truth.support()
        return {"missing_mass": jnp.where(jnp.isneginf(view.model.log_prob(rows)), p, 0).sum()}


@register("conditional-variation", "total variation between the rows of bigram tables")
@final
class ConditionalVariation(Measure):
    """Curve: conditional_variation, the total variation distance between the rows of two bigram
    tables, averaged over the truth's contexts (the test error of Dohmatob et al. 2024, section 4).
    """

    reads = "model"
    curves: ClassVar = {
        "conditional_variation": Curve("probability", 0, 1, "less", ("order",), OWN)
    }

    def measure(self, key, view):
        distance = total_variation(view.model.p, view.truth.p)
        return {"conditional_variation": view.truth.prompt @ distance}


@register("survival", "whether a Bernoulli or Poisson parameter is above 0")
@final
class Survival(Measure):
    """Curve: survival, 1 while the parameter of a Bernoulli or Poisson model is above 0, else 0;
    its mean over seeds is the survival probability (Suresh et al. 2024)."""

    reads = "model"
    curves: ClassVar = {"survival": Curve("probability", 0, 1, "more", (), OWN)}

    def measure(self, key, view):
        return {"survival": view.model.alive.astype(float)}


class Undecided(Measure):
    """Curve: undecided, 1 while a categorical or Bernoulli model has more than one outcome of
    positive probability, else 0; one minus its mean over seeds is the probability of fixation by
    then."""

    reads = "model"
    curves: ClassVar = {"undecided": Curve("probability", 0, 1, "more", ("order",), OWN)}

    def measure(self, key, view):
        return {"undecided": (view.model.support_size > 1).astype(float)}


class Share(Measure):
    """Curve: share, the model's probability of one ``outcome``: above 0 while it is not lost, 1
    once it is the only one left."""

    reads = "model"
    curves: ClassVar = {"share": Curve("probability", 0, 1, None, (), OWN)}

    outcome: int = eqx.field(static=True, default=0)

    def measure(self, key, view):
        return {"share": view.model.p[self.outcome]}


class Rate(Measure):
    """Curve: rate, the mean of a Poisson model."""

    reads = "model"
    curves: ClassVar = {"rate": Curve("events per item", 0, math.inf, None, (), OWN, heavy=True)}

    def measure(self, key, view):
        return {"rate": view.model.rate}


@register("squared-error", "squared error of the probabilities")
@final
class SquaredError(Measure):
    """Curve: squared_error, the sum of squared differences between the probabilities p of model and
    truth, R_t in the laws of fresh data."""

    reads = "model"
    curves: ClassVar = {"squared_error": Curve("probability^2", 0, 2, "less", ("order",), OWN)}

    def measure(self, key, view):
        return {"squared_error": squared_distance(view.model.p, view.truth.p)}


def squared_distance(x: Array, y: Array) -> Array:
    """Squared Euclidean distance of two vectors (K,)."""
    return jnp.sum((x - y) ** 2)
