"""Diversity of items: entropy and effective numbers from the counts of equal items in the
output."""

import math
from typing import ClassVar, final

import jax.numpy as jnp
from jax import Array

from collapse.curve import OWN, Curve
from collapse.measures.base import Measure
from collapse.part import register

COUNTS = ("copies", "order", "words")  # changes that do not affect shares of equal items
ITEMS = ("order", "words")


def shannon(counts: Array) -> Array:
    """Plug-in Shannon entropy of counts (K,), in nats: -sum p ln p (Shannon 1948).

    Zero counts are ignored. Bias about -(K - 1) / 2N; at most ln N, with N the sum of counts.
    """
    p = counts / counts.sum()
    return -jnp.where(p > 0, p * jnp.log(jnp.where(p > 0, p, 1)), 0).sum()


def chao_shen(counts: Array) -> Array:
    """Chao-Shen estimate of Shannon entropy from counts (K,), in nats (Chao and Shen 2003).

    Corrects for unseen items by sample coverage C = 1 - f1 / N, with f1 the number of singletons
    (f1 = N is taken as N - 1, so that C > 0): -sum C p ln(C p) / (1 - (1 - C p)^N).
    """
    total = counts.sum()
    singletons = (counts == 1).sum()
    coverage = 1 - jnp.where(singletons == total, total - 1, singletons) / total
    p = jnp.where(counts > 0, coverage * counts / total, 1.0)
    # 1 - (1 - p)^N by expm1, accurate for tiny p; p = 1 is a single item of entropy 0.
    seen = -jnp.expm1(total * jnp.log1p(-jnp.minimum(p, 1 - jnp.finfo(p.dtype).eps)))
    return -jnp.where(counts > 0, p * jnp.log(p) / seen, 0).sum()


def hill(counts: Array, order: float) -> Array:
    """Hill number of counts (K,): the effective number of items, (sum p^q)^(1 / (1 - q)).

    Order 0 counts distinct items, order 1 is exp(Shannon), order 2 the inverse of Simpson's
    index (Hill 1973). Between 1 and the number of items drawn.
    """
    if order == 1:
        return jnp.exp(shannon(counts))
    p = counts / counts.sum()
    power = jnp.where(p > 0, jnp.where(p > 0, p, 1) ** order, 0).sum()
    return power ** (1 / (1 - order))


def gini(counts: Array) -> Array:
    """Gini heterozygosity 1 - sum p^2: the chance that two draws (with replacement) differ."""
    p = counts / counts.sum()
    return 1 - (p**2).sum()


def top_mass(counts: Array, m: int) -> Array:
    """Share of the m most frequent items, in [0, 1]."""
    return jnp.sort(counts)[-m:].sum() / counts.sum()


@register("item-diversity", "entropy and effective number of distinct items")
@final
class ItemDiversity(Measure):
    """Entropy, effective numbers, heterozygosity and top share of the items in the output.

    Curves: entropy, entropy_chao_shen (nats); hill_0, effective_number (Hill order 1), hill_2
    (items, at most n); gini; top_3_mass (shares).

    entropy_chao_shen estimates unseen items, so in exact mode, where all outcomes are present with
    their probabilities, it is NaN.
    """

    curves: ClassVar = {
        "entropy": Curve(
            "nats", 0, math.inf, "more", COUNTS, "rises with n: bias about -(K - 1) / 2n"
        ),
        "entropy_chao_shen": Curve(
            "nats", 0, math.inf, "more", ITEMS, "none to first order once most items repeat"
        ),
        "hill_0": Curve("items", 1, math.inf, "more", COUNTS, "rises with n, up to K"),
        "effective_number": Curve("items", 1, math.inf, "more", COUNTS, "rises with n"),
        "hill_2": Curve("items", 1, math.inf, "more", COUNTS, "rises with n while it is near n"),
        "gini": Curve("probability", 0, 1, "more", COUNTS, "relative bias -1/n"),
        "top_3_mass": Curve("share", 0, 1, "less", COUNTS, "falls with n"),
    }

    def measure(self, key, view):
        counts = view_counts(view)
        unseen = jnp.full((), jnp.nan) if view.batch.exact else chao_shen(counts)
        return {
            "entropy": shannon(counts),
            "entropy_chao_shen": unseen,
            "hill_0": hill(counts, 0),
            "effective_number": hill(counts, 1),
            "hill_2": hill(counts, 2),
            "gini": gini(counts),
            "top_3_mass": top_mass(counts, 3),
        }


@register("model-diversity", "entropy and support of the model distribution")
@final
class ModelDiversity(Measure):
    """Entropy, support and heterozygosity of a categorical model's own probabilities; no sample is
    drawn.

    Curves: model_entropy (nats), model_support (outcomes), model_gini (probability).
    """

    reads = "model"
    curves: ClassVar = {
        "model_entropy": Curve("nats", 0, math.inf, "more", ("order",), OWN),
        "model_support": Curve("outcomes", 1, math.inf, "more", ("order",), OWN),
        "model_gini": Curve("probability", 0, 1, "more", ("order",), OWN),
    }

    def measure(self, key, view):
        entropy, support, heterozygosity = view.model.diversity()
        return {
            "model_entropy": entropy,
            "model_support": support,
            "model_gini": heterozygosity,
        }


def view_counts(view) -> Array:
    """Counts of the distinct items in the output, in no particular order; zeros are possible."""
    output = view.output
    numbers, bound = view.truth.identify(output.rows)
    return jnp.zeros(bound, output.mass.dtype).at[numbers].add(output.mass)
