"""What a regime is, and the ways of putting pools together that regimes share.

A regime lays out the pool (``start``), reads it before a fit (``select``) and writes the judged
rows into it (``absorb``). Rows that are a support or a summary are merged where items are put
side by side, so that one regime serves all kinds of rows.
"""

from abc import abstractmethod
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.numerics.pytree import replace
from collapse.part import Numbers, Part
from collapse.rewards.external import asks_external
from collapse.types import Pool


class Regime(Part):
    """What the next generation trains on. n is the arm's, filled in by ``prepare``.

    ``judge_real``: real rows, those of the start and new ones, have passed the arm's judge too.
    ``real_start``: the pool starts with n real rows; False, with none: generation 1 is the arm's
    model as it is given (no fit exists, which is counted), and the first data are what it says.
    """

    kinds: ClassVar[tuple[str, ...]] = ("items", "support", "summary")  # of rows it can handle
    even: ClassVar[bool] = True  # gives no row a weight of its own
    judged: ClassVar[bool] = True  # trains on rows that the judge has seen
    stale: ClassVar[bool] = True  # keeps rows of models before the last

    keeps_real: ClassVar[bool] = False  # trains on the real rows of the start for good

    n: int = eqx.field(static=True, default=0, kw_only=True)
    judge_real: bool = eqx.field(static=True, default=False, kw_only=True)
    real_start: bool = eqx.field(static=True, default=True, kw_only=True)

    def bind(self, arm) -> "Regime":
        return replace(self, n=arm.n)

    def slots(self, generations: int) -> int:
        """How many rows of a generation are kept at most."""
        return self.n

    def taken(self, t: Array) -> Array:
        """How many of the rows kept from generation t the pool of generation t + 1 takes."""
        return jnp.array(float(self.n))

    def least(self, generations: int) -> int:
        """The fewest items, none apart, that a summary would have to stand for."""
        return self.n

    def start(self, real: Pool, generations: int, model=None) -> Pool:
        """The pool before generation 1; ``real`` stands for n items."""
        return real

    def select(self, key: Array, pool: Pool, t: Array) -> Pool:
        """The training data of generation t."""
        return pool

    @abstractmethod
    def absorb(
        self, key, pool: Pool, fresh: Pool, truth, sampler, t: Array, model=None, judged=None
    ) -> Pool:
        """The pool after generation t, whose judged rows ``fresh`` came from ``model``.

        ``judged(key, count)`` is new real data that has passed the judge of this generation, in
        the form of ``fresh``: the first kept of as many candidates (``judged_real``). The core
        gives it where the regime has ``judge_real``; ``real_rows`` heeds it.
        """

    def extend(self, pool: Pool, generations: int) -> Pool:
        """The same pool laid out for a longer run."""
        return pool

    def check_compatible(self, arm) -> list[str]:
        """Why this regime cannot be part of the arm, each a sentence."""
        errors, name = [], type(self).__name__
        if self.judge_real and asks_external(arm.judge):
            errors.append(
                f"{name} judge_real: a judge outside JAX is asked about what the model says alone. "
                "Leave judge_real out."
            )
        if not self.real_start and self.keeps_real:
            errors.append(f"{name} trains on the real rows of the start: it needs real_start=true.")
        if not self.real_start and not arm.learner.begins_plainly:
            errors.append(
                f"{type(arm.learner).__name__} begins with a fit to real rows, of which "
                "real_start=false leaves none: use MaximumLikelihood."
            )
        return errors

    def validate(self) -> list[str]:
        return []


def in_slots(pool: Pool, size: int) -> Pool:
    """The pool in the first of ``size`` slots, the rest empty."""
    return jax.tree.map(
        lambda x: jnp.zeros((size, *x.shape[1:]), x.dtype).at[: len(x)].set(x), pool
    )


def halves(pool: Pool) -> tuple[Pool, Pool]:
    n = len(pool.mass) // 2
    return jax.tree.map(lambda x: x[:n], pool), jax.tree.map(lambda x: x[n:], pool)


def joined(*pools: Pool) -> Pool:
    """All slots of all pools, one after the other."""
    return jax.tree.map(lambda *x: jnp.concatenate(x), *pools)


def where(mask: Array, first: Pool, second: Pool) -> Pool:
    """Slot by slot (or as a whole) from the first pool where ``mask``, else from the second."""

    def pick(x, y):
        return jnp.where(jnp.reshape(mask, (*mask.shape, *[1] * (x.ndim - mask.ndim))), x, y)

    return jax.tree.map(pick, first, second)


def merged(*pools: Pool) -> Pool:
    """One pool of a support or a summary that stands for all; reward, source and birth are the
    last pool's."""
    last = pools[-1]
    if last.kind == "support":
        mass = sum(pool.count for pool in pools)
        return replace(last, mass=mass, weight=jnp.ones_like(mass))
    every = joined(*pools)
    rows, mass = every.rows.merged(every.count), every.count.sum(keepdims=True)
    return replace(last, rows=rows, mass=mass, weight=jnp.ones_like(mass))


def mixed(first: Pool, second: Pool, count: Numbers) -> Pool:
    """The first ``count`` rows of one pool and the first rows of the other in the slots behind
    them; both merged where rows are no items, and stand for as many as they should already."""
    if first.kind != "items":
        return merged(first, second)
    place = jnp.arange(len(first.mass))
    count = jnp.asarray(count, jnp.int32)
    behind = jax.tree.map(lambda x: x[jnp.maximum(place - count, 0)], second)
    return where(place < count, first, behind)


def scaled(pool: Pool, factor: Numbers) -> Pool:
    """The pool standing for ``factor`` times as many items."""
    return replace(pool, mass=pool.mass * factor)


def real_rows(
    key: Array, truth, sampler, like: Pool, count: Numbers, t: Array, judged=None
) -> Pool:
    """New real data in the form of the pool ``like``: unjudged, so of weight 1 and no reward,
    unless there is a source of real data that is ``judged`` (see ``Regime.absorb``).

    As many items as ``like`` has slots; a support or a summary stands for ``count`` items.
    """
    if judged is not None:
        return judged(key, count)
    batch = sampler.real(key, truth, len(like.mass), count)
    one, zero = jnp.ones_like(like.weight), jnp.zeros_like(like.reward)
    notes = jax.tree.map(jnp.zeros_like, like.notes)
    mass = batch.mass * count if batch.exact else batch.mass
    born = jnp.full_like(like.born, t)
    return Pool(batch.rows, mass, one, zero, batch.source, born, notes, batch.kind)
