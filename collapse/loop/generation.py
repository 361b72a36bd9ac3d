"""The loop: one generation of model collapse, and its repetition.

    pool --select--> data --learn--> model --draw--> batch --judge--> verdict --settle--> fresh
                                                                  fresh --absorb--> next pool

This file is the whole method. ``generation`` is one iteration; ``begin`` (in ``start``) sets up
generation 0 (the truth), and ``advance`` runs a block of seeds for a given number of generations.
Both are compiled once: short, long, resumed and watched runs are different numbers of calls of the
same two programs, so they agree bit for bit.

Notation: n items kept per generation, m candidates drawn for them, T generations, B seeds per
block; an item has shape ``...``. Generation 0 is the truth, 1 the first fit on real data.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.errors import UserError
from collapse.loop.arm import Arm
from collapse.loop.settle import drawn_kept, judged_real, settle, sound
from collapse.numerics.device import compiled, side_by_side
from collapse.numerics.pytree import over_seeds, replace, strip_weak_type
from collapse.numerics.top_k import count_true, cut_by_rounding
from collapse.rewards.external import asks_external
from collapse.samplers.base import KeptStatistic, Statistic
from collapse.types import State, View

CHUNK = {"items": 16, "support": 64, "summary": 128}  # generations per call, by kind of rows
NOISE = 2**17  # most random numbers drawn ahead for a seed, but always those of 8 generations
# Recorded in every generation, beside the number of items kept ("kept"):
HEALTH = (
    "bad",  # number of candidates with reward NaN or a weight outside [0, 1]
    "degenerate",  # 1 if no fit exists to the training data; the previous parameters stay
    "past_precision",  # 1 if the parameters are too small for the floating-point precision
    "abstained",  # number of candidates that a judge outside JAX did not answer
    "diverged",  # 1 if training diverged; the previous parameters stay
    "blurred",  # 1 if the judge selects by differences that are only rounding error
)
SHOWN = 8  # items of each generation that are stored in the record
STEPS = ("select", "learn", "draw", "judge", "settle", "absorb", "measure")


def step_keys(key: Array, t: Array | int) -> dict[str, Array]:
    """One key for each named step of generation ``t``; adding a step does not change other keys."""
    key = jax.random.fold_in(key, t)
    return {name: jax.random.fold_in(key, i) for i, name in enumerate(STEPS)}


def chunk(arm: Arm) -> int:
    """Largest number of generations in one call of ``advance``."""
    one_by_one = asks_external(arm.judge) or parts_before(arm)
    most = CHUNK[arm.sampler.kind]
    if arm.sampler.kind == "summary":
        most = min(most, max(8, NOISE // arm.model.noise_size))
    return 1 if one_by_one else most


def shared(arm: Arm) -> tuple[Arm, Array | None]:
    """The arm with n taken out, and n as an array, so that arms that differ in n share a program.

    Only where rows are summaries, as no shape depends on n there; ``sized`` puts n back inside the
    program. Other arms are returned as they are, with None.
    """
    if not isinstance(arm.sampler, Statistic) or arm.regime.judge_real:
        return arm, None
    return sized(replace(arm, candidates=1), 0), jnp.array(float(arm.n))


def sized(arm: Arm, n: Array | int | None) -> Arm:
    """The arm with this n, which may be a traced array; for None, the arm as it is."""
    return arm if n is None else replace(arm, n=n, regime=replace(arm.regime, n=n))


def check_ready(arm: Arm, keys: Array) -> None:
    """Raise ``UserError`` if the arm is not prepared, or ``keys`` is not an array of keys."""
    if not isinstance(arm, Arm) or arm.candidates is None:
        raise UserError("Pass the arm through collapse.prepare first.")
    if getattr(keys, "ndim", 0) != 1:
        raise UserError("keys must be (B,), one for each seed, as jax.random.split makes them.")


def parts_before(arm: Arm) -> int:
    """Number of calls of ``learn_part`` needed before each generation."""
    return 0 if arm.learner.needs_net else arm.model.parts - 1


def noise_of(arm: Arm, t: Array, key: Array) -> Any:
    """The random numbers of the draw of generation ``t``. They do not depend on the fitted model,
    so they can be drawn for many generations at once."""
    keys = step_keys(key, t)
    return arm.sampler.noise(keys["draw"], arm.model, arm.regime.taken(t))


def propose(arm: Arm, state: State, t: Array, keys: dict, noise: Any) -> tuple[Any, Any, View]:
    """The first half of a generation: select data, learn from them, draw candidates.

    Returns the new learner, whether the fit is undefined (bool scalar), and the judge's view."""
    data, model, learner = learn(arm, state, t, keys)
    return learner, ~model.defined(data), draw(arm, state, model, t, noise)


