"""Many settings of one arm as one program: what differs is an axis, what is common is done once."""

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.core import advance, chunk, first_states, real_data
from collapse.doors import explained, prepare
from collapse.errors import Mistake
from collapse.rewards.outside import asked_outside
from collapse.trees import seed_keys
from collapse.types import Arm

TOGETHER = 8  # settings side by side: they share their random numbers, and stay in cache


def simulate_arms(key: Array, arms: Sequence[Arm], seeds: int | range = 16) -> dict:
    """Run arms that differ in numbers only, side by side; all use the same random numbers.

    The record of ``simulate`` with an axis for the arms in front: curves {name: (V, S, T + 1)}.
    Give ``candidates`` where a judge's share is among the numbers, since it sets their count.
    """
    prepared = [prepare(arm, checked=False) for arm in arms]
    arm, axes = stacked(prepared)
    keys = seed_keys(key, range(seeds) if isinstance(seeds, int) else seeds)
    with explained(prepared[0]):
        return _all_generations(prepared[0], arm, axes, keys)


def stacked(arms: Sequence[Arm]) -> tuple[Arm, Any]:
    """One arm whose arrays have the settings as first axis where they differ, and which do (0 or
    None for every array)."""
    parts = [eqx.partition(arm, eqx.is_array) for arm in arms]
    first = jax.tree.structure(parts[0][0]), parts[0][1]
    for arrays, fixed in parts[1:]:
        shapes = [(x.shape, x.dtype) for x in jax.tree.leaves(arrays)]
        like = [(x.shape, x.dtype) for x in jax.tree.leaves(parts[0][0])]
        if jax.tree.structure(arrays) != first[0] or shapes != like or fixed != first[1]:
            raise Mistake(
                "Arms that run as one program may differ in numbers only: the same parts, sizes "
                "and counts. Give candidates where they depend on a share."
            )
    if asked_outside(arms[0].judge):
        raise Mistake("A judge outside JAX cannot be asked for many settings at once.")
    leaves = [jax.tree.leaves(arrays) for arrays, _ in parts]
    columns, axes = [], []
    for column in zip(*leaves, strict=True):
        same = all(_equal(column[0], x) for x in column[1:])
        columns.append(column[0] if same else jnp.stack(column))
        axes.append(None if same else 0)
    if not any(axis == 0 for axis in axes):  # one arm, or the same one again
        columns[0], axes[0] = jnp.stack([x[0] for x in leaves]), 0
    arrays = jax.tree.unflatten(first[0], columns)
    return eqx.combine(arrays, first[1]), tuple(axes)


def _equal(a, b) -> bool:
    return a is b or bool(np.array_equal(np.asarray(a), np.asarray(b)))


def _over_settings(arm: Arm, axes: tuple, function, *extra):
    """``function(arm, *extra)`` for every setting; extra arguments have the settings in front.

    Side by side for small models. For the others in turn, since a vmap would do both branches of
    every ``cond`` of theirs.
    """
    arrays, fixed = eqx.partition(arm, eqx.is_array)
    leaves, structure = jax.tree.flatten(arrays)
    differing = [x for x, axis in zip(leaves, axes, strict=True) if axis == 0]

    def one(given):
        own, extra = iter(given[0]), given[1]
        filled = [next(own) if a == 0 else x for x, a in zip(leaves, axes, strict=True)]
        return function(eqx.combine(jax.tree.unflatten(structure, filled), fixed), *extra)

    together = TOGETHER if arm.model.side_by_side else None
    return jax.lax.map(one, (differing, extra), batch_size=together)


@eqx.filter_jit
def _begin(arm: Arm, axes: tuple, batches, keys: Array):
    return _over_settings(arm, axes, lambda arm: first_states(arm, batches, keys))


@eqx.filter_jit
def _advance(arm: Arm, axes: tuple, states, keys: Array, t: Array, steps: Array):
    """``core.advance`` with the settings in front. Its noise does not depend on them."""
    return _over_settings(arm, axes, lambda arm, own: advance(arm, own, keys, t, steps), states)


def _all_generations(one: Arm, arm: Arm, axes: tuple, keys: Array) -> dict:
    batches, first = real_data(one, keys)
    states = _begin(arm, axes, batches, keys)
    count = len(jax.tree.leaves(states)[0])
    records = [jax.tree.map(lambda x: np.broadcast_to(x, (count, 1, *x.shape)), first)]
    for t in range(1, one.generations + 1, chunk(one)):
        steps = min(chunk(one), one.generations + 1 - t)
        start, number = (jnp.array(x, jnp.int32) for x in (t, steps))
        states, rows = _advance(arm, axes, states, keys, start, number)
        records.append(jax.tree.map(lambda x, steps=steps: np.asarray(x)[:, :steps], rows))
    return jax.tree.map(lambda *x: np.concatenate(x, axis=1).swapaxes(1, 2), *records)
