"""Empirical distribution of a corpus: every row with its weight in the data."""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.errors import UserError
from collapse.items import Items
from collapse.models.base import Model
from collapse.numerics.grouping import (
    dense_rank,
    multiply_high,
    place_of,
    prefix_sum,
    rising_ends,
    row_ranks,
)
from collapse.part import Numbers, array, as_array, register


@register("empirical", "empirical distribution of a corpus")
@final
class Empirical(Model):
    """The empirical distribution of token rows (K, L); as a model, it only repeats its data.

    Rows are stored in lexicographic order with their cumulative weights, so that the probability of
    any row is found exactly by bisection. Fields: rows (K, L), sorted; ends (K,), cumulative
    weights; vocab_size V, end symbol included.
    """

    side_by_side = False
    padding = "edge"  # repeats the last row with no weight

    rows: Numbers = array()  # (K, L) sorted
    ends: Numbers = array()  # (K,) cumulative weight
    vocab_size: int = eqx.field(static=True)  # V, the end symbol included

    @staticmethod
    def of(rows: np.ndarray, size: int) -> "Empirical":
        """The empirical distribution of corpus rows (N, L) of tokens below ``size``."""
        rows = np.asarray(as_array(rows))
        if rows.ndim != 2 or not rows.size or (rows != rows.astype(np.int32)).any():
            raise UserError(
                "Empirical.of needs rows (N, L) of whole numbers, at least one, not shape "
                f"{rows.shape} of {rows.dtype}."
            )
        rows = rows.astype(np.int32)
        order = np.lexsort(rows.T[::-1])
        return Empirical(jnp.asarray(rows[order]), jnp.arange(1.0, len(rows) + 1), size)

    def gives(self):
        return Items("tokens", {"length": self.rows.shape[1], "vocab_size": self.vocab_size})

    def takes(self):
        return Items("tokens", {"length": None, "vocab_size": self.vocab_size}, ("answers",))

    def validate(self):
        rows = np.asarray(self.rows)
        if rows.min() >= 0 and rows.max() < self.vocab_size:
            return []
        return [
            f"Empirical has {self.vocab_size} tokens, so its rows must hold 0 to"
            f" {self.vocab_size - 1}; they hold {rows.min()} to {rows.max()}."
        ]

    def fit(self, key, pool):
        _, order = dense_rank([(row_ranks(pool.rows, self.vocab_size), len(pool.rows))])
        weight = pool.count[order]
        return Empirical(pool.rows[order], rising_ends(weight, prefix_sum(weight)), self.vocab_size)

    def sample(self, key, n):
        bits = jax.random.bits(key, (n,), jnp.uint32)
        # Rows of weight 1 are drawn by integer index, as floats are too coarse for a large corpus.
        whole = multiply_high(bits, self.ends[-1].astype(jnp.uint32)).astype(jnp.int32)
        unit = bits.astype(self.ends.dtype) / 2.0**32 * self.ends[-1]
        drawn = place_of(self.ends, unit).astype(jnp.int32)
        each_once = jnp.all(self.ends == jnp.arange(1, len(self.ends) + 1))
        return self.rows[jnp.where(each_once, whole, drawn)]

    def log_prob(self, rows):
        """(n,) log of each row's share of the corpus; -inf for a row not in it."""
        begin = jnp.pad(self.ends, (1, 0))
        weight = begin[self._place(rows, right=True)] - begin[self._place(rows, right=False)]
        return jnp.log(weight / self.ends[-1])

    def _place(self, rows: Array, right: bool) -> Array:
        """(n,) number of corpus rows that sort before each row (``right``: not after it)."""

        def halve(_, span):
            low, high = span
            middle = (low + high) // 2
            mine = self.rows[jnp.minimum(middle, len(self.rows) - 1)]
            first = jnp.argmax(mine != rows, axis=1)[:, None]
            a, b = (jnp.take_along_axis(x, first, 1)[:, 0] for x in (mine, rows))
            goes_on = (a < b) | ((a == b) if right else False)
            open_ = low < high
            return (
                jnp.where(open_ & goes_on, middle + 1, low),
                jnp.where(open_ & ~goes_on, middle, high),
            )

        zero = jnp.zeros(len(rows), jnp.int32)
        steps = len(self.rows).bit_length() + 1
        return jax.lax.fori_loop(0, steps, halve, (zero, jnp.full_like(zero, len(self.rows))))[0]

    @property
    def support_size(self) -> Array:
        """Number of distinct rows of positive weight."""
        new = (self.rows[1:] != self.rows[:-1]).any(1)
        number = jnp.pad(jnp.cumsum(new), (1, 0))
        weighs = jnp.diff(self.ends, prepend=0) > 0
        return jnp.zeros(len(self.rows), bool).at[number].max(weighs).sum()

    def identify(self, rows):
        return row_ranks(rows, self.vocab_size), len(rows)