def learn(arm: Arm, state: State, t: Array, keys: dict) -> tuple[Any, Any, Any]:
    """(data, model, learner): the training data of generation ``t``, the model learned from them,
    and the new learner."""
    data = arm.regime.select(keys["select"], state.pool, t)
    return data, *state.learner.learn(keys["learn"], state.model, data, state.reference)


def draw(arm: Arm, state: State, model: Any, t: Array, noise: Any) -> View:
    """Candidates of the fitted model, in the view that a judge gets."""
    taken = arm.regime.taken(t)
    batch = model.draw(noise, arm.candidates, arm.group, arm.sampler, taken)
    truth = arm.truth if arm.judge.uses_truth else None
    slots = arm.regime.slots(arm.generations)
    sizes = {"group": arm.group, "candidates": arm.candidates}
    # Replaced by the answers of an external judge; zeros while shapes are traced.
    answers = jnp.zeros(len(batch.mass)) if asks_external(arm.judge) else None
    known = {"taken": taken, "previous": state.model, "said": answers}
    view = View(batch, model, state.reference, truth, t, n=0, **known, **sizes)
    # Set after construction: they may be arrays, and equinox warns of those in static fields.
    return replace(view, n=arm.n, slots=slots)


def conclude(arm: Arm, state: State, learner, undefined, view: View, verdict, judge, keys: dict):
    """The second half of a generation: settle the verdict, absorb the fresh rows, measure.

    ``learner`` and ``judge`` are those after this generation, ``undefined`` whether the fit is.
    Returns the next state and the record of this generation.
    """
    notes = verdict.notes | arm.learner.notes(view, verdict, arm.sampler)
    seen = sound(verdict, notes)
    if isinstance(arm.sampler, KeptStatistic):
        fresh = drawn_kept(keys["settle"], view, seen, arm.sampler)
    else:
        fresh = settle(keys["settle"], view, seen)
    judged = partial(judged_real, arm, judge, view, notes) if arm.regime.judge_real else None
    pool = arm.regime.absorb(
        keys["absorb"], state.pool, fresh, arm.truth, arm.sampler, view.t, view.model, judged
    )
    next_state = State(view.model, learner, judge, state.reference, pool)
    bad = ~(verdict.weight >= 0) | ~(verdict.weight <= 1) | jnp.isnan(verdict.reward)
    past = view.model.past_precision() if view.batch.kind == "items" else jnp.array(False)
    health = {"bad": count_true(bad).astype(int), "degenerate": undefined.astype(int)}
    abstained = jnp.array(0) if view.said is None else jnp.isnan(view.said).sum()
    health |= {"past_precision": past.astype(int), "abstained": abstained}
    health["diverged"] = view.model.diverged().astype(int)
    blurred = cut_by_rounding(verdict.reward, seen.weight, view.batch.mass, view.compared)
    health["blurred"] = blurred.astype(int)
    data = None
    if any(measure.reads_data for measure in arm.measures):
        data = arm.regime.select(keys["select"], state.pool, view.t)
    whole = replace(view, truth=arm.truth, verdict=seen, fresh=fresh, data=data)
    return next_state, record(arm.measures, whole, health, keys["measure"])


def record(measures: tuple, view: View, health: dict, key: Array) -> dict:
    """The record of a generation: "curves" and "health", each {name: number}, and "items", the
    first ``SHOWN`` of the output; an empty array if rows are not items."""
    curves = {}
    for i, measure in enumerate(measures):
        curves |= measure.measure(jax.random.fold_in(key, i), view)
    if view.batch.kind == "items":
        items, kept = view.output.rows[:SHOWN], count_true(view.fresh.weight > 0).astype(int)
    else:  # no items to show
        items = jnp.zeros(0)
        kept = jnp.round(view.n * view.fresh.count.sum() / view.taken).astype(int)
    return {"curves": curves, "health": {"kept": kept} | health, "items": items}


