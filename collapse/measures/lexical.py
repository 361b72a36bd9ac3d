"""How varied the wording is: measures of the n-grams inside items.

An n-gram is n consecutive words of one item; the end symbol is not a word, and none crosses from
one item to the next. Keys are exact: equal keys are equal n-grams.
"""

import math
from functools import partial
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.arguments import register
from collapse.errors import Mistake
from collapse.meaning import Curve
from collapse.measures.base import Measure
from collapse.measures.entropy import shannon
from collapse.ranking import bits_for, low_bits, pack, run_lengths, sort_keys, starts_of_runs

WORDS = ("order", "word order", "words")
GRAMS = ("order", "words")
FEW_GRAMS = "low by about (different n-grams - 1) / 2 n-grams"


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
    """The token ``place`` tokens from the end of each packed window."""
    with jax.enable_x64(True):
        shifted = jax.lax.shift_right_logical(key, jnp.uint64(place * bits))
    return low_bits(shifted, 1 << bits)


def distinct(counts: Array) -> Array:
    """distinct-n: different n-grams over all n-grams, in (0, 1] (Li et al. 2016); 0 if none."""
    return (counts > 0).sum() / jnp.maximum(counts.sum(), 1)


def expectation_adjusted_distinct(counts: Array, n: int, words: int) -> Array:
    """EAD: different n-grams over their expected number if all V^n were equally likely,
    N / (V^n (1 - (1 - V^-n)^C)) with C n-grams (Liu et al. 2022). Free of length only then."""
    cells = float(words) ** n
    expected = -cells * jnp.expm1(counts.sum() * jnp.log1p(-1 / cells))
    return (counts > 0).sum() / jnp.maximum(expected, 1)


@register("wording", "distinct-n, n-gram entropy")
class Wording(Measure):
    """distinct-1..4, expectation-adjusted distinct-1 and the entropy of n-grams of the output.

    Curves: distinct_1 .. distinct_4 and ead_1 (ratios); entropy_1gram, entropy_2gram (nats).
    All but ead_1 depend on how much text there is: compare at equal n.
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
            "none if all words are equally likely; else falls, then rises, with text",
        ),
        "entropy_1gram": Curve("nats", 0, math.inf, "more", ("copies", *WORDS), FEW_GRAMS),
        "entropy_2gram": Curve("nats", 0, math.inf, "more", ("copies", *GRAMS), FEW_GRAMS),
    }

    size: int = eqx.field(static=True)  # V, the end symbol included

    def measure(self, key, view):
        counts = ngram_counts(view.output.rows, 4, self.size)
        curves = {f"distinct_{n}": distinct(counts[n - 1]) for n in (1, 2, 3, 4)}
        curves["ead_1"] = expectation_adjusted_distinct(counts[0], 1, self.size - 1)
        curves["entropy_1gram"] = shannon(counts[0])
        curves["entropy_2gram"] = shannon(counts[1])
        return curves

    def misfits(self, arm):
        if arm.sampler.kind != "items":
            return ["Wording counts the words of items, and this sampler draws none."]
        return []

    def mistakes(self):
        if 4 * bits_for(self.size) > 64:
            return [f"distinct-4 needs a vocabulary of at most 65,536 tokens, not {self.size:,}."]
        return []


CELLS_JAX = 1 << 19  # n-grams marked in a table on the device: quickest while it stays in cache
CELLS = 1 << 22  # in a table on the host; beyond, keys are sorted


def corpus_distinct(tokens: np.ndarray, n: int) -> tuple[int, int]:
    """Different n-grams and all n-grams of one long stream of tokens (N,), on the host.

    Equal to a ``collections.Counter`` of tuples to the last digit, for any vocabulary.
    """
    tokens = np.asarray(tokens)
    total = len(tokens) - n + 1
    if total < 1:
        return 0, 0
    size = int(tokens.max()) + 1
    if n * bits_for(size) > 64:
        raise Mistake(f"{n}-grams of {size:,} tokens do not fit 64-bit keys; use a smaller n.")
    if size**n <= CELLS_JAX:
        return int(_cells_marked(tokens.astype(np.int32, copy=False), n, size)), total
    if size**n <= CELLS:
        marked = np.zeros(size**n, bool)
        marked[_stream_keys(tokens.astype(np.intp), n, size)] = True
        return int(np.count_nonzero(marked)), total
    narrow = n * bits_for(size) <= 32
    key = _stream_keys(tokens.astype(np.uint32 if narrow else np.uint64), n, size)
    key.sort()
    return 1 + int(np.count_nonzero(key[1:] != key[:-1])), total


def _stream_keys(tokens, n: int, size: int):
    """One number for each n-gram of a stream, in the tokens' own integer type."""
    total = len(tokens) - n + 1
    key = tokens[:total]
    for i in range(1, n):
        key = key * key.dtype.type(size) + tokens[i : i + total]
    return key if n > 1 else key.copy()


@partial(jax.jit, static_argnums=(1, 2))
def _cells_marked(tokens: Array, n: int, size: int) -> Array:
    """How many cells of the table of n-grams a stream (N,) marks.

    With few tokens, every second window of n + 1 tokens is marked: two n-grams at a time.
    """

    def marked(key, width):
        cells = jnp.zeros(size**width, jnp.uint8)
        return cells.at[key].set(1, mode="promise_in_bounds")

    key = _stream_keys(tokens, n, size)
    if size ** (n + 1) > CELLS_JAX or len(key) < 2:
        return marked(key, n).sum(dtype=jnp.int32)
    longer = marked(_stream_keys(tokens, n + 1, size)[::2], n + 1)
    first, last = longer.reshape(-1, size).max(1), longer.reshape(size, -1).max(0)
    return (first | last).at[key[-1]].set(1).sum(dtype=jnp.int32)
