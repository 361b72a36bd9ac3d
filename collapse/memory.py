"""How much memory a run will take, and how much work its training is, before it starts."""

import math
import os

import jax

from collapse.beginning import begin
from collapse.core import chunk
from collapse.errors import Mistake
from collapse.hardware import accelerated, side_by_side
from collapse.models.network import Network
from collapse.operations import batch_of, mean_loss_of, of_training
from collapse.runner import block_size, blocks_at_once
from collapse.scenario import Scenario
from collapse.trees import seed_keys
from collapse.types import Arm, State

# Measured on CPUs, with programs compiled afresh; a warm compile cache needs less.
BASE = 0.4e9  # bytes of a Python process with jax
COMPILING = {True: 0.01e9, False: 0.22e9}  # bytes an arm's program takes, by ``side_by_side``
COMPILING_NETWORK = 0.6e9
WORKING = {True: 8, False: 64}  # arrays like rows and candidates that a generation holds at once
WRITTEN = 112  # arrays like the candidates of a network, most of them of its measures
NETS = 4  # arrays like a network that a step of training holds beside its state
KEPT = 1.5  # times what a gradient keeps of the way forward


def bytes_of(tree) -> int:
    return sum(math.prod(x.shape) * x.dtype.itemsize for x in jax.tree.leaves(tree))


def estimate(scenario: Scenario, seeds_at_once: int | None) -> dict:
    """Sizes and expected memory of every arm; the whole is that of the process, with its largest
    blocks in flight, or that of an accelerator, with its largest block."""
    arms = {}
    for name, arm in scenario.arms.items():
        size = block_size(arm, seeds_at_once or scenario.block, scenario.seeds)
        keys = seed_keys(jax.random.key(0), range(size))
        states, row = jax.eval_shape(lambda keys, arm=arm: begin(arm, keys), keys)
        state = bytes_of(states)
        candidates = bytes_of(states.pool.rows) * arm.candidates / states.pool.mass.shape[1]
        at_once = size if side_by_side(arm.model) else 1
        working = at_once / size * held(arm, states, candidates) + chunk(arm) * bytes_of(row)
        arms[name] = {
            "n": arm.n,
            "candidates": arm.candidates,
            "generations": arm.generations,
            "seeds_at_once": size,
            "state_megabytes": state / 1e6,
            "megabytes": (state + working) / 1e6,
            "record_megabytes": bytes_of(row) * (arm.generations + 1) / 1e6,
            "training_operations": -(-scenario.seeds // size) * size * of_training(arm, states),
        }
    blocks = {k: -(-scenario.seeds // arm["seeds_at_once"]) for k, arm in arms.items()}
    records = sum(arm["record_megabytes"] * blocks[k] for k, arm in arms.items())
    flying = sorted((a["megabytes"] for k, a in arms.items() for _ in range(blocks[k])))
    compiled = sum(compiling(arm.model) for arm in scenario.arms.values())
    if accelerated():  # what is compiled and recorded lies in the memory of the machine
        megabytes = flying[-1]
    else:
        megabytes = (BASE + compiled) / 1e6 + sum(flying[-blocks_at_once() :]) + 2 * records
    operations = sum(arm["training_operations"] for arm in arms.values())
    return {"arms": arms, "megabytes": megabytes, "training_operations": operations}


def compiling(model) -> float:
    """Bytes that the program of an arm takes."""
    return COMPILING_NETWORK if isinstance(model, Network) else COMPILING[model.side_by_side]


def held(arm: Arm, states: State, candidates: float) -> float:
    """Bytes that a generation takes beside the states it begins with, were all seeds at work."""
    model, pool = arm.model, bytes_of(states.pool)
    if not isinstance(model, Network):
        return WORKING[model.side_by_side] * (bytes_of(states) + candidates)
    seeds = len(states.pool.mass)
    of_a_seed = NETS * bytes_of(model.net) + KEPT * bytes_of(kept(model, states.pool.rows))
    return WRITTEN * candidates + WORKING[True] * pool + bytes_of(states) + seeds * of_a_seed


def kept(model: Network, rows):
    """What the gradient of a batch, or of a piece of one, keeps of the way forward."""
    size = min(model.piece or model.training.batch, model.training.batch)
    loss = mean_loss_of(model)
    slope = lambda net, rows: jax.vjp(lambda net: loss(net, rows), net)[1]  # noqa: E731
    return jax.eval_shape(slope, model.net, batch_of(rows, size))


def check(scenario: Scenario, seeds_at_once: int | None, free: float | None = None) -> None:
    """Refuse a run that needs more memory than is free, with the number of seeds side by side that
    would fit. Looked at where it costs little beside the run: networks, and blocks of a size that
    was asked for."""
    networks = any(isinstance(arm.model, Network) for arm in scenario.arms.values())
    if not networks and seeds_at_once is None:
        return
    free = free_megabytes() if free is None else free
    needs = estimate(scenario, seeds_at_once)["megabytes"]
    if needs <= free:
        return
    said = f"This needs about {needs / 1000:.1f} GB, and {free / 1000:.1f} GB are free: "
    wish = seeds_at_once or scenario.block
    size = max(block_size(a, wish, scenario.seeds) for a in scenario.arms.values())
    while size > 1:
        size //= 2
        if estimate(scenario, size)["megabytes"] <= free:
            raise Mistake(said + f"use --seeds-at-once {size}.")
    raise Mistake(said + "lower n, the model's sizes or the number of arms (--set, --size).")


def free_megabytes() -> float:
    """Memory that a process may still take, of an accelerator where one is at work; without end
    where the system does not say."""
    if told := jax.local_devices()[0].memory_stats():  # None of a CPU
        return (told["bytes_limit"] - told["bytes_in_use"]) / 1e6
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (ValueError, OSError, AttributeError):
        return math.inf
