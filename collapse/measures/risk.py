"""What a predictor is worth: risk of a regression, accuracy of a classifier."""

import math
from dataclasses import KW_ONLY
from typing import ClassVar, final

import equinox as eqx
import jax.numpy as jnp
from jax.scipy.stats import norm

from collapse.curve import OWN, Curve
from collapse.measures.base import Measure
from collapse.models.distributions.regression import LinearRegression
from collapse.models.networks.classifiers import Classifier
from collapse.part import Numbers, register


@register("excess-risk", "of a regression")
@final
class ExcessRisk(Measure):
    """Curve: risk, (w - w*)' Sigma (w - w*), what a regression's mean squared error is above that
    of the truth w*, for the truth's inputs of covariance Sigma."""

    curves: ClassVar = {"risk": Curve("label units^2", 0, math.inf, "less", (), OWN)}
    reads = "model"

    def measure(self, key, view):
        return {"risk": view.model.risk(view.truth)}


@register("downstream-ridge", "ridge on its labels")
@final
class DownstreamRidge(Measure):
    """Curve: downstream_risk, the excess risk of a ridge regression of ``penalty`` that is fitted
    to ``rows`` new rows, which the model labels with errors of standard deviation ``noise``
    (Dohmatob et al. 2024). At generation 0 the truth labels them."""

    curves: ClassVar = {
        "downstream_risk": Curve("label units^2", 0, math.inf, "less", (), "falls with ``rows``")
    }
    reads = "model"

    _: KW_ONLY
    rows: int = eqx.field(static=True, default=100)
    penalty: Numbers = 0.0
    noise: Numbers = 1.0

    def measure(self, key, view):
        model = LinearRegression(
            view.model.w, noise_level=self.noise, ridge=self.penalty, spectrum=view.truth.variances
        )
        count = jnp.array(float(self.rows))
        found = model.fitted(model.summary(model.noise(key, count), count))
        return {"downstream_risk": found.risk(view.truth)}

    def validate(self):
        found = [] if self.rows >= 1 else [f"DownstreamRidge rows must be at least 1: {self.rows}."]
        for name in ("penalty", "noise"):
            if not float(getattr(self, name)) >= 0:
                found.append(f"DownstreamRidge {name} must be at least 0.")
        return found


@register("cross-risk", "of members on other sources")
@final
class CrossRisk(Measure):
    """Curves of a population of regressions: own_risk, the mean over members of the excess risk
    against the source private to them; other_risk, against the others' (Vu et al. 2025)."""

    curves: ClassVar = {
        "own_risk": Curve("label units^2", 0, math.inf, "less", ("order",), OWN),
        "other_risk": Curve("label units^2", 0, math.inf, "less", ("order",), OWN),
    }
    reads = "model"

    def measure(self, key, view):
        own, other = [], []
        for k, member in enumerate(view.model.members):
            for j, source in enumerate(view.truth.members):
                (own if j == k else other).append(member.risk(source))
        other = other or [jnp.array(jnp.nan)]
        return {"own_risk": jnp.stack(own).mean(), "other_risk": jnp.stack(other).mean()}


@register("accuracy", "of a classifier")
@final
class Accuracy(Measure):
    """Curves of a linear classifier: accuracy, the chance that it names the class of an input of
    the truth, N(separation, I) or N(-separation, I) with equal chances; excess_error, what that
    is below the best possible, Phi(|separation|); alignment, the cosine between its weights and
    the truth's.

    derived: given its class (sign s), s (x.w + bias) / |w| is normal about (separation.w + s bias)
    / |w| with variance 1, so that accuracy is the mean of Phi of it over s.
    """

    curves: ClassVar = {
        "accuracy": Curve("probability", 0, 1, "more", ("rotation",), OWN),
        "excess_error": Curve("probability", 0, 1, "less", ("rotation",), OWN),
        "alignment": Curve("cosine", -1, 1, "more", ("rotation",), OWN),
    }
    reads = "model"

    def measure(self, key, view):
        model, truth = view.model, view.truth
        length = jnp.linalg.norm(model.w)
        unit = model.w / jnp.where(length > 0, length, 1)
        shift = model.bias / jnp.where(length > 0, length, 1)
        ahead = unit @ truth.separation
        accuracy = 0.5 * (norm.cdf(ahead + shift) + norm.cdf(ahead - shift))
        # Without weights it says one class always: right half the time.
        accuracy = jnp.where(length > 0, accuracy, 0.5)
        best = norm.cdf(jnp.linalg.norm(truth.separation))
        alignment = unit @ truth.w / jnp.linalg.norm(truth.w)
        return {"accuracy": accuracy, "excess_error": best - accuracy, "alignment": alignment}


@register("labels", "what a classifier says")
@final
class Labels(Measure):
    """Curves of what any classifier says: agreement, the share of the output's rows whose label is
    the one that the truth holds likelier at that input; positives, the share with label 1. Labels
    drawn from a calibrated classifier keep the positives where they are, the likeliest ones need
    not (Taori and Hashimoto 2023)."""

    curves: ClassVar = {
        "agreement": Curve("share", 0, 1, "more", ("copies", "order", "rotation"), "none"),
        "positives": Curve("share", 0, 1, None, ("copies", "order", "rotation"), "none"),
    }

    def measure(self, key, view):
        rows, mass = view.output.rows, view.output.mass / view.output.mass.sum()
        said = rows[:, -1] > 0.5
        right = said == (view.truth.margin(rows[:, :-1]) > 0)
        return {"agreement": right @ mass, "positives": said @ mass}

    def check_compatible(self, arm):
        if isinstance(arm.truth, Classifier):
            return []
        return [f"Labels needs a truth that labels points; {type(arm.truth).__name__} does not."]
