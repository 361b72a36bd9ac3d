"""Turn a judged batch into rows of a pool, for items, summaries and supports."""

import jax
import jax.numpy as jnp
from jax import Array

from collapse.loop.arm import Arm
from collapse.numerics.pytree import replace
from collapse.numerics.top_k import compact
from collapse.types import Batch, Pool, Verdict, View


def unjudged(batch: Batch, n: int, notes: dict) -> Pool:
    """Real rows as a pool that represents n items: weight 1, no reward, born at generation 0."""
    # Items have mass 1, which serves as their weight: XLA would fold an array of constant ones.
    one = batch.mass if batch.kind == "items" else jnp.ones_like(batch.mass)
    zero, born = jnp.zeros_like(one), jnp.zeros(len(one), jnp.int32)
    mass = batch.mass * n if batch.exact else batch.mass
    return Pool(batch.rows, mass, one, zero, batch.source, born, notes, batch.kind)


def sound(verdict: Verdict, notes: dict) -> Verdict:
    """The verdict with weights in [0, 1], 0 where they are NaN, and with these notes."""
    weight = jnp.clip(jnp.nan_to_num(verdict.weight, nan=0.0), 0, 1)
    return Verdict(weight, verdict.reward, notes)


def judged_real(arm: Arm, judge, view: View, notes: dict, key: Array, count: Array) -> Pool:
    """Real rows that have passed the judge, as a pool of the shape of the model's fresh rows.

    As many candidates are drawn from the truth as from the model, and the first that are kept fill
    the slots. A support or summary represents at most ``count`` items. The judge sees these
    candidates in place of those of ``view``, and its state is not updated. Rows get its notes, and
    zeros for the other names in ``notes`` {name: (m, ...)}.
    """
    drawing, judging, settling = jax.random.split(key, 3)
    batch = arm.sampler.real(drawing, arm.truth, view.candidates, count)
    view = replace(view, batch=batch, taken=count)
    verdict, _ = judge.judge(judging, view)
    rows = len(batch.mass)
    filled = {
        name: verdict.notes.get(name, jnp.zeros((rows, *x.shape[1:]), x.dtype))
        for name, x in notes.items()
    }
    return settle(settling, view, sound(verdict, filled))


def settle(key: Array, view: View, verdict: Verdict) -> Pool:
    """Turn a verdict into the fresh rows of a generation, a pool of ``view.slots`` slots.

    With as many candidates as slots the weight is kept as a soft weight. With more candidates it
    is the probability of being kept: the first kept ones fill the slots with weight 1, and a
    shortfall leaves empty slots.
    """
    batch, m, n = view.batch, view.candidates, view.slots
    weight, born = verdict.weight, jnp.full(len(verdict.weight), view.t, jnp.int32)
    fresh = Pool(
        batch.rows,
        batch.mass,
        weight,
        verdict.reward,
        batch.source,
        born,
        verdict.notes,
        batch.kind,
    )
    if batch.exact:
        return expected(fresh, view.taken, m if m > n else None)
    if batch.kind == "summary" or m == n:
        return fresh
    kept = jax.random.uniform(key, (m,)) < weight
    fresh = replace(fresh, weight=kept.astype(weight.dtype))
    return compact(kept, fresh, n)


def drawn_kept(key: Array, view: View, verdict: Verdict, sampler) -> Pool:
    """Fresh rows where what is kept is drawn as one statistic (``KeptStatistic``)."""
    batch = sampler.kept(key, view, verdict.weight)
    one, zero = jnp.ones_like(batch.mass), jnp.zeros_like(batch.mass)
    born = jnp.full(1, view.t, jnp.int32)
    return Pool(batch.rows, batch.mass, one, zero, batch.source, born, {}, batch.kind)


def expected(fresh: Pool, taken: Array, candidates: int | None) -> Pool:
    """The limit of ``settle`` for infinitely many items: the outcomes with the mass of the first
    ``taken`` kept rows, or of fewer if fewer of the ``candidates`` are kept. ``candidates`` is None
    if there are as many as slots."""
    if candidates is None:
        return replace(fresh, mass=fresh.mass * taken)
    kept = fresh.count.sum()
    share = fresh.count / jnp.where(kept > 0, kept, 1)
    mass = share * jnp.minimum(kept * candidates, taken)
    return replace(fresh, mass=mass, weight=jnp.ones_like(share))
