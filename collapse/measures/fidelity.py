"""Fidelity: distances and divergences between the model and the truth."""

import math
from dataclasses import KW_ONLY
from functools import lru_cache
from typing import ClassVar, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.curve import OWN, Curve
from collapse.items import TEXT, Items
from collapse.measures.base import Measure
from collapse.numerics.device import compiled
from collapse.numerics.pytree import Same
from collapse.numerics.tokens import lengths
from collapse.part import Numbers, array, at_least, register, within

RIGID = ("rotation", "shift")  # changes that do not affect distances between Gaussians
AFFINE = ("order", "rotation", "scale", "shift")
WORDS = ("order", "words")
MORE_TEXT = "falls with n: a model fitted to more text is less surprised"


@register("support-coverage", "share of the truth's support in the output")
@final
class SupportCoverage(Measure):
    """Curves: support_coverage, the share of the truth's distinct items that occur in the output
    (at most n over their number); valid, the share of the output with positive probability under
    the truth."""

    curves: ClassVar = {
        "support_coverage": Curve(
            "share", 0, 1, "more", ("copies", "order", "words"), "rises with n, at most n over K"
        ),
        "valid": Curve("share", 0, 1, "more", ("copies", "order", "words"), "none"),
    }

    def measure(self, key, view):
        output = view.output
        inside = jnp.isfinite(view.truth.log_prob(output.rows)) & (output.mass > 0)
        numbers, bound = view.truth.identify(output.rows)
        distinct = jnp.zeros(bound, bool).at[numbers].max(inside).sum()
        valid = (inside * output.mass).sum() / output.mass.sum()
        return {"support_coverage": distinct / view.truth.support_size, "valid": valid}


@register("tail-mass", "share of the output in the tail of the truth")
@final
class TailMass(Measure):
    """Curve: tail_mass, the share of the output in the truth's tail, which is its least probable
    items with a total probability of ``share`` (Shumailov et al. 2024).

    The bound of the tail is the share-quantile of log-probability over 20,000 draws of the truth
    with a fixed key, computed once before the run. Items whose probability equals the bound belong
    to the tail, so that a uniform truth is all tail.
    """

    curves: ClassVar = {
        "tail_mass": Curve(
            "share",
            0,
            1,
            "more",
            ("copies", "order", "rotation", "scale", "shift", "words"),
            "none, except for the sampling error of the bound",
        )
    }

    share: float = within("(0, 1)", default=0.1, static=True)
    _: KW_ONLY
    bound: Array | None = None

    def bind(self, arm) -> "TailMass":
        return TailMass(self.share, bound=bound_of(Same(arm.truth), self.share))

    def measure(self, key, view):
        log_prob = view.truth.log_prob(view.output.rows)
        inside = jnp.isfinite(log_prob) & (log_prob <= self.bound)
        return {"tail_mass": (inside * view.output.mass).sum() / view.output.mass.sum()}


@lru_cache(maxsize=1)
def bound_of(truth: Same, share: float) -> Array:
    """The bound of a truth, computed once for all arms that have the same one."""
    return tail_bound(truth.tree, share)


@compiled
def tail_bound(truth, share: float) -> Array:
    """The ``share``-quantile of log-probability, in nats, over 20,000 draws of the truth."""
    rows = truth.sample(jax.random.key(20_000), 20_000)
    return jnp.quantile(truth.log_prob(rows), share)


@register("divergence", "KL divergences between model and truth")
@final
class Divergence(Measure):
    """Curves: kl_model_truth = KL(model || truth) and kl_truth_model = KL(truth || model), in nats,
    in closed form for Gaussian and categorical models. The second is infinite once the model has
    lost an outcome."""

    reads = "model"
    curves: ClassVar = {
        "kl_model_truth": Curve("nats", 0, math.inf, "less", AFFINE, OWN, heavy=True),
        "kl_truth_model": Curve("nats", 0, math.inf, "less", AFFINE, OWN, heavy=True),
    }

    def measure(self, key, view):
        return {
            "kl_model_truth": view.model.kl(view.truth),
            "kl_truth_model": view.truth.kl(view.model),
        }


@register("total-variation", "total variation distance between model and truth")
@final
class TotalVariation(Measure):
    """Curve: total_variation, half the L1 distance of the probabilities of two categorical
    distributions, in [0, 1]."""

    reads = "model"
    curves: ClassVar = {"total_variation": Curve("probability", 0, 1, "less", ("order",), OWN)}

    def measure(self, key, view):
        return {"total_variation": view.model.total_variation(view.truth)}


