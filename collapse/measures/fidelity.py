"""How far the model is from the truth."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.measures.base import Measure
from collapse.models.ngram import lengths


class Coverage(Measure):
    """Curves: coverage, the share of the truth's different items that the output contains (at
    most n over their number); valid, the share of the output that the truth can say at all."""

    units: ClassVar = {"coverage": "share", "valid": "share"}

    def measure(self, key, view):
        output = view.output
        inside = jnp.isfinite(view.truth.log_prob(output.rows)) & (output.mass > 0)
        numbers, bound = view.truth.identify(output.rows)
        found = jnp.zeros(bound, bool).at[numbers].max(inside).sum()
        valid = (inside * output.mass).sum() / output.mass.sum()
        return {"coverage": found / view.truth.support_size, "valid": valid}


class TailMass(Measure):
    """Curve: tail_mass, the share of the output in the truth's tail: its least likely items,
    which together hold ``share`` of the truth's probability (Shumailov et al. 2024).

    The bound of the tail is the share-quantile of log-probability over 20,000 draws of the
    truth with a fixed key, found once before the run. Items of equal probability at the bound
    belong to the tail, so that a uniform truth is all tail.
    """

    units: ClassVar = {"tail_mass": "share"}

    share: float = eqx.field(static=True, default=0.1)
    bound: Array | None = None

    def meet(self, arm) -> "TailMass":
        return TailMass(self.share, tail_bound(arm.truth, self.share))

    def measure(self, key, view):
        log_prob = view.truth.log_prob(view.output.rows)
        inside = jnp.isfinite(log_prob) & (log_prob <= self.bound)
        return {"tail_mass": (inside * view.output.mass).sum() / view.output.mass.sum()}

    def mistakes(self):
        if 0 < self.share < 1:
            return []
        return [f"TailMass share must lie in (0, 1), not {self.share:g}."]


@eqx.filter_jit
def tail_bound(truth, share: float) -> Array:
    rows = truth.sample(jax.random.key(20_000), 20_000)
    return jnp.quantile(truth.log_prob(rows), share)


class Divergence(Measure):
    """Curves: kl_model_truth = KL(model || truth) and kl_truth_model = KL(truth || model), in
    nats and closed form, for Gaussian and categorical models. The second is infinite as soon as
    the model has lost an outcome."""

    reads = "model"
    units: ClassVar = {"kl_model_truth": "nats", "kl_truth_model": "nats"}

    def measure(self, key, view):
        return {
            "kl_model_truth": view.model.kl(view.truth),
            "kl_truth_model": view.truth.kl(view.model),
        }


class TotalVariation(Measure):
    """Curve: total_variation, half the L1 distance of two categorical distributions, in [0, 1]."""

    reads = "model"
    units: ClassVar = {"total_variation": "probability"}

    def measure(self, key, view):
        return {"total_variation": view.model.total_variation(view.truth)}


class Wasserstein(Measure):
    """Curve: w2, the 2-Wasserstein distance of two Gaussians in the units of the items."""

    reads = "model"
    units: ClassVar = {"w2": "item units"}

    def measure(self, key, view):
        return {"w2": jnp.sqrt(view.model.w2_squared(view.truth))}


class Moments(Measure):
    """Curves: mean_shift, the distance of the mean from the truth's; variance, the mean of the
    covariance's diagonal; log_variance, its logarithm, which a chain of summaries carries on
    where the variance itself underflows (below 1e-38 in single precision)."""

    reads = "model"
    units: ClassVar = {
        "mean_shift": "item units",
        "variance": "item units^2",
        "log_variance": "ln(item units^2)",
    }

    def measure(self, key, view):
        variance = jnp.diagonal(view.model.covariance).mean()
        shift = jnp.sqrt(jnp.sum((view.model.mean - view.truth.mean) ** 2))
        log_variance = view.model.log_variance
        return {"mean_shift": shift, "variance": variance, "log_variance": log_variance}


class Perplexity(Measure):
    """Curves: cross_entropy, the mean negative log-probability per token (end symbols included) of
    held-out real rows under the model, and perplexity, its exponential. Infinite for a truth that
    cannot say them."""

    reads = "model"
    units: ClassVar = {"perplexity": "per token", "cross_entropy": "nats per token"}

    held_out: Array  # (N, L)

    def measure(self, key, view):
        total = view.model.log_prob(self.held_out).sum()
        each = -total / lengths(self.held_out).sum()
        return {"perplexity": jnp.exp(each), "cross_entropy": each}
