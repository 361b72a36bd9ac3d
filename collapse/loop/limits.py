"""The room that a machine has, and what a run needs of it at least: looked at before anything of a
run is laid out, for next to nothing."""

import gc
import math
import os
from pathlib import Path

import jax
import jax.numpy as jnp

from collapse.loop.arm import Arm
from collapse.loop.generation import HEALTH
from collapse.numerics.device import accelerated, free_megabytes, side_by_side
from collapse.part import is_whole

GENERATIONS, SEEDS = 2**31 - 2, 2**32  # that have a number
ROW = 7  # numbers that a pool holds beside an item
WORKING = {True: 8, False: 64}  # arrays like rows and candidates that a generation holds at once,
SMALL = 0.2  # part of the free memory
MAPS = Path("/proc/self/maps")
MOST_MAPS = Path("/proc/sys/vm/max_map_count")
SHARE = 0.7  # of the memory maps that a process may have, from which on programs are dropped
SIDE_BY_SIDE = 32  # seeds of a block under vmap, unless the scenario or the user says otherwise


def record_errors(arms: list[Arm], seeds: int, free: float | None = None) -> list[str]:
    """A sentence, with what would fit, if the curves of so many seeds and generations alone are
    more than the memory that is free (megabytes), or than have numbers."""
    last = max((arm.generations for arm in arms if is_whole(arm.generations)), default=0)
    measures = [m for arm in arms if isinstance(arm.measures, (tuple, list)) for m in arm.measures]
    curves = sum(len(getattr(measure, "curves", ())) for measure in measures)
    each = 2 * (1 + curves + len(arms) * (len(HEALTH) + 1)) * jnp.zeros(()).itemsize
    free = (free_megabytes() if free is None else free) * 1e6
    needs = each * seeds * (last + 1)
    if needs <= free and last <= GENERATIONS and seeds <= SEEDS:
        return []
    fits = {
        "generations": min(GENERATIONS, free // (each * seeds) - 1),
        "seeds": min(SEEDS, free // (each * (last + 1))),
    }
    would = [f"--{name} {int(most)}" for name, most in fits.items() if most >= 1]
    hint = f"at most {' or '.join(would)} would fit" if would else "lower both"
    return [
        f"{seeds} seeds of {last} generations need about {needs / 1e9:.3g} GB for their curves "
        f"alone, and {free / 1e9:.1f} GB are free: {hint}."
    ]


def surely_fits(arm: Arm, seeds: int) -> bool:
    """Whether a block of seeds of a prepared arm in closed form takes a small part of the memory
    that is free, were its pool to grow by n rows a generation: what is not sure is
    ``memory.check``'s to say."""
    if arm.sampler.kind != "items":
        return True
    item = jax.eval_shape(lambda: arm.truth.sample(jax.random.key(0), 1))
    numbers = sum(math.prod(x.shape) for x in jax.tree.leaves(item)) + ROW
    rows = arm.n * (arm.generations + 1) + arm.candidates
    at_once = seeds if side_by_side(arm.model) else 1
    arrays = seeds + WORKING[arm.model.side_by_side] * at_once
    return arrays * numbers * rows * jnp.zeros(()).itemsize < SMALL * 1e6 * free_megabytes()


def make_room() -> None:
    """Drop all compiled programs where the process is near the number of memory maps that it may
    have: each program holds some, and the compiler dies where there are no more. What is used
    again is compiled again."""
    try:
        most = int(MOST_MAPS.read_text())
        with MAPS.open() as lines:
            held = sum(1 for _ in lines)
    except (OSError, ValueError):  # a system that has no such limit
        return
    if held > SHARE * most:
        jax.clear_caches()
        gc.collect()


def block_size(arm: Arm, wish: int | None, seeds: int) -> int:
    """Seeds to a block. Blocks are filled up: of small models that costs nothing, and networks, on
    an accelerator, have no larger blocks than there are ``seeds``."""
    if wish or not side_by_side(arm.model):
        return wish or 1
    return SIDE_BY_SIDE if arm.model.side_by_side else min(SIDE_BY_SIDE, seeds)


def blocks_at_once() -> int:
    """Blocks in flight: one for each core, or for each accelerator, whose memory they share."""
    return len(jax.local_devices()) if accelerated() else min(os.cpu_count() or 1, 8)