@register("wasserstein", "2-Wasserstein distance between Gaussian model and truth")
@final
class Wasserstein(Measure):
    """Curve: w2, the 2-Wasserstein distance of two Gaussians, in the units of the items."""

    reads = "model"
    curves: ClassVar = {"w2": Curve("item units", 0, math.inf, "less", RIGID, OWN, heavy=True)}

    def measure(self, key, view):
        return {"w2": jnp.sqrt(view.model.w2_squared(view.truth))}


@register("moments", "mean shift and variance of the model")
@final
class Moments(Measure):
    """Curves: mean_shift, the distance of the model's mean from the truth's; variance, the mean of
    the covariance's diagonal; log_variance, its logarithm, which chains of summaries still give
    where the variance underflows (below 1e-38 in single precision)."""

    reads = "model"
    asks: ClassVar = {"model": ("mean", "covariance", "log_variance"), "truth": ("mean",)}
    curves: ClassVar = {
        "mean_shift": Curve("item units", 0, math.inf, "less", RIGID, OWN, heavy=True),
        "variance": Curve("item units^2", 0, math.inf, "more", RIGID, OWN, heavy=True),
        "log_variance": Curve("ln(item units^2)", -math.inf, math.inf, "more", RIGID, OWN),
    }

    def measure(self, key, view):
        variance = jnp.diagonal(view.model.covariance).mean()
        shift = jnp.sqrt(jnp.sum((view.model.mean - view.truth.mean) ** 2))
        log_variance = view.model.log_variance
        return {"mean_shift": shift, "variance": variance, "log_variance": log_variance}


@register("perplexity", "perplexity of held-out real rows")
@final
class Perplexity(Measure):
    """Curves: cross_entropy, the mean negative log-probability per token (end symbols included) of
    held-out real rows under the model; perplexity, its exponential. Infinite if a row has
    probability 0. Field: held_out (N, L)."""

    reads = "model"
    curves: ClassVar = {
        "perplexity": Curve("per token", 1, math.inf, "less", WORDS, MORE_TEXT, heavy=True),
        "cross_entropy": Curve("nats per token", 0, math.inf, "less", WORDS, MORE_TEXT, heavy=True),
    }

    held_out: Numbers = array()  # (N, L)

    def takes(self):
        return Items("tokens", {}, TEXT)

    def measure(self, key, view):
        total = view.model.log_prob(self.held_out).sum()
        each = -total / lengths(self.held_out).sum()
        return {"perplexity": jnp.exp(each), "cross_entropy": each}

    def check_compatible(self, arm):
        size, rows = getattr(arm.truth, "vocab_size", None), np.asarray(self.held_out)
        if size is None or not rows.size or (rows.min() >= 0 and rows.max() < size):
            return []
        return [
            f"Perplexity has held-out rows of tokens {rows.min()} to {rows.max()}, and the truth "
            f"has {size} tokens: 0 to {size - 1}."
        ]


@register("held-out-log-density", "log-density of held-out real items")
@final
class HeldOutLogDensity(Measure):
    """Curve: held_out_log_density, the mean log-density under the model of held-out real items, in
    nats per item (log-probability for outcomes). For infinitely many items it is -H(truth) -
    KL(truth || model). Minus infinity if an item has density 0, for example after the variance has
    reached 0.

    Field: held_out (N, ...), real items that no model was fitted to. Default: ``size`` draws of the
    truth with a fixed key, drawn once before the run and the same for all seeds.
    """

    reads = "model"
    curves: ClassVar = {
        "held_out_log_density": Curve(
            "nats per item",
            -math.inf,
            math.inf,
            "more",
            ("copies", "order", "rotation", "shift"),
            "rises with n: a model fitted to more items is less surprised",
            heavy=True,
        )
    }

    held_out: Numbers | None = array(default=None)
    _: KW_ONLY
    size: int = at_least(1, default=1000, static=True)

    def bind(self, arm) -> "HeldOutLogDensity":
        if self.held_out is not None:
            return self
        return HeldOutLogDensity(held_out=held_out_rows(arm.truth, self.size), size=self.size)

    def measure(self, key, view):
        return {"held_out_log_density": view.model.log_prob(self.held_out).mean()}

    def check_compatible(self, arm):
        if self.held_out is None:
            return []
        its = jax.eval_shape(lambda: arm.truth.sample(jax.random.key(0), 1)).shape[1:]
        mine = np.shape(self.held_out)[1:]
        if mine == its:
            return []
        return [f"HeldOutLogDensity has held-out items of shape {mine}, and the truth draws {its}."]


@compiled
def held_out_rows(truth, size: int) -> Array:
    """``size`` items of the truth, drawn with a fixed key."""
    return truth.sample(jax.random.key(20_001), size)
