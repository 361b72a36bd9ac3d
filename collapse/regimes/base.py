"""Base class of regimes, and the operations on pools that they share.

A regime allocates the pool (``start``), selects the training data from it (``select``) and stores
the judged rows in it (``absorb``). Where rows are items, pools are concatenated; where rows are a
whole support or a summary, they are merged. So one regime serves all kinds of rows.
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
    """Base class of regimes, which decide on what the next generation trains.

    ``n``: the items kept per generation, filled in by ``prepare``.
    ``judge_real``: the arm's judge also filters real rows, both the initial and the new ones.
    ``real_start``: the pool starts with n real rows. If False it starts empty: generation 1 is the
    arm's model as given (no fit exists, which the record counts), and the first data are its
    output.
    """

    kinds: ClassVar[tuple[str, ...]] = ("items", "support", "summary")  # kinds of rows accepted
    even: ClassVar[bool] = True  # does not reweight rows
    judged: ClassVar[bool] = True  # trains on judged rows
    stale: ClassVar[bool] = True  # keeps rows of models older than the last
    keeps_real: ClassVar[bool] = False  # keeps training on the initial real rows

    # n is an array where arms that differ in n share a program (``loop.generation.shared``).
    n: int = eqx.field(static=True, default=0, kw_only=True)
    judge_real: bool = eqx.field(static=True, default=False, kw_only=True)
    real_start: bool = eqx.field(static=True, default=True, kw_only=True)

    def bind(self, arm) -> "Regime":
        return replace(self, n=arm.n)

    def slots(self, generations: int) -> int:
        """Largest number of rows kept of a generation."""
        return self.n

    def taken(self, t: Array) -> Array:
        """Number of kept rows of generation t that enter the pool of generation t + 1."""
        return jnp.asarray(self.n, float)

    def least(self, generations: int) -> int:
        """Smallest positive number of items that a summary would have to represent."""
        return self.n

    def start(self, real: Pool, generations: int, model=None) -> Pool:
        """The pool before generation 1, with slots for a run of ``generations``.

        ``real`` are real rows that represent n items; ``model`` is the start model, or None while
        the first data are selected.
        """
        return real

    def select(self, key: Array, pool: Pool, t: Array) -> Pool:
        """The training data of generation t, as a pool; here the pool itself."""
        return pool

    @abstractmethod
    def absorb(
        self, key, pool: Pool, fresh: Pool, truth, sampler, t: Array, model=None, judged=None
    ) -> Pool:
        """The pool after generation t, of the shapes of ``pool``.

        ``fresh`` are the judged rows of generation t, drawn from ``model`` by ``sampler``. New real
        rows are drawn from ``truth``.

        ``judged(key, count)`` draws new real data that has passed this generation's judge, in the
        form of ``fresh``: the first kept of equally many candidates (see ``judged_real``). It is
        given only if the regime has ``judge_real``; ``real_rows`` uses it.
        """

    def extend(self, pool: Pool, generations: int) -> Pool:
        """The same pool, with slots for a longer run."""
        return pool

    def check_compatible(self, arm) -> list[str]:
        """Error sentences if this regime does not fit the arm; empty if it does."""
        errors, name = [], type(self).__name__
        if self.judge_real and asks_external(arm.judge):
            errors.append(
                f"{name} judge_real: a judge outside JAX can judge only model output, not real"
                " rows. Leave judge_real out."
            )
        if not self.real_start and self.keeps_real:
            errors.append(f"{name} trains on the initial real rows: set real_start=true.")
        if not self.real_start and not arm.learner.begins_plainly:
            errors.append(
                f"{type(arm.learner).__name__} starts with a fit to real rows, and with "
                "real_start=false there are none: use MaximumLikelihood."
            )
        return errors


def in_slots(pool: Pool, size: int) -> Pool:
    """The pool in the first of ``size`` slots; the remaining slots are empty."""
    return jax.tree.map(
        lambda x: jnp.zeros((size, *x.shape[1:]), x.dtype).at[: len(x)].set(x), pool
    )


def halves(pool: Pool) -> tuple[Pool, Pool]:
    """The first and the second half of the slots of a pool."""
    n = len(pool.mass) // 2
    return jax.tree.map(lambda x: x[:n], pool), jax.tree.map(lambda x: x[n:], pool)


def joined(*pools: Pool) -> Pool:
    """The concatenated slots of all pools."""
    return jax.tree.map(lambda *x: jnp.concatenate(x), *pools)


def where(mask: Array, first: Pool, second: Pool) -> Pool:
    """Elementwise select: slots of the first pool where ``mask`` is true, else of the second."""

    def pick(x, y):
        return jnp.where(jnp.reshape(mask, (*mask.shape, *[1] * (x.ndim - mask.ndim))), x, y)

    return jax.tree.map(pick, first, second)


def merged(*pools: Pool) -> Pool:
    """One pool that combines several pools of supports or summaries. Reward, source and birth are
    those of the last pool."""
    last = pools[-1]
    if last.kind == "support":
        mass = sum(pool.count for pool in pools)
        return replace(last, mass=mass, weight=jnp.ones_like(mass))
    every = joined(*pools)
    rows, mass = every.rows.merged(every.count), every.count.sum(keepdims=True)
    return replace(last, rows=rows, mass=mass, weight=jnp.ones_like(mass))


def mixed(first: Pool, second: Pool, count: Numbers) -> Pool:
    """The first ``count`` rows of one pool, followed by the first rows of the other, in as many
    slots. Supports and summaries are merged as they are: scale their masses beforehand."""
    if first.kind != "items":
        return merged(first, second)
    place = jnp.arange(len(first.mass))
    count = jnp.asarray(count, jnp.int32)
    behind = jax.tree.map(lambda x: x[jnp.maximum(place - count, 0)], second)
    return where(place < count, first, behind)


def scaled(pool: Pool, factor: Numbers) -> Pool:
    """The pool with its mass multiplied by ``factor``."""
    return replace(pool, mass=pool.mass * factor)


def real_rows(
    key: Array, truth, sampler, like: Pool, count: Numbers, t: Array, judged=None
) -> Pool:
    """New real data in the form of the pool ``like``, with weight 1 and no reward; or judged real
    data, if ``judged`` is given (see ``Regime.absorb``).

    There are as many items as ``like`` has slots; a support or a summary represents ``count``
    items.
    """
    if judged is not None:
        return judged(key, count)
    batch = sampler.real(key, truth, len(like.mass), count)
    one, zero = jnp.ones_like(like.weight), jnp.zeros_like(like.reward)
    notes = jax.tree.map(jnp.zeros_like, like.notes)
    mass = batch.mass * count if batch.exact else batch.mass
    born = jnp.full_like(like.born, t)
    return Pool(batch.rows, mass, one, zero, batch.source, born, notes, batch.kind)
