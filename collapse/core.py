"""Model collapse, one generation after another.

    pool --select--> data --learn--> model --draw--> batch --judge--> verdict --settle--> fresh
                                                                  fresh --absorb--> next pool

This file is the whole method. ``generation`` is one turn of it; ``begin`` lays out generation 0
(the truth) and ``advance`` drives a block of seeds through as many generations as it is told.
Both are compiled once: a short run, a long one, a resumed one and one with a progress bar are the
same two programs called more or less often, so they agree bit for bit.

Letters: n items kept per generation, m candidates drawn for them, T generations, B seeds to a
block; an item has shape ``...``. Generation 0 is the truth, 1 the first fit on real data.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.selection import compact
from collapse.trees import change, over_seeds, seed_keys, strong
from collapse.types import Arm, Batch, Pool, State, Verdict, View

CHUNK = 16  # generations whose record one call of ``advance`` can hold
SHOWN = 8  # items of each generation that go into the record, to be looked at
STEPS = ("select", "learn", "draw", "judge", "settle", "absorb", "measure")


def step_keys(key: Array) -> dict[str, Array]:
    """One key for each named step of a generation; a new step leaves the others' keys alone."""
    return {name: jax.random.fold_in(key, i) for i, name in enumerate(STEPS)}


def propose(arm: Arm, state: State, t: Array, keys: dict) -> tuple[Any, Any, View]:
    """Select data, learn from it, draw candidates: up to where the judge comes in."""
    data = arm.regime.select(keys["select"], state.pool, t)
    model, learner = state.learner.learn(keys["learn"], state.model, data, state.reference)
    batch = model.draw(keys["draw"], arm.candidates, arm.group, arm.sampler)
    truth = arm.truth if arm.judge.uses_truth else None
    view = View(batch, model, state.reference, truth, t, arm.n, arm.group)
    return learner, ~model.defined(data), view


def settle(key: Array, view: View, verdict: Verdict) -> Pool:
    """Turn a verdict into n fresh rows.

    With candidates = n the weight stays, as a soft weight. With candidates > n it is a chance of
    being kept: the first n kept fill the slots with weight 1, and a shortfall leaves empty ones.
    """
    batch, m, n = view.batch, len(verdict.weight), view.n
    born = jnp.full(m, view.t, jnp.int32)
    fresh = Pool(
        batch.rows, batch.mass, verdict.weight, verdict.reward, batch.source, born, verdict.notes
    )
    if batch.exact or m == n:
        return fresh
    kept = jax.random.uniform(key, (m,)) < verdict.weight
    fresh = change(fresh, weight=kept.astype(verdict.weight.dtype))
    return compact(kept, fresh, n)


def conclude(arm: Arm, state: State, learner, undefined, view: View, verdict, judge, keys: dict):
    """Settle the verdict, absorb the fresh rows, measure: the next state and this one's record."""
    sound = Verdict(
        jnp.clip(jnp.nan_to_num(verdict.weight, nan=0.0), 0, 1), verdict.reward, verdict.notes
    )
    fresh = settle(keys["settle"], view, sound)
    pool = arm.regime.absorb(keys["absorb"], state.pool, fresh, arm.truth, arm.sampler, view.t)
    next_state = State(view.model, learner, judge, state.reference, pool)
    bad = ~(verdict.weight >= 0) | ~(verdict.weight <= 1) | jnp.isnan(verdict.reward)
    health = {"bad": bad.sum(), "degenerate": undefined.astype(int)}
    seen = change(view, truth=arm.truth, verdict=sound, fresh=fresh)
    return next_state, record(arm.measures, seen, health, keys["measure"])


def record(measures: tuple, view: View, health: dict, key: Array) -> dict:
    """What someone will plot or look at: curves, health, and a few items."""
    curves = {}
    for i, measure in enumerate(measures):
        curves |= measure.measure(jax.random.fold_in(key, i), view)
    health = {"kept": (view.fresh.weight > 0).sum()} | health
    return {"curves": curves, "health": health, "items": view.output.rows[:SHOWN]}


def generation(arm: Arm, state: State, t: Array, key: Array) -> tuple[State, dict]:
    """Run generation ``t`` for one seed. ``key`` is the seed's."""
    keys = step_keys(jax.random.fold_in(key, t))
    learner, undefined, view = propose(arm, state, t, keys)
    verdict, judge = state.judge.judge(keys["judge"], view)
    return conclude(arm, state, learner, undefined, view, verdict, judge, keys)


