"""A whole run in memory: every generation of an arm for a block of seeds."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.beginning import begin
from collapse.core import chunk, learn_part, parts_before
from collapse.doors import explained, prepare
from collapse.outside import turn
from collapse.trees import seed_keys
from collapse.types import Arm


def simulate(key: Array, arm: Arm, seeds: int | range = 16, show: Callable = str) -> dict:
    """Run every generation of ``arm`` for seeds 0..seeds-1, or the numbered ones, as one block.

    Returns the record as NumPy arrays: curves {name: (S, T + 1)}, health and items, generation 0
    first. ``show`` makes text of an item, for a judge outside JAX.
    For long or many-seeded runs that are saved and resumed, see ``collapse.runs``.
    """
    arm = prepare(arm, checked=False)
    keys = seed_keys(key, range(seeds) if isinstance(seeds, int) else seeds)
    with explained(arm):
        return _all_generations(arm, keys, show)


def _all_generations(arm: Arm, keys: Array, show: Callable) -> dict:
    states, first = begin(arm, keys)
    records = [jax.tree.map(lambda x: np.asarray(x)[None], first)]
    for t in range(1, arm.generations + 1, chunk(arm)):
        steps = min(chunk(arm), arm.generations + 1 - t)
        start, count = (jnp.array(x, jnp.int32) for x in (t, steps))
        for _ in range(parts_before(arm)):
            states = learn_part(arm, states, keys, start)
        states, rows = turn(arm, states, keys, start, count, show)
        records.append(jax.tree.map(lambda x, steps=steps: np.asarray(x)[:steps], rows))
    return jax.tree.map(lambda *x: np.concatenate(x).swapaxes(0, 1), *records)
