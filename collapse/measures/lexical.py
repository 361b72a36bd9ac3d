"""Lexical diversity: measures of the n-grams inside items.

An n-gram is n consecutive tokens of one item; the end symbol is not a token, and no n-gram spans
two items. Counting is exact: n-grams have equal keys only if they are equal.
"""

import math
from typing import ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.curve import Curve
from collapse.measures.base import Measure
from collapse.metrics.formulas import distinct, entropy, expectation_adjusted_distinct
from collapse.numerics.grouping import (
    bits_for,
    low_bits,
    pack,
    run_lengths,
    sort_keys,
    starts_of_runs,
)
from collapse.part import register

WORDS = ("order", "word order", "words")
GRAMS = ("order", "words")
FEW_GRAMS = "bias about -(distinct n-grams - 1) / 2 n-grams"


def ngram_counts(rows: Array, most: int, size: int) -> list[Array]:
    """How often each distinct n-gram occurs in token rows (N, L), for n = 1..most.

    ``size`` is the vocabulary size V; 0 ends a row. Each array holds one count per distinct
    n-gram and zeros for the rest. One sort serves all n: windows of ``most`` tokens in
    lexicographic order are in order of their first n tokens too.
    """
    padded = jnp.pad(rows, ((0, 0), (0, most - 1)))
    window = [padded[:, i : i + rows.shape[1]].ravel() for i in range(most)]
    key = sort_keys(pack([(part, size) for part in window]))
    counts, bits = [], bits_for(size)
    for n in range(1, most + 1):
        rest = 1 << (bits * (most - n))
        valid = window_token(key, most - n, bits) != 0
        counts.append(run_lengths(starts_of_runs(key, ignore=rest), valid))
    return counts


def window_token(key: Array, place: int, bits: int) -> Array:
    """The token at ``place``, counted from the end, of each packed window."""
    with jax.enable_x64(True):
        shifted = jax.lax.shift_right_logical(key, jnp.uint64(place * bits))
    return low_bits(shifted, 1 << bits)


@register("wording", "distinct-n and n-gram entropy")
@final
class Wording(Measure):
    """distinct-1..4, expectation-adjusted distinct-1 and the entropy of n-grams of the output.

    Curves: distinct_1 .. distinct_4 and ead_1 (ratios); entropy_1gram, entropy_2gram (nats).
    All but ead_1 depend on the amount of text: compare at equal n. Field: vocab_size V, end symbol
    included.
    """

    curves: ClassVar = {
        "distinct_1": Curve("ratio", 0, 1, "more", WORDS, "falls as text is added"),
        "distinct_2": Curve("ratio", 0, 1, "more", GRAMS, "falls as text is added"),
        "distinct_3": Curve("ratio", 0, 1, "more", GRAMS, "falls as text is added"),
        "distinct_4": Curve("ratio", 0, 1, "more", GRAMS, "falls as text is added"),
        "ead_1": Curve(
            "ratio",
            0,
            math.inf,
            "more",
            WORDS,
            "none if all words are equally probable; otherwise falls, then rises, with text",
        ),
        "entropy_1gram": Curve("nats", 0, math.inf, "more", ("copies", *WORDS), FEW_GRAMS),
        "entropy_2gram": Curve("nats", 0, math.inf, "more", ("copies", *GRAMS), FEW_GRAMS),
    }

    vocab_size: int = eqx.field(static=True)  # V, the end symbol included

    def measure(self, key, view):
        counts = ngram_counts(view.output.rows, 4, self.vocab_size)
        curves = {f"distinct_{n}": distinct(counts[n - 1]) for n in (1, 2, 3, 4)}
        curves["ead_1"] = expectation_adjusted_distinct(counts[0], self.vocab_size - 1, 1)
        return curves | {
            f"entropy_{n}gram": entropy(counts[n - 1] / counts[n - 1].sum()) for n in (1, 2)
        }

    def check_compatible(self, arm):
        if arm.sampler.kind != "items":
            return [
                "Wording counts tokens of items, and this sampler draws none: leave it out, or use"
                " a sampler that draws items."
            ]
        return []

    def validate(self):
        if 4 * bits_for(self.vocab_size) > 64:
            return [
                f"distinct-4 needs a vocabulary of at most 65,536 tokens, not {self.vocab_size:,}."
            ]
        return []