def first_state(arm: Arm, batch: Batch, key: Array) -> State:
    """Fit the real data once: what generation 1 starts from."""
    t = jnp.array(0, jnp.int32)
    keys = step_keys(jax.random.fold_in(key, t))

    def start(notes: dict) -> State:
        pool = arm.regime.start(unjudged(batch, notes), arm.generations)
        data = arm.regime.select(keys["select"], pool, t)
        model, learner = arm.learner.begin(keys["learn"], arm.model, data)
        reference = model if arm.keep_reference else None
        return State(model, learner, arm.judge, reference, pool)

    def first_verdict() -> Verdict:
        state = start({})
        return state.judge.judge(keys["judge"], propose(arm, state, t, keys)[2])[0]

    # A pool carries the judge's notes, and their shapes are known only from a verdict.
    shapes = jax.eval_shape(first_verdict).notes
    notes = {k: jnp.zeros((arm.n, *x.shape[1:]), x.dtype) for k, x in shapes.items()}
    return strong(start(notes))


def unjudged(batch: Batch, notes: dict) -> Pool:
    """Real rows as a pool: weight 1, no reward, born at generation 0."""
    one, zero = jnp.ones_like(batch.mass), jnp.zeros_like(batch.mass)
    born = jnp.zeros(len(zero), jnp.int32)
    return Pool(batch.rows, batch.mass, one, zero, batch.source, born, notes)


@eqx.filter_jit
def real_batches(truth, n: int, keys: Array) -> Batch:
    """The real data of a block of seeds: n items each."""

    def one_seed(key):
        return truth.real(step_keys(jax.random.fold_in(key, 0))["draw"], n)

    return over_seeds(truth, one_seed, keys)


@eqx.filter_jit
def first_states(arm: Arm, batches: Batch, keys: Array) -> State:
    return over_seeds(arm.model, lambda seed: first_state(arm, *seed), (batches, keys))


@eqx.filter_jit
def first_records(truth, measures: tuple, batches: Batch, keys: Array) -> dict:
    """Generation 0 of the record: the truth itself, unjudged."""

    def one_seed(seed):
        batch, key = seed
        keys = step_keys(jax.random.fold_in(key, 0))
        real = unjudged(batch, {})
        verdict = Verdict(real.weight, jnp.full_like(real.reward, jnp.nan))
        n, t = len(batch.mass), jnp.array(0, jnp.int32)
        view = View(batch, truth, truth, truth, t, n, verdict=verdict, fresh=real)
        health = {"bad": jnp.array(0), "degenerate": jnp.array(0)}
        return record(measures, view, health, keys["measure"])

    return over_seeds(truth, one_seed, (batches, keys))


def begin(arm: Arm, keys: Array) -> tuple[State, dict]:
    """States and records of generation 0 for a block of seeds; keys (B,).

    Real data and their record do not depend on judge, model or regime, so that all arms of a
    scenario share the programs that make them.
    """
    batches = real_batches(arm.truth, arm.n, keys)
    return first_states(arm, batches, keys), first_records(arm.truth, arm.measures, batches, keys)


@eqx.filter_jit
def advance(arm: Arm, states: State, keys: Array, t: Array, steps: Array) -> tuple[State, dict]:
    """Run ``steps`` <= CHUNK generations from ``t`` on; records (B, CHUNK, ...), unused ones 0.

    The number of steps is data, not shape: whoever drives a run 1, 2 or 7 generations a call
    runs the same program, and so gets the same bits.
    """

    def one_seed(state_and_key):
        state, key = state_and_key
        arrays, fixed = eqx.partition(state, eqx.is_array)

        def step(i, carry):
            state = eqx.combine(carry[0], fixed)
            state, row = generation(arm, state, t + i, key)
            state = strong(state)
            rows = jax.tree.map(lambda all, one: all.at[i].set(one), carry[1], row)
            return eqx.filter(state, eqx.is_array), rows

        shapes = jax.eval_shape(lambda: generation(arm, state, t, key)[1])
        rows = jax.tree.map(lambda x: jnp.zeros((CHUNK, *x.shape), x.dtype), shapes)
        arrays, rows = jax.lax.fori_loop(0, steps, step, (arrays, rows))
        return eqx.combine(arrays, fixed), rows

    return over_seeds(arm.model, one_seed, (states, keys))


def simulate(key: Array, arm: Arm, seeds: int = 16) -> dict:
    """Run every generation of ``arm`` for seeds 0..seeds-1 as one block.

    Returns the record: curves {name: (S, T + 1)}, health and items, generation 0 first.
    For long or many-seeded runs that are saved and resumed, see ``collapse.runs``.
    """
    from collapse.doors import prepare  # the door imports this file

    arm = prepare(arm)
    keys = seed_keys(key, range(seeds))
    states, first = begin(arm, keys)
    records = [jax.tree.map(lambda x: x[:, None], first)]
    for t in range(1, arm.generations + 1, CHUNK):
        steps = min(CHUNK, arm.generations + 1 - t)
        start, count = (jnp.array(x, jnp.int32) for x in (t, steps))
        states, rows = advance(arm, states, keys, start, count)
        records.append(jax.tree.map(lambda x, steps=steps: x[:, :steps], rows))
    return jax.tree.map(lambda *x: jnp.concatenate(x, axis=1), *records)
