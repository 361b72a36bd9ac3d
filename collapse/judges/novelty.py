"""Novelty search, which keeps items unlike earlier ones, and MAP-Elites, the best of each cell."""

from collections.abc import Callable
from dataclasses import KW_ONLY
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.errors import UserError
from collapse.judges.base import Judge, top_fraction, top_share
from collapse.judges.policies import _Scored
from collapse.numerics.pytree import replace
from collapse.part import Numbers, at_least, one_of, register, within
from collapse.rewards.features import embedded
from collapse.types import Verdict

ROWS = 64  # items whose distances are in memory at once


@register("novelty", "novelty search: items far from an archive")
@final
class Novelty(Judge):
    """Novelty search (Lehman and Stanley 2011): the score is the mean distance to the ``k`` nearest
    items of the archive and the rest of the batch; the best ``fraction`` is kept. Then ``added``
    items join the archive: the most novel ones, or random ones with ``take`` "random". When its
    ``size`` slots are full, they replace the oldest.

    Distances are Euclidean, between vectors (m, width) returned by ``embed(items)``; the default is
    ``embedding``. There is no exact form: among infinitely many items every item has equal ones.
    """

    _: KW_ONLY
    embed: Callable | None = eqx.field(static=True, default=None)
    width: int = eqx.field(static=True, default=64)
    size: int = at_least(1, default=200, static=True)
    k: int = at_least(1, default=15, static=True)
    added: int = eqx.field(static=True, default=10)
    take: str = one_of("novel", "random")
    fraction: Numbers = within("(0, 1]", default=0.2)
    archive: Array | None = None  # (size, width), filled in by ``prepare``
    joined: Array | None = None  # number of items that have ever joined

    @property
    def share(self):
        return self.fraction

    def bind(self, arm) -> "Novelty":
        """The judge with an archive (size, width): empty, unless it has one of that shape."""
        if self.archive is not None and self.archive.shape == (self.size, self.width):
            return self
        empty = jnp.zeros((self.size, self.width))
        return replace(self, archive=empty, joined=jnp.array(0, jnp.int32))

    def judge(self, key, view):
        if view.batch.exact:
            raise UserError(
                "Novelty has no exact form: use a sampler that draws items, such as Plain."
            )
        m, most = len(view.batch.mass), max(self.k + 1, self.added)
        if m < most:
            raise UserError(f"Novelty needs at least {most} candidates, not {m}: lower k or added.")
        bound = self.bind(None)
        vectors = embedded("Novelty", view.items, self.embed, self.width)
        novelty = sparseness(vectors, bound.archive, bound.joined, self.k)
        if self.take == "random":
            chosen = jax.random.permutation(key, m)[: self.added]
        else:
            chosen = jax.lax.top_k(novelty, self.added)[1]
        places = (bound.joined + jnp.arange(self.added)) % self.size
        archive = bound.archive.at[places].set(vectors[chosen].astype(bound.archive.dtype))
        verdict = Verdict(top_fraction(novelty, self.fraction), novelty)
        return verdict, replace(bound, archive=archive, joined=bound.joined + self.added)

    def validate(self):
        errors = super().validate()
        if not 0 <= self.added <= self.size:
            errors.append(f"Novelty added must lie in 0 .. size = {self.size}, not {self.added}.")
        return errors


def sparseness(vectors: Array, archive: Array, joined: Array, k: int) -> Array:
    """(m,) mean distance of each vector to its k nearest among the other vectors and the first
    ``joined`` of the archive."""
    m, size = len(vectors), len(archive)
    others = jnp.concatenate([vectors.astype(archive.dtype), archive])
    place = jnp.arange(m + size)
    empty = place >= m + joined
    # For integers the product form is exact and much faster; for floats it would not give distance
    # 0 between equal vectors.
    whole = jnp.issubdtype(vectors.dtype, jnp.integer)
    length = (others**2).sum(1)

    def mean_distance(i):
        row = others[i]
        square = length + length[i] - 2 * others @ row if whole else ((others - row) ** 2).sum(1)
        nearest = jax.lax.top_k(-jnp.where(empty | (place == i), jnp.inf, square), k)[0]
        return jnp.sqrt(jnp.maximum(-nearest, 0)).mean()

    return jax.lax.map(mean_distance, jnp.arange(m), batch_size=ROWS)


@register("map-elites", "MAP-Elites: the best of every cell")
@final
class MapElites(_Scored):
    """Keep the best of every cell of a map (MAP-Elites, Mouret and Clune 2015). Every cell keeps
    the same number, or all it has, so that ``fraction`` of the candidates is kept, or a few less.
    ``cell(items)`` returns cell numbers (m,) below ``cells``; items with other numbers are not
    kept. An occupied cell never loses its last item. Elites exist only in the pool: an item that
    the model no longer draws is not remembered."""

    _: KW_ONLY
    cell: Callable = eqx.field(static=True)
    cells: int = at_least(1, static=True)
    fraction: Numbers = within("(0, 1]", default=0.2)

    @property
    def share(self):
        return self.fraction

    def _cell_of(self, view) -> tuple[Array, Array]:
        """(m,) cell of each item, ``cells`` if it has none; and the mass (cells,) of each cell."""
        cell = jnp.asarray(self.cell(view.items))
        if cell.shape != view.batch.mass.shape or not jnp.issubdtype(cell.dtype, jnp.integer):
            raise UserError(
                f"The function cell of MapElites must return a whole number for each of the "
                f"{len(view.batch.mass)} candidates, not {cell.dtype} of shape {cell.shape}."
            )
        if 0 < view.slots < self.cells:
            raise UserError(
                f"MapElites cannot keep {self.cells} cells in {view.slots} slots: raise n or lower "
                "cells."
            )
        cell = jnp.where((cell >= 0) & (cell < self.cells), cell, self.cells)
        return cell, jnp.zeros(self.cells).at[cell].add(view.batch.mass, mode="drop")

    def weigh(self, key, view, reward):
        cell, count = self._cell_of(view)
        total = jnp.floor(self.fraction * len(cell) + 1e-3)  # 0.2 * 5,000 may be 999.99
        # Levels are multiples of 1 / j, j <= ``cells``: the added term only offsets rounding.
        quota = jnp.maximum(jnp.floor(level(count, total) + 0.5 / self.cells), 1)
        order = jnp.lexsort((-reward, cell))
        first = jnp.searchsorted(cell[order], cell[order], side="left")
        rank = jnp.zeros(len(cell), int).at[order].set(jnp.arange(len(cell)) - first)
        return ((rank < quota) & (cell < self.cells)).astype(float)

    def expect(self, view, reward):
        cell, mass = self._cell_of(view)
        quota = jnp.minimum(level(mass, self.fraction * view.batch.mass.sum()), mass)

        def best_of_cell(number, quota):
            return top_share(reward, jnp.where(cell == number, view.batch.mass, 0), quota)

        shares = jax.vmap(best_of_cell)(jnp.arange(self.cells), quota)
        row = jnp.minimum(cell, self.cells - 1)
        return jnp.where(cell < self.cells, shares[row, jnp.arange(len(cell))], 0)


def level(have: Array, total: Array) -> Array:
    """The quota q per cell with sum of min(have, q) = ``total``, or the largest of ``have`` if
    their sum is less (water filling)."""
    rising = jnp.sort(have)
    below = jnp.cumsum(rising) - rising
    # The quota if all cells from here on are capped at it.
    each = (total - below) / jnp.arange(len(have), 0, -1)
    cut = each <= rising
    return jnp.where(cut.any(), each[jnp.argmax(cut)], rising[-1])
