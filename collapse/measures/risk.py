"""Risk and accuracy of a predictor: regressions and classifiers."""

import math
from dataclasses import KW_ONLY
from typing import ClassVar, final

import jax.numpy as jnp
from jax.scipy.stats import norm

from collapse.curve import OWN, Curve
from collapse.measures.base import Measure
from collapse.models.distributions.regression import LinearRegression
from collapse.models.networks.classifiers import Classifier
from collapse.part import Numbers, at_least, register


@register("excess-risk", "excess risk of a regression")
@final
class ExcessRisk(Measure):
    """Curve: risk, (w - w*)' Sigma (w - w*): the excess of a regression's mean squared error over
    that of the truth w*, for the truth's inputs of covariance Sigma."""

    curves: ClassVar = {"risk": Curve("label units^2", 0, math.inf, "less", (), OWN)}
    reads = "model"

    def measure(self, key, view):
        return {"risk": view.model.risk(view.truth)}


@register("downstream-ridge", "excess risk of a ridge regression trained on the model's labels")
@final
class DownstreamRidge(Measure):
    """Curve: downstream_risk, the excess risk of a ridge regression with ridge ``penalty``, fitted
    to ``rows`` new rows that the model labels with errors of standard deviation ``noise`` (Dohmatob
    et al. 2024). At generation 0 the truth labels them."""

    curves: ClassVar = {
        "downstream_risk": Curve("label units^2", 0, math.inf, "less", (), "falls with ``rows``")
    }
    reads = "model"

    _: KW_ONLY
    rows: int = at_least(1, default=100, static=True)
    penalty: Numbers = at_least(0, default=0.0)
    noise: Numbers = at_least(0, default=1.0)

    def measure(self, key, view):
        model = LinearRegression(
            view.model.w, noise_level=self.noise, ridge=self.penalty, spectrum=view.truth.variances
        )
        count = jnp.array(float(self.rows))
        student = model.fitted(model.summary(model.noise(key, count), count))
        return {"downstream_risk": student.risk(view.truth)}


@register("cross-risk", "risk of each member on its own and on other sources")
@final
class CrossRisk(Measure):
    """Curves of a population of regressions: own_risk, the mean over members of the excess risk on
    the member's private source; other_risk, the same on the other members' sources (Vu et al.
    2025)."""

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


@register("accuracy", "accuracy of a linear classifier")
@final
class Accuracy(Measure):
    """Curves of a linear classifier: accuracy, the probability of the right class for an input of
    the truth, N(separation, I) or N(-separation, I) with equal probabilities; excess_error, the
    shortfall from the best possible accuracy, Phi(|separation|); alignment, the cosine between its
    weights and the truth's.

    derived: given its class (sign s), s (x.w + bias) / |w| is normal with mean (separation.w + s
    bias) / |w| and variance 1, so accuracy is the mean over s of Phi of this mean.
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
        # With zero weights it always predicts one class and is right half the time.
        accuracy = jnp.where(length > 0, accuracy, 0.5)
        best = norm.cdf(jnp.linalg.norm(truth.separation))
        alignment = unit @ truth.w / jnp.linalg.norm(truth.w)
        return {"accuracy": accuracy, "excess_error": best - accuracy, "alignment": alignment}


@register("labels", "agreement with the truth and share of positives of a classifier")
@final
class Labels(Measure):
    """Curves of the labels of any classifier: agreement, the share of the output's rows whose label
    is the one more probable under the truth at that input; positives, the share with label 1.
    Labels drawn from a calibrated classifier keep the share of positives; most probable labels need
    not (Taori and Hashimoto 2023)."""

    curves: ClassVar = {
        "agreement": Curve("share", 0, 1, "more", ("copies", "order", "rotation"), "none"),
        "positives": Curve("share", 0, 1, None, ("copies", "order", "rotation"), "none"),
    }

    def measure(self, key, view):
        rows, mass = view.output.rows, view.output.mass / view.output.mass.sum()
        positive = rows[:, -1] > 0.5
        right = positive == (view.truth.margin(rows[:, :-1]) > 0)
        return {"agreement": right @ mass, "positives": positive @ mass}

    def check_compatible(self, arm):
        if isinstance(arm.truth, Classifier):
            return []
        return [f"Labels needs a truth that labels points; {type(arm.truth).__name__} does not."]
