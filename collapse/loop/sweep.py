"""Run many settings of one arm as one program: numbers that differ get an axis of settings, and
what all settings have in common is computed once."""

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.errors import UserError
from collapse.loop.arm import Arm
from collapse.loop.check_judge import refuse_bad
from collapse.loop.generation import advance, chunk, learn_part, parts_before
from collapse.loop.limits import make_room, record_errors
from collapse.loop.prepare import explained, prepare
from collapse.loop.simulate import key_and_seeds
from collapse.loop.start import first_states, real_data
from collapse.numerics.device import compiled, side_by_side
from collapse.numerics.pytree import seed_keys
from collapse.rewards.external import asks_external

TOGETHER = 8  # settings side by side: they share their random numbers, and stay in cache


def run_arms(
    key: Array | int, arms: Sequence[Arm], seeds: int | Sequence[int] = 16, ready: bool = False
) -> dict:
    """Run arms that differ in numbers only, side by side; all use the same random numbers.

    ``key``, ``seeds`` and ``ready`` are as for ``run_arm``. Give the arms ``candidates`` where a
    judge's share is among the numbers, since it sets their count. Returns the record of ``run_arm``
    with an axis for the V arms in front: curves {name: (V, S, T + 1)}. Raises ``UserError`` for
    arms that differ in more than numbers, or with a judge outside JAX.
    """
    key, seeds = key_and_seeds(key, seeds)
    if not len(arms):
        raise UserError("run_arms needs at least one arm.")
    if errors := record_errors([arm for arm in arms if isinstance(arm, Arm)], len(seeds)):
        raise UserError(*errors)
    prepared = list(arms) if ready else [prepare(arm, checked=False) for arm in arms]
    make_room()
    together = min(TOGETHER, len(prepared))
    padded = prepared + prepared[-1:] * (-len(prepared) % together)
    arm, axes = stacked(padded)
    keys = seed_keys(key, seeds)
    with explained(prepared[0]):
        batches, first = real_data(prepared[0], keys)
        parts = [_part(arm, axes, i, together) for i in range(0, len(padded), together)]
        compiling = threading.Lock()
        with ThreadPoolExecutor(min(os.cpu_count() or 1, 8, len(parts))) as pool:
            run = partial(_all_generations, prepared[0], axes, batches, keys, compiling)
            rows = list(pool.map(run, parts))
    settings = jax.tree.map(lambda *x: np.concatenate(x)[: len(prepared)], *rows)
    for i, setting in enumerate(prepared):
        health = {name: values[i] for name, values in settings["health"].items()}
        refuse_bad(setting, health, 1, seeds)
    zero = jax.tree.map(lambda x: np.broadcast_to(x, (len(prepared), 1, *x.shape)), first)
    return jax.tree.map(lambda *x: np.concatenate(x, axis=1).swapaxes(1, 2), zero, settings)


def stacked(arms: Sequence[Arm]) -> tuple[Arm, Any]:
    """One arm for all settings, whose arrays have the settings as first axis where they differ; and
    for each of its arrays 0 if it has this axis, else None, as for ``in_axes`` of vmap."""
    parts = [eqx.partition(arm, eqx.is_array) for arm in arms]
    first = jax.tree.structure(parts[0][0]), parts[0][1]
    for arrays, fixed in parts[1:]:
        shapes = [(x.shape, x.dtype) for x in jax.tree.leaves(arrays)]
        like = [(x.shape, x.dtype) for x in jax.tree.leaves(parts[0][0])]
        if jax.tree.structure(arrays) != first[0] or shapes != like or fixed != first[1]:
            raise UserError(
                "Arms that run as one program may differ in numbers only: the same parts, sizes "
                "and counts. Give candidates where they depend on a share."
            )
    if asks_external(arms[0].judge):
        raise UserError("A judge outside JAX cannot be asked for many settings at once.")
    leaves = [jax.tree.leaves(arrays) for arrays, _ in parts]
    columns, axes = [], []
    for column in zip(*leaves, strict=True):
        same = all(_equal(column[0], x) for x in column[1:])
        columns.append(column[0] if same else jnp.stack(column))
        axes.append(None if same else 0)
    if not any(axis == 0 for axis in axes):  # all settings are equal, and one axis is needed
        columns[0], axes[0] = jnp.stack([x[0] for x in leaves]), 0
    arrays = jax.tree.unflatten(first[0], columns)
    return eqx.combine(arrays, first[1]), tuple(axes)


def _equal(a, b) -> bool:
    return a is b or bool(np.array_equal(np.asarray(a), np.asarray(b)))


def _part(arm: Arm, axes: tuple, start: int, count: int) -> Arm:
    """``count`` settings of a stacked arm."""
    arrays, fixed = eqx.partition(arm, eqx.is_array)
    leaves, structure = jax.tree.flatten(arrays)
    part = [x if a is None else x[start : start + count] for x, a in zip(leaves, axes, strict=True)]
    return eqx.combine(jax.tree.unflatten(structure, part), fixed)


def _over_settings(arm: Arm, axes: tuple, function, *extra):
    """``function(arm, *extra)`` for every setting; extra arguments have the settings as first axis.

    Small models run under vmap, the others in turn, since a vmap would run both branches of each
    ``cond`` of theirs.
    """
    arrays, fixed = eqx.partition(arm, eqx.is_array)
    leaves, structure = jax.tree.flatten(arrays)
    differing = [x for x, axis in zip(leaves, axes, strict=True) if axis == 0]

    def one(given):
        values, extra = iter(given[0]), given[1]
        filled = [next(values) if a == 0 else x for x, a in zip(leaves, axes, strict=True)]
        return function(eqx.combine(jax.tree.unflatten(structure, filled), fixed), *extra)

    every = jax.vmap(one) if side_by_side(arm.model) else partial(jax.lax.map, one)
    return every((differing, extra))


@compiled
def _begin(arm: Arm, axes: tuple, batches, keys: Array):
    return _over_settings(arm, axes, lambda arm: first_states(arm, batches, keys))


@compiled
def _learn_part(arm: Arm, axes: tuple, states, keys: Array, t: Array):
    return _over_settings(arm, axes, lambda arm, state: learn_part(arm, state, keys, t), states)


@compiled
def _advance(arm: Arm, axes: tuple, states, keys: Array, t: Array, steps: Array):
    """``advance`` for every setting. Its noise does not depend on them, and is drawn once."""
    return _over_settings(arm, axes, lambda arm, state: advance(arm, state, keys, t, steps), states)


def _all_generations(one: Arm, axes: tuple, batches, keys: Array, compiling, arm: Arm) -> dict:
    """The record (settings, T, S, ...) of the settings of ``arm`` from generation 1 on; ``one`` is
    any of them, for their common sizes. Runs in several threads, of which the first to come
    compiles while the others wait for the lock ``compiling``."""
    states, records = None, []
    for t in range(1, one.generations + 1, chunk(one)):
        steps = min(chunk(one), one.generations + 1 - t)
        start, number = (jnp.array(x, jnp.int32) for x in (t, steps))
        with compiling:  # held while a program is compiled, not while it runs
            if states is None:
                states = _begin(arm, axes, batches, keys)
            for _ in range(parts_before(one)):
                states = _learn_part(arm, axes, states, keys, start)
            states, rows = _advance(arm, axes, states, keys, start, number)
        records.append(jax.tree.map(lambda x, steps=steps: np.asarray(x)[:, :steps], rows))
    return jax.tree.map(lambda *x: np.concatenate(x, axis=1), *records)
