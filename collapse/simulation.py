"""A whole run in memory: every generation of an arm for a block of seeds."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.beginning import begin
from collapse.core import chunk, learn_part, parts_before
from collapse.doors import explained, prepare
from collapse.errors import Mistake
from collapse.kinds import is_whole
from collapse.outside import turn
from collapse.trees import seed_keys
from collapse.trial import refuse_bad
from collapse.types import Arm

MOST = 2**32  # numbers that a seed or a key can have


def simulate(
    key: Array | int, arm: Arm, seeds: int | Sequence[int] = 16, show: Callable = str
) -> dict:
    """Run every generation of ``arm`` for seeds 0..seeds-1, or the numbered ones, as one block.

    ``key`` is one of jax's keys, or a whole number: that of ``--key``. Returns the record as NumPy
    arrays: curves {name: (S, T + 1)}, health and items, generation 0 first. ``show`` makes text of
    an item, for a judge outside JAX. Raises ``Mistake``: of parts that do not fit each other, and
    of a judge that returns NaN or a weight outside [0, 1].
    For long or many-seeded runs that are saved and resumed, see ``collapse.runs``.
    """
    key, seeds = asked(key, seeds)
    arm = prepare(arm, checked=False)
    with explained(arm):
        return _all_generations(arm, seed_keys(key, seeds), seeds, show)


def asked(key, seeds) -> tuple[Array, np.ndarray]:
    """The root of all random numbers as a key, and the numbers of the seeds. Raises ``Mistake``."""
    wrong = []
    is_key = isinstance(key, Array) and jnp.issubdtype(key.dtype, jax.dtypes.prng_key)
    if is_whole(key) and 0 <= key < MOST:
        key = jax.random.key(key)
    elif not is_key or key.shape:
        told = f" of shape {key.shape}" if hasattr(key, "shape") else f": {key!r}"
        wrong.append(
            f"key must be one key, jax.random.key(0), or a whole number from 0 to {MOST - 1}, not "
            f"{type(key).__name__}{told}."
        )
    if is_whole(seeds):
        if seeds < 1:
            wrong.append(f"seeds must be at least 1, not {seeds}.")
        seeds = range(max(seeds, 0))
    numbers = np.asarray(seeds)
    of_range = numbers.ndim == 1 and numbers.dtype.kind in "iu"
    if not wrong and not (of_range and len(numbers) and 0 <= numbers.min() <= numbers.max() < MOST):
        wrong.append(
            "seeds must be how many, or the numbers of at least one, each whole and from 0 to "
            f"{MOST - 1}, such as range(4, 8)."
        )
    if wrong:
        raise Mistake(*wrong)
    return key, numbers


def _all_generations(arm: Arm, keys: Array, seeds: np.ndarray, show: Callable) -> dict:
    states, first = begin(arm, keys)
    records = [jax.tree.map(lambda x: np.asarray(x)[None], first)]
    for t in range(1, arm.generations + 1, chunk(arm)):
        steps = min(chunk(arm), arm.generations + 1 - t)
        start, count = (jnp.array(x, jnp.int32) for x in (t, steps))
        for _ in range(parts_before(arm)):
            states = learn_part(arm, states, keys, start)
        states, rows = turn(arm, states, keys, start, count, show)
        refuse_bad(arm, np.asarray(rows["health"]["bad"])[:steps].T, t, seeds)
        records.append(jax.tree.map(lambda x, steps=steps: np.asarray(x)[:steps], rows))
    return jax.tree.map(lambda *x: np.concatenate(x).swapaxes(0, 1), *records)
