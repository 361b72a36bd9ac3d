"""How varied the wording is: measures of the n-grams inside items.

An n-gram is n consecutive words of one item; the end symbol is not a word, and none crosses from
one item to the next. Keys are exact: equal keys are equal n-grams.
"""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.errors import Mistake
from collapse.measures.base import Measure
from collapse.measures.entropy import shannon
from collapse.ranking import bits_for, low_bits, pack, run_lengths, sort_keys, starts_of_runs

DENSE = 1 << 22  # cells up to which n-grams of a stream are counted in a table


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


class Wording(Measure):
    """distinct-1..4, expectation-adjusted distinct-1 and the entropy of n-grams of the output.

    Curves: distinct_1 .. distinct_4 and ead_1 (ratios); entropy_1gram, entropy_2gram (nats).
    All but ead_1 depend on how much text there is: compare at equal n.
    """

    units: ClassVar = {
        "distinct_1": "ratio",
        "distinct_2": "ratio",
        "distinct_3": "ratio",
        "distinct_4": "ratio",
        "ead_1": "ratio",
        "entropy_1gram": "nats",
        "entropy_2gram": "nats",
    }

    size: int = eqx.field(static=True)  # V, the end symbol included

    def measure(self, key, view):
        counts = ngram_counts(view.output.rows, 4, self.size)
        curves = {f"distinct_{n}": distinct(counts[n - 1]) for n in (1, 2, 3, 4)}
        curves["ead_1"] = expectation_adjusted_distinct(counts[0], 1, self.size - 1)
        curves["entropy_1gram"] = shannon(counts[0])
        curves["entropy_2gram"] = shannon(counts[1])
        return curves

    def mistakes(self):
        if 4 * bits_for(self.size) > 64:
            return [f"distinct-4 needs a vocabulary of at most 65,536 tokens, not {self.size:,}."]
        return []


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
    if size**n <= DENSE:
        return int(_cells_filled(jnp.asarray(tokens, jnp.int32), n, size)), total
    narrow = n * bits_for(size) <= 32
    key = tokens[:total].astype(np.uint32 if narrow else np.uint64)
    for i in range(1, n):
        key = (key << key.dtype.type(bits_for(size))) | tokens[i : i + total].astype(key.dtype)
    key.sort()
    return 1 + int(np.count_nonzero(key[1:] != key[:-1])), total


@eqx.filter_jit
def _cells_filled(tokens: Array, n: int, size: int) -> Array:
    total = len(tokens) - n + 1
    key = tokens[:total]
    for i in range(1, n):
        key = key * size + jax.lax.dynamic_slice_in_dim(tokens, i, total)
    return jnp.zeros(size**n, bool).at[key].set(True).sum()
