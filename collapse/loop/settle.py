"""From a batch to rows of a pool, judged or not, for items, summaries and whole supports."""

import jax
import jax.numpy as jnp
from jax import Array

from collapse.loop.arm import Arm
from collapse.numerics.pytree import replace
from collapse.numerics.top_k import compact
from collapse.types import Batch, Pool, Verdict, View


def unjudged(batch: Batch, n: int, notes: dict) -> Pool:
    """Real rows as a pool that stands for n items: weight 1, no reward, born at generation 0."""
    # Items have mass 1, so that their mass is their weight too: a constant would be folded.
    one = batch.mass if batch.kind == "items" else jnp.ones_like(batch.mass)
    zero, born = jnp.zeros_like(one), jnp.zeros(len(one), jnp.int32)
    mass = batch.mass * n if batch.exact else batch.mass
    return Pool(batch.rows, mass, one, zero, batch.source, born, notes, batch.kind)


def sound(verdict: Verdict, notes: dict) -> Verdict:
    """The verdict with weights in [0, 1], and these notes."""
    weight = jnp.clip(jnp.nan_to_num(verdict.weight, nan=0.0), 0, 1)
    return Verdict(weight, verdict.reward, notes)


def judged_real(arm: Arm, judge, view: View, notes: dict, key: Array, count: Array) -> Pool:
    """Real rows that the judge has let through, in slots as the model's: the first kept of as
    many candidates, drawn from the truth. A support or summary stands for ``count`` items at most.

    The judge sees them in place of the candidates of ``view``, and does not learn from them.
    Rows get its notes, and zeros for others of ``notes`` {name: (m, ...)}.
    """
    drawing, judging, settling = jax.random.split(key, 3)
    batch = arm.sampler.real(drawing, arm.truth, view.candidates, count)
    view = replace(view, batch=batch, taken=count)
    verdict, _ = judge.judge(judging, view)
    rows = len(batch.mass)
    given = {
        name: verdict.notes.get(name, jnp.zeros((rows, *x.shape[1:]), x.dtype))
        for name, x in notes.items()
    }
    return settle(settling, view, sound(verdict, given))


def settle(key: Array, view: View, verdict: Verdict) -> Pool:
    """Turn a verdict into fresh rows.

    With as many candidates as slots the weight stays, as a soft weight. With more it is a chance
    of being kept: the first kept fill the slots with weight 1, and a shortfall leaves empty ones.
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
    if m == n or batch.kind == "summary":
        return fresh
    kept = jax.random.uniform(key, (m,)) < weight
    fresh = replace(fresh, weight=kept.astype(weight.dtype))
    return compact(kept, fresh, n)


def expected(fresh: Pool, taken: Array, candidates: int | None) -> Pool:
    """What ``settle`` makes of infinitely many items: the outcomes with the mass of the ``taken``
    rows that are kept first, or of fewer where fewer of the ``candidates`` are kept. None where
    they are as many as the slots."""
    if candidates is None:
        return replace(fresh, mass=fresh.mass * taken)
    kept = fresh.count.sum()
    share = fresh.count / jnp.where(kept > 0, kept, 1)
    mass = share * jnp.minimum(kept * candidates, taken)
    return replace(fresh, mass=mass, weight=jnp.ones_like(share))
