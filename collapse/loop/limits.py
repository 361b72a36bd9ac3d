"""Resource limits: cheap checks of memory and sizes before a run is set up."""

import gc
import math
import os
from pathlib import Path

import jax
import jax.numpy as jnp

from collapse.loop.arm import Arm
from collapse.loop.generation import HEALTH
from collapse.measures.base import Measure
from collapse.numerics.device import accelerated, free_megabytes, side_by_side
from collapse.numerics.programs import drop_programs
from collapse.part import is_whole

GENERATIONS, SEEDS = 2**31 - 2, 2**32  # largest numbers of generations and seeds
ROW = 7  # numbers per row that a pool holds beside the item
# Arrays of the size of rows and candidates that a generation needs, by ``side_by_side``.
WORKING = {True: 8, False: 64}
SMALL = 0.2  # share of the free memory below which a run fits without a closer estimate
MAPS = Path("/proc/self/maps")
MOST_MAPS = Path("/proc/sys/vm/max_map_count")
MOST_OF_MAPS = 0.7  # share of a process's memory maps above which compiled programs are dropped
SIDE_BY_SIDE = 32  # default number of seeds per block under vmap


def record_errors(arms: list[Arm], seeds: int, free: float | None = None) -> list[str]:
    """An error sentence, with sizes that would fit, if the curves of so many seeds and generations
    exceed the ``free`` memory (megabytes) or the largest sizes."""
    last = max((arm.generations for arm in arms if is_whole(arm.generations)), default=0)
    measures = [m for arm in arms if isinstance(arm.measures, (tuple, list)) for m in arm.measures]
    curves = sum(len(m.curves) for m in measures if isinstance(m, Measure))
    each = 2 * (1 + curves + len(arms) * (len(HEALTH) + 1)) * jnp.zeros(()).itemsize
    free = (free_megabytes() if free is None else free) * 1e6
    needs = each * seeds * (last + 1)
    if needs <= free and last <= GENERATIONS and seeds <= SEEDS:
        return []
    fits = {
        "generations": min(GENERATIONS, free // (each * seeds) - 1),
        "seeds": min(SEEDS, free // (each * (last + 1))),
    }
    options = [f"--{name} {int(most)}" for name, most in fits.items() if most >= 1]
    hint = f"at most {' or '.join(options)} would fit" if options else "lower both"
    return [
        f"{seeds} seeds of {last} generations need about {needs / 1e9:.3g} GB for their curves "
        f"alone, and {free / 1e9:.1f} GB are free: {hint}."
    ]


def surely_fits(arm: Arm, seeds: int) -> bool:
    """Whether a block of seeds of a prepared closed-form arm certainly needs only a small share of
    the free memory, even if its pool grows by n rows per generation. Uncertain cases are left to
    ``memory.check``."""
    if arm.sampler.kind != "items":
        return True
    item = jax.eval_shape(lambda: arm.truth.sample(jax.random.key(0), 1))
    numbers = sum(math.prod(x.shape) for x in jax.tree.leaves(item)) + ROW
    rows = arm.n * (arm.generations + 1) + arm.candidates
    at_once = seeds if side_by_side(arm.model) else 1
    arrays = seeds + WORKING[arm.model.side_by_side] * at_once
    return arrays * numbers * rows * jnp.zeros(()).itemsize < SMALL * 1e6 * free_megabytes()


def make_room() -> None:
    """Drop all compiled programs if the process is near its limit of memory maps: each program
    holds some, and the compiler crashes without free ones. Programs that are used again are
    compiled again."""
    try:
        most = int(MOST_MAPS.read_text())
        with MAPS.open() as lines:
            held = sum(1 for _ in lines)
    except (OSError, ValueError):  # a system without this limit
        return
    if held > MOST_OF_MAPS * most:
        jax.clear_caches()
        drop_programs()
        gc.collect()


def block_size(arm: Arm, requested: int | None, seeds: int) -> int:
    """Number of seeds per block: ``requested`` if given, else chosen by the model. Blocks of small
    models are filled up, which costs nothing; networks, and all models on an accelerator, have
    blocks of at most ``seeds``."""
    if requested or not side_by_side(arm.model):
        return requested or 1
    return SIDE_BY_SIDE if arm.model.side_by_side else min(SIDE_BY_SIDE, seeds)


def blocks_at_once() -> int:
    """Number of blocks that run at once: one per core, or per accelerator."""
    return len(jax.local_devices()) if accelerated() else min(os.cpu_count() or 1, 8)