def generation(arm: Arm, state: State, t: Array, key: Array, noise: Any) -> tuple[State, dict]:
    """Run generation ``t`` for one seed, with the seed's ``key`` and the ``noise`` of the draw."""
    keys = step_keys(key, t)
    learner, undefined, view = propose(arm, state, t, keys, noise)
    verdict, judge = state.judge.judge(keys["judge"], view)
    return conclude(arm, state, learner, undefined, view, verdict, judge, keys)


@compiled
def learn_part(arm: Arm, states: State, keys: Array, t: Array) -> State:
    """Run the next part of the fit of generation ``t``, if fits are split into parts; ``advance``
    runs the last one. The steps before the fit are repeated for each part: they depend only on key
    and state, so they give the same data."""

    def one_seed(block):
        state, key = block
        _, model, _ = learn(arm, state, t, step_keys(key, t))
        return strip_weak_type(replace(state, model=replace(state.model, progress=model.progress)))

    return over_seeds(arm.model, one_seed, (states, keys))


def advance(
    arm: Arm, states: State, keys: Array, t: Array, steps: Array, donate: bool = False
) -> tuple[State, dict]:
    """Run ``steps`` <= ``chunk(arm)`` generations, starting at ``t``. Records have shape
    (chunk, B, ...), 0 where unused.

    The number of steps is data and not shape: runs with 1, 2 or 7 generations per call use the same
    program and get the same bits. ``donate``: the states are not used again, so that a large
    pool is changed in place.
    """
    check_ready(arm, keys)
    if asks_external(arm.judge):
        raise UserError("advance cannot run a judge outside JAX: use simulate, or collapse run.")
    run = _advance_in_place if donate else _advance
    return run((*shared(arm), keys, t, steps), states)


def _generations(given: tuple, states: State) -> tuple[State, dict]:
    """The compiled body of ``advance``. Its arguments are in a tuple apart from the states, since
    only the states may be donated."""
    arm, n, keys, t, steps = given
    arm = sized(arm, n)
    one = lambda state, key, t, noise: generation(arm, state, t, key, noise)  # noqa: E731
    if side_by_side(arm.model):
        every = eqx.filter_vmap(one, in_axes=(0, 0, None, 0))
        noises = jax.vmap(partial(noise_of, arm), in_axes=(None, 0))
        return loop(arm, every, noises, states, keys, t, steps)

    def alone(state_and_key):
        return loop(arm, one, partial(noise_of, arm), *state_and_key, t, steps)

    states, rows = over_seeds(arm.model, alone, (states, keys))
    return states, jax.tree.map(lambda x: x.swapaxes(0, 1), rows)


_advance = compiled(_generations)
_advance_in_place = compiled(_generations, donate="all-except-first")


def loop(arm: Arm, turn: Callable, noises: Callable, state: State, key, t: Array, steps: Array):
    """Run ``steps`` generations of one seed, or of a block of seeds.

    ``turn(state, key, t, noise)`` runs one generation and ``noises(t, key)`` draws its noise, for
    the seed or for all seeds of the block. Noise is drawn for the whole chunk at once. Returns the
    last state, and the record with the generation as first axis, 0 from ``steps`` on.
    """
    arrays, fixed = eqx.partition(state, eqx.is_array)
    noise = jax.vmap(lambda i: noises(t + i, key))(jnp.arange(chunk(arm)))

    @jax.jit  # traced once, for both the record's shapes and the loop
    def one_turn(arrays, i, noise):
        state, row = turn(eqx.combine(arrays, fixed), key, t + i, noise)
        return eqx.filter(strip_weak_type(state), eqx.is_array), row

    def step(i, carry):
        arrays, row = one_turn(carry[0], i, jax.tree.map(lambda all: all[i], noise))
        write = partial(jax.lax.dynamic_update_index_in_dim, index=i, axis=0)
        return arrays, jax.tree.map(write, carry[1], row)

    first = jax.tree.map(lambda all: all[0], noise)
    shapes = jax.eval_shape(one_turn, arrays, jnp.int32(0), first)[1]
    rows = jax.tree.map(lambda x: jnp.zeros((chunk(arm), *x.shape), x.dtype), shapes)
    arrays, rows = jax.lax.fori_loop(0, steps, step, (arrays, rows))
    return eqx.combine(arrays, fixed), rows
