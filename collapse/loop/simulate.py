"""All generations of one arm in memory, for a block of seeds."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.errors import UserError, attempt
from collapse.loop.arm import Arm
from collapse.loop.check_judge import refuse_bad
from collapse.loop.external_judge import advance_any
from collapse.loop.generation import chunk, learn_part, parts_before
from collapse.loop.limits import make_room, record_errors, surely_fits
from collapse.loop.prepare import explained, prepare
from collapse.loop.start import begin
from collapse.numerics.device import over_devices, side_by_side
from collapse.numerics.prng import KEYS, as_key
from collapse.numerics.pytree import seed_keys
from collapse.part import is_whole
from collapse.rewards.external import asks_external


def run_arm(
    key: Array | int,
    arm: Arm,
    seeds: int | Sequence[int] = 16,
    show: Callable = str,
    report: Callable = lambda generation, record: None,
    ready: bool = False,
) -> dict:
    """Run every generation of an arm in memory, for all seeds as one block.

    Args:
        key: one of jax's keys, or a whole number as for ``--key``.
        arm: what is run; it is prepared here unless it is ``ready``.
        seeds: how many, from seed 0 on, or their numbers. A small model on disk has blocks of 32
            seeds, which are filled up: the same bits need the same block, range(32).
        show: makes text of an item, for a judge outside JAX.
        report: report(t, record) is called after generations up to ``t``, with the record of the
            last ones (generations, S).
        ready: the arm is prepared already.

    With several devices the seeds of a model that runs side by side are spread over them, and with
    several processes of ``jax.distributed`` each runs its share and all get the whole record.

    Returns the record as NumPy arrays: curves {name: (S, T + 1)}, health and items, generation 0
    first. Raises ``UserError`` for parts that do not fit each other, and for a judge that returns
    NaN or a weight outside [0, 1].
    """
    key, seeds = key_and_seeds(key, seeds)
    if errors := record_errors([arm] if isinstance(arm, Arm) else [], len(seeds)):
        raise UserError(*errors)
    arm = arm if ready else prepare(arm, checked=False)
    check_room(arm, len(seeds))
    make_room()
    with explained(arm):
        if asks_external(arm.judge):  # every question is asked once
            return _all_generations(arm, seed_keys(key, seeds), seeds, show, report)
        mine, padded = shares(arm, seeds)
        keys = seed_keys(key, padded)
        keys = over_devices(keys) if side_by_side(arm.model) else keys
        return gathered(_all_generations(arm, keys, padded, show, report), len(mine), len(seeds))


def shares(arm: Arm, seeds: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """The seeds that this process of ``jax.distributed`` runs; and the same padded with copies of
    the last one, to the size of the largest share and to a multiple of the devices."""
    parts = np.array_split(np.asarray(seeds), jax.process_count())
    devices = jax.local_device_count() if side_by_side(arm.model) else 1
    size = -(-len(parts[0]) // devices) * devices
    mine = parts[jax.process_index()]
    last = mine[-1:] if len(mine) else parts[0][-1:]
    return mine, np.concatenate([mine, np.repeat(last, size - len(mine))])


def gathered(record: dict, mine: int, seeds: int) -> dict:
    """The record (S, ...) of all seeds, from the padded records of all processes. ``mine`` is the
    number of seeds of this process, ``seeds`` that of all."""
    if jax.process_count() == 1:
        return jax.tree.map(lambda x: x[:mine], record)
    from jax.experimental.multihost_utils import process_allgather

    every = process_allgather(record)  # (processes, S, ...)
    parts = np.array_split(np.arange(seeds), jax.process_count())
    return jax.tree.map(
        lambda x: np.concatenate([y[: len(part)] for y, part in zip(x, parts, strict=True)]),
        every,
    )


def key_and_seeds(key, seeds) -> tuple[Array, np.ndarray]:
    """The root of all random numbers as a key, and the numbers (S,) of the seeds. Raises
    ``UserError``."""
    errors: list[str] = []
    key = attempt(errors, as_key, key)
    if is_whole(seeds):
        if seeds < 1:
            errors.append(f"seeds must be at least 1, not {seeds}.")
        seeds = range(max(seeds, 0))
    numbers = seeds if isinstance(seeds, range) else np.asarray(seeds)  # a range may be very long
    if not errors and not _are_seeds(numbers):
        errors.append(
            "seeds must be how many, or the numbers of at least one, each whole and from 0 to "
            f"{KEYS - 1}, such as range(4, 8)."
        )
    if errors:
        raise UserError(*errors)
    return key, numbers


def _are_seeds(numbers) -> bool:
    if isinstance(numbers, range):
        return bool(numbers) and all(0 <= seed < KEYS for seed in (numbers[0], numbers[-1]))
    fine = numbers.ndim == 1 and numbers.dtype.kind in "iu" and len(numbers)
    return bool(fine and numbers.min() >= 0 and numbers.max() < KEYS)


def check_room(arm: Arm, seeds: int) -> None:
    """Raise ``UserError`` if a prepared arm needs more memory than is free for so many seeds."""
    if not surely_fits(arm, seeds):
        from collapse.loop import memory  # it imports the networks, which closed forms do without

        memory.check(memory.Workload({"this": arm}, seeds, seeds), None, flag="seeds=")


def _all_generations(
    arm: Arm, keys: Array, seeds: np.ndarray, show: Callable, report: Callable
) -> dict:
    """The record (S, T + 1, ...) of a prepared arm, for the seeds of ``keys`` (S,)."""
    states, first = begin(arm, keys)
    records = [jax.tree.map(lambda x: np.asarray(x)[None], first)]
    for t in range(1, arm.generations + 1, chunk(arm)):
        steps = min(chunk(arm), arm.generations + 1 - t)
        start, count = (jnp.array(x, jnp.int32) for x in (t, steps))
        for _ in range(parts_before(arm)):
            states = learn_part(arm, states, keys, start)
        states, rows = advance_any(arm, states, keys, start, count, show)
        records.append(jax.tree.map(lambda x, steps=steps: np.asarray(x)[:steps], rows))
        refuse_bad(arm, records[-1]["health"], t, seeds)
        report(t + steps - 1, records[-1])
    return jax.tree.map(lambda *x: np.concatenate(x).swapaxes(0, 1), *records)
