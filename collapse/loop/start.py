"""Set-up before generation 1: real data, their record, and the initial states."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.errors import UserError
from collapse.judges.base import verdict_of
from collapse.loop.arm import Arm
from collapse.loop.generation import (
    HEALTH,
    check_ready,
    draw,
    noise_of,
    parts_before,
    record,
    shared,
    sized,
    step_keys,
)
from collapse.loop.settle import judged_real, unjudged
from collapse.numerics.device import compiled
from collapse.numerics.pytree import over_seeds, replace, strip_weak_type
from collapse.samplers.base import Plain
from collapse.types import Batch, Pool, State, Verdict, View


def parts_at_start(arm: Arm) -> int:
    """Number of calls of ``begin_part`` needed before generation 1."""
    fits = arm.learner.fits_first or arm.keep_reference
    return arm.model.parts - 1 if fits and arm.regime.real_start else 0


def first_state(arm: Arm, batch: Batch, key: Array, progress: Any = None) -> State:
    """The state of one seed before generation 1, from its real data; ``progress`` is that of a fit
    in parts, of which only the last one is left."""
    t = jnp.array(0, jnp.int32)
    keys = step_keys(key, t)

    def start(notes: dict) -> State:
        real = first_rows(arm, batch, keys, notes)
        model, first, learner = fit_to_real(arm, real, keys, progress)
        if parts_at_start(arm):
            model, first = finished(model), finished(first)
        model = model.part_by_part() if parts_before(arm) else model
        pool = arm.regime.start(real, arm.generations, model)  # with space for the fitted model
        reference = first if arm.keep_reference else None
        return State(model, learner, arm.judge, reference, pool)

    def first_notes() -> dict:
        state = start({})
        view = draw(arm, state, state.model, t, noise_of(arm, t, key))
        verdict = verdict_of(state.judge, keys["judge"], view)
        return verdict.notes | arm.learner.notes(view, verdict, arm.sampler)

    # Real rows need zeros for the notes of judge and learner, whose shapes only a verdict shows.
    may_note = not arm.judge.judges_by_reward or arm.learner.notes_rows
    shapes = jax.eval_shape(first_notes) if may_note else {}
    rows = len(batch.mass)
    notes = {k: jnp.zeros((rows, *x.shape[1:]), x.dtype) for k, x in shapes.items()}
    return strip_weak_type(start(notes))


def first_rows(arm: Arm, batch: Batch, keys: dict, notes: dict) -> Pool:
    """The initial rows of the regime: real rows, judged or not, or none.

    A judge sees these real rows like those of generation 0, as output of the truth.
    """
    real = unjudged(batch, arm.n, notes)
    if arm.regime.judge_real:
        slots = arm.regime.slots(arm.generations)
        wanted = -(-arm.candidates * arm.n // slots // arm.group) * arm.group
        truth = arm.truth if arm.judge.uses_truth else None
        reference = arm.truth if arm.keep_reference else None
        sizes = {"n": arm.n, "slots": arm.n, "candidates": wanted, "group": arm.group}
        t, count = jnp.array(0, jnp.int32), jnp.asarray(arm.n, float)
        view = View(batch, arm.truth, reference, truth, t, previous=arm.truth, **sizes)
        real = judged_real(arm, arm.judge, view, notes, keys["judge"], count)
    if arm.regime.real_start:
        return real
    return replace(real, weight=jnp.zeros_like(real.weight))


def fit_to_real(arm: Arm, real: Pool, keys: dict, progress: Any) -> tuple[Any, Any, Any]:
    """What ``Learner.begin`` gives on real data before generation 1: the start model, the first
    fitted model and the learner. Of a fit in parts, only the part after ``progress`` is run."""
    pool = arm.regime.start(real, arm.generations)
    data = arm.regime.select(keys["select"], pool, jnp.array(0, jnp.int32))
    if not arm.regime.real_start:
        _check_unfitted(arm, keys["learn"], data)
        return arm.model, arm.model, arm.learner
    model = arm.model if progress is None else replace(arm.model, progress=progress)
    return arm.learner.begin(keys["learn"], model, data)


def _check_unfitted(arm: Arm, key: Array, data: Pool) -> None:
    """Raise ``UserError`` for a model that cannot be sampled before its first fit."""
    shapes = jax.eval_shape(lambda: strip_weak_type((arm.model, arm.model.fit(key, data))))
    if not eqx.tree_equal(*shapes):
        raise UserError(
            f"With real_start=false generation 1 is the given model, and a "
            f"{type(arm.model).__name__} cannot be sampled before its first fit: give a fitted "
            "model, or start with real rows."
        )


@compiled
def real_batches(truth, sampler, n: int | Array, keys: Array) -> Batch:
    """The real data of a block of seeds, n items each."""

    def one_seed(key):
        return sampler.real(step_keys(key, 0)["draw"], truth, n, n)

    return over_seeds(truth, one_seed, keys)


def finished(model: Any) -> Any:
    """The model without the progress of its fit, which is complete."""
    return replace(model, progress=None)


def first_states(arm: Arm, batches: Batch, keys: Array, progress: Any = None) -> State:
    """States before generation 1 for a block of seeds, given their real data and fit progress."""
    return _first_states(*shared(arm), batches, keys, progress)


@compiled
def _first_states(arm: Arm, n: Array | None, batches: Batch, keys: Array, progress: Any) -> State:
    arm = sized(arm, n)
    return over_seeds(arm.model, lambda seed: first_state(arm, *seed), (batches, keys, progress))


@compiled
def begin_part(arm: Arm, batches: Batch, keys: Array, progress: Any) -> Any:
    """The next part of the fit before generation 1, if fits are split into parts: its progress for
    each seed, which ``first_states`` completes."""

    def one_seed(block):
        batch, key, progress = block
        keys = step_keys(key, 0)
        first = fit_to_real(arm, first_rows(arm, batch, keys, {}), keys, progress)[1]
        return strip_weak_type(first.progress)

    return over_seeds(arm.model, one_seed, (batches, keys, progress))


def initial_progress(arm: Arm, seeds: int) -> Any:
    """The initial progress of fits in parts, for a block of seeds."""
    blank = arm.model.part_by_part().progress
    return jax.tree.map(lambda x: jnp.broadcast_to(x, (seeds, *x.shape)), blank)


@compiled
def first_records(truth, measures: tuple, n: int | Array, batches: Batch, keys: Array) -> dict:
    """The record of generation 0: the truth itself, unjudged."""

    def one_seed(seed):
        batch, key = seed
        keys = step_keys(key, 0)
        real = unjudged(batch, n, {})
        verdict = Verdict(real.weight, jnp.full_like(real.reward, jnp.nan))
        t, taken = jnp.array(0, jnp.int32), jnp.asarray(n, float)
        seen = {"taken": taken, "verdict": verdict, "fresh": real, "data": real}
        view = View(batch, truth, truth, truth, t, n=0, **seen)
        view = replace(view, n=n)  # n may be an array, see ``draw``
        health = dict.fromkeys(HEALTH, jnp.array(0))
        return record(measures, view, health, keys["measure"])

    return over_seeds(truth, one_seed, (batches, keys))


def begin(arm: Arm, keys: Array) -> tuple[State, dict]:
    """States and records of generation 0 for a block of seeds; keys (B,).

    Real data and their record do not depend on judge, model or regime, so all arms of a scenario
    share the programs that make them.
    """
    check_ready(arm, keys)
    batches, records = real_data(arm, keys)
    if not parts_at_start(arm):
        return first_states(arm, batches, keys), records
    progress = initial_progress(arm, len(keys))
    for _ in range(parts_at_start(arm)):
        progress = begin_part(arm, batches, keys, progress)
    return first_states(arm, batches, keys, progress), records


def real_data(arm: Arm, keys: Array) -> tuple[Batch, dict]:
    """The real data of a block of seeds, and their record."""
    batches = real_rows_of(arm, keys)
    return batches, first_records(arm.truth, arm.measures, _rows(arm), batches, keys)


def real_rows_of(arm: Arm, keys: Array) -> Batch:
    """The real data of a block of seeds, without their record."""
    # Samplers change only models: one that draws items gives the same real data as Plain, so that
    # arms share the program.
    sampler = Plain() if arm.sampler.kind == "items" else arm.sampler
    return real_batches(arm.truth, sampler, _rows(arm), keys)


def _rows(arm: Arm) -> int | Array:
    """n, as an array where arms that differ in n share their programs."""
    n = shared(arm)[1]
    return arm.n if n is None else n
