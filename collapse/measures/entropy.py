"""Diversity of items: entropy and effective numbers from the counts of equal items in the
output."""

import math
from typing import ClassVar, final

import equinox as eqx
import jax.numpy as jnp
from jax import Array

from collapse.curve import OWN, Curve
from collapse.measures.base import Measure
from collapse.metrics.formulas import chao_shen, entropy, gini, hill, pass_at, top_share
from collapse.part import register

COUNTS = ("copies", "order", "words")  # changes that do not affect shares of equal items
ITEMS = ("order", "words")


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
        p = counts / counts.sum()
        return {
            "entropy": entropy(p),
            "entropy_chao_shen": unseen,
            "hill_0": hill(p, 0),
            "effective_number": hill(p, 1),
            "hill_2": hill(p, 2),
            "gini": gini(p),
            "top_3_mass": top_share(counts, 3),
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


@register("rarefaction", "different items expected among k")
@final
class Rarefaction(Measure):
    """How many different items k draws of the output give, on average: U(k) = sum 1 - C(n - x, k) /
    C(n, k) over items that occur x times among n (Hurlbert 1971); in exact mode sum 1 - (1 - p)^k.
    Curves: different_in_k for each of ``ks``."""

    ks: tuple[int, ...] = eqx.field(static=True, default=(10,))

    @property
    def curves(self):
        each = Curve("items", 1, math.inf, "more", ITEMS, "none")
        return {f"different_in_{k}": each for k in self.ks}

    def measure(self, key, view):
        counts = view_counts(view)
        if view.batch.exact:
            p = counts / counts.sum()
            return {f"different_in_{k}": (1 - (1 - p) ** k).sum() for k in self.ks}
        n = counts.sum()
        return {f"different_in_{k}": pass_at(counts, n, k).sum() for k in self.ks}

    def check_compatible(self, arm) -> list[str]:
        """Error sentences if it cannot measure this arm; empty if it can."""
        if arm.sampler.kind == "items" and max(self.ks) > arm.n:
            return [f"Rarefaction {max(self.ks)} needs at least as many items: raise n."]
        return []

    def validate(self):
        few = not self.ks or min(self.ks) < 1
        errors = ["Rarefaction ks must be whole numbers of at least 1."] if few else []
        return errors + super().validate()


def view_counts(view) -> Array:
    """Counts of the distinct items in the output, in no particular order; zeros are possible."""
    output = view.output
    numbers, bound = view.truth.identify(output.rows)
    return jnp.zeros(bound, output.mass.dtype).at[numbers].add(output.mass)
