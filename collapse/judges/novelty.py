"""Judges that keep what is different: from all that was seen before, or in every cell of a map."""

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
from collapse.part import Numbers, register
from collapse.rewards.features import embedded
from collapse.schedule import share_errors
from collapse.types import Verdict

ROWS = 64  # items whose distances are in memory at a time


@register("novelty", "what is far from all seen before")
@final
class Novelty(Judge):
    """Novelty search (Lehman and Stanley 2011): the score is the mean distance to the ``k`` nearest
    of the archive and of the batch's other items together; the best ``fraction`` is kept. Then
    ``added`` items join the archive, the most novel or, by ``take`` "random", any; where all of its
    ``size`` places are taken, they replace those that came first.

    Distances are Euclidean, between vectors (m, width) that ``embed`` makes of the items, or
    ``embedding`` where it is left out. There is no exact form: of infinitely many items each has
    others that are the same.
    """

    _: KW_ONLY
    embed: Callable | None = eqx.field(static=True, default=None)
    width: int = eqx.field(static=True, default=64)
    size: int = eqx.field(static=True, default=200)
    k: int = eqx.field(static=True, default=15)
    added: int = eqx.field(static=True, default=10)
    take: str = eqx.field(static=True, default="novel")
    fraction: Numbers = 0.2
    archive: Array | None = None  # (size, width), made when the arm is prepared
    joined: Array | None = None  # how many items have ever joined it

    @property
    def share(self):
        return self.fraction

    def bind(self, arm) -> "Novelty":
        """With an archive of its size, empty unless it has one."""
        if self.archive is not None and self.archive.shape == (self.size, self.width):
            return self
        empty = jnp.zeros((self.size, self.width))
        return replace(self, archive=empty, joined=jnp.array(0, jnp.int32))

    def judge(self, key, view):
        if view.batch.exact:
            raise UserError("Novelty has no exact form: use a sampler that draws items, as Plain.")
        m, most = len(view.batch.mass), max(self.k + 1, self.added)
        if m < most:
            raise UserError(f"Novelty needs at least {most} candidates, not {m}: lower k or added.")
        mine = self.bind(None)
        vectors = embedded("Novelty", view.items, self.embed, self.width)
        novelty = sparseness(vectors, mine.archive, mine.joined, self.k)
        if self.take == "random":
            chosen = jax.random.permutation(key, m)[: self.added]
        else:
            chosen = jax.lax.top_k(novelty, self.added)[1]
        places = (mine.joined + jnp.arange(self.added)) % self.size
        archive = mine.archive.at[places].set(vectors[chosen].astype(mine.archive.dtype))
        verdict = Verdict(top_fraction(novelty, self.fraction), novelty)
        return verdict, replace(mine, archive=archive, joined=mine.joined + self.added)

    def validate(self):
        found = share_errors("Novelty", "fraction", self.fraction)
        if self.k < 1 or self.size < 1:
            found.append(f"Novelty k and size must be at least 1, not {self.k} and {self.size}.")
        if not 0 <= self.added <= self.size:
            found.append(f"Novelty added must lie in 0 .. size = {self.size}, not {self.added}.")
        if self.take not in ("novel", "random"):
            found.append(f"Novelty take must be novel or random, not {self.take!r}.")
        return found


def sparseness(vectors: Array, archive: Array, joined: Array, k: int) -> Array:
    """(m,) mean distance of each vector to its k nearest, itself left out, among the others and
    the first ``joined`` of the archive."""
    m, size = len(vectors), len(archive)
    others = jnp.concatenate([vectors.astype(archive.dtype), archive])
    place = jnp.arange(m + size)
    empty = place >= m + joined
    # Of whole numbers products are exact, and far quicker; of others, equal ones would not be 0
    # apart.
    whole = jnp.issubdtype(vectors.dtype, jnp.integer)
    length = (others**2).sum(1)

    def of(i):
        own = others[i]
        square = length + length[i] - 2 * others @ own if whole else ((others - own) ** 2).sum(1)
        nearest = jax.lax.top_k(-jnp.where(empty | (place == i), jnp.inf, square), k)[0]
        return jnp.sqrt(jnp.maximum(-nearest, 0)).mean()

    return jax.lax.map(of, jnp.arange(m), batch_size=ROWS)


@register("map-elites", "the best of every cell of a map")
@final
class MapElites(_Scored):
    """Keep the best of every cell of a map (Mouret and Clune 2015): as many in each, or all that
    are there, so that ``fraction`` of the candidates is kept, or a few less. ``cell(items)`` gives
    the number of the cell (m,) below ``cells``; what lies in none is not kept. No cell that is
    occupied loses its last item, whatever its rewards. The elites live in the pool alone: none is
    remembered that the model no longer says."""

    _: KW_ONLY
    cell: Callable = eqx.field(static=True)
    cells: int = eqx.field(static=True)
    fraction: Numbers = 0.2

    @property
    def share(self):
        return self.fraction

    def _placed(self, view) -> tuple[Array, Array]:
        """(m,) the cell of each item, ``cells`` for none, and the mass in each cell (cells,)."""
        cell = jnp.asarray(self.cell(view.items))
        if cell.shape != view.batch.mass.shape or not jnp.issubdtype(cell.dtype, jnp.integer):
            raise UserError(
                f"The function cell of MapElites must return a whole number for each of the "
                f"{len(view.batch.mass)} candidates, not {cell.dtype} of shape {cell.shape}."
            )
        if 0 < view.slots < self.cells:
            raise UserError(f"MapElites cannot keep {self.cells} cells in {view.slots} slots.")
        cell = jnp.where((cell >= 0) & (cell < self.cells), cell, self.cells)
        return cell, jnp.zeros(self.cells).at[cell].add(view.batch.mass, mode="drop")

    def weigh(self, key, view, reward):
        cell, count = self._placed(view)
        total = jnp.floor(self.fraction * len(cell) + 1e-3)  # 0.2 * 5,000 may be 999.99
        # Levels are whole numbers over at most ``cells``: what is added is rounding alone.
        quota = jnp.maximum(jnp.floor(level(count, total) + 0.5 / self.cells), 1)
        order = jnp.lexsort((-reward, cell))
        first = jnp.searchsorted(cell[order], cell[order], side="left")
        rank = jnp.zeros(len(cell), int).at[order].set(jnp.arange(len(cell)) - first)
        return ((rank < quota) & (cell < self.cells)).astype(float)

    def expect(self, view, reward):
        cell, mass = self._placed(view)
        quota = jnp.minimum(level(mass, self.fraction * view.batch.mass.sum()), mass)

        def of(number, quota):
            return top_share(reward, jnp.where(cell == number, view.batch.mass, 0), quota)

        shares = jax.vmap(of)(jnp.arange(self.cells), quota)
        own = jnp.minimum(cell, self.cells - 1)
        return jnp.where(cell < self.cells, shares[own, jnp.arange(len(cell))], 0)

    def validate(self):
        found = share_errors("MapElites", "fraction", self.fraction)
        if self.cells < 1:
            found.append(f"MapElites cells must be at least 1, not {self.cells}.")
        return found


def level(have: Array, total: Array) -> Array:
    """The level q at which the sum of min(have, q) is ``total``, or the largest of all, if all is
    less: how much each may keep so that all that have as much keep the same."""
    rising = jnp.sort(have)
    below = jnp.cumsum(rising) - rising
    each = (total - below) / jnp.arange(len(have), 0, -1)  # if those from here on are cut
    cut = each <= rising
    return jnp.where(cut.any(), each[jnp.argmax(cut)], rising[-1])
