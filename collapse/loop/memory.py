"""Memory and FLOPs of a run, estimated before it starts."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import jax

from collapse.errors import UserError
from collapse.loop.arm import Arm
from collapse.loop.flops import batch_of, mean_loss_of, training_flops
from collapse.loop.generation import chunk
from collapse.loop.limits import WORKING, block_size, blocks_at_once, surely_fits
from collapse.loop.start import begin
from collapse.models.networks.network import Network
from collapse.numerics.device import accelerated, free_megabytes, side_by_side
from collapse.numerics.pytree import replace, seed_keys
from collapse.types import State

# Measured on CPUs with an empty compile cache; a filled cache needs less.
BASE = 0.4e9  # bytes of a Python process with jax
COMPILING = {True: 0.01e9, False: 0.22e9}  # bytes of an arm's compiled program, by ``side_by_side``
COMPILING_NETWORK = 0.6e9
CANDIDATE_COPIES = 112  # arrays of the size of a network's candidates, mostly for measures
NET_COPIES = 4  # arrays of the size of a network per training step, beside its state
RESIDUALS = 1.5  # factor on the intermediate values that a gradient stores


@dataclass(frozen=True)
class Workload:
    """The inputs of a memory estimate: prepared arms, seeds, and seeds per block (None: chosen by
    the model). Wherever one is taken, a ``Scenario`` serves too, as it has these fields."""

    arms: dict[str, Arm]
    seeds: int
    block: int | None = None


def bytes_of(tree) -> int:
    """Total size in bytes of a tree of arrays or shapes."""
    return sum(math.prod(x.shape) * x.dtype.itemsize for x in jax.tree.leaves(tree))


def estimate(scenario: "Workload", batch_seeds: int | None) -> dict:
    """Expected memory of a prepared run in megabytes, and its training FLOPs.

    Returns {"arms": {name: sizes}, "megabytes", "training_operations"}. The total is that of the
    process with its largest blocks running, or of an accelerator with its largest block.
    """
    arms = {}
    for name, arm in scenario.arms.items():
        size = block_size(arm, batch_seeds or scenario.block, scenario.seeds)
        one = seed_keys(jax.random.key(0), [0])
        keys = jax.ShapeDtypeStruct((size,), one.dtype)  # shapes of the keys
        states, row = jax.eval_shape(lambda keys, arm=arm: begin(arm, keys), keys)
        state = bytes_of(states)
        candidates = bytes_of(states.pool.rows) * arm.candidates / states.pool.mass.shape[1]
        at_once = size if side_by_side(arm.model) else 1
        working = at_once / size * working_bytes(arm, states, candidates)
        working += chunk(arm) * bytes_of(row)
        arms[name] = {
            "n": arm.n,
            "candidates": arm.candidates,
            "generations": arm.generations,
            "batch_seeds": size,
            "state_megabytes": state / 1e6,
            "megabytes": (state + working) / 1e6,
            "record_megabytes": bytes_of(row) * (arm.generations + 1) / 1e6,
            "training_operations": -(-scenario.seeds // size) * size * training_flops(arm, states),
        }
    blocks = {k: -(-scenario.seeds // arm["batch_seeds"]) for k, arm in arms.items()}
    records = sum(arm["record_megabytes"] * blocks[k] for k, arm in arms.items())
    most = blocks_at_once()
    running = sorted(a["megabytes"] for k, a in arms.items() for _ in range(min(blocks[k], most)))
    compiled = sum(compiling(arm.model) for arm in scenario.arms.values())
    if accelerated():  # programs and records are in the machine's memory
        megabytes = running[-1]
    else:
        megabytes = (BASE + compiled) / 1e6 + sum(running[-most:]) + 2 * records
    operations = sum(arm["training_operations"] for arm in arms.values())
    return {"arms": arms, "megabytes": megabytes, "training_operations": operations}


def compiling(model) -> float:
    """Bytes of an arm's compiled program."""
    return COMPILING_NETWORK if isinstance(model, Network) else COMPILING[model.side_by_side]


def working_bytes(arm: Arm, states: State, candidates: float) -> float:
    """Bytes used by a generation beside its initial states, if all seeds of a block run at once.
    ``candidates`` are the bytes of theirs."""
    model, pool = arm.model, bytes_of(states.pool)
    if not isinstance(model, Network):
        return WORKING[model.side_by_side] * (bytes_of(states) + candidates)
    seeds = len(states.pool.mass)
    stored = bytes_of(residuals(model, states.pool.rows))
    each = NET_COPIES * bytes_of(model.net) + RESIDUALS * stored  # of a seed
    return CANDIDATE_COPIES * candidates + WORKING[True] * pool + bytes_of(states) + seeds * each


def residuals(model: Network, rows):
    """Shapes of the intermediate values stored for the gradient of a batch, or a piece of one."""
    size = min(model.piece or model.training.batch, model.training.batch)
    loss = mean_loss_of(model)
    pullback = lambda net, rows: jax.vjp(lambda net: loss(net, rows), net)[1]  # noqa: E731
    return jax.eval_shape(pullback, model.net, batch_of(rows, size))


def check(
    scenario: "Workload",
    batch_seeds: int | None,
    free: float | None = None,
    flag: str = "--batch-seeds ",
) -> None:
    """Raise ``UserError`` if a prepared run needs more memory than is free, with a number of seeds
    per block, or of items, that would fit. Small closed forms pass without an estimate.

    ``free`` in megabytes; None: what the system reports. ``flag`` is how the caller's user sets the
    seeds per block."""
    arms = scenario.arms.values()
    networks = any(isinstance(arm.model, Network) for arm in arms)
    requested = batch_seeds or scenario.block
    sizes = [block_size(arm, requested, scenario.seeds) for arm in arms]
    by_default = free is None and not networks and batch_seeds is None
    if by_default and all(surely_fits(arm, size) for arm, size in zip(arms, sizes, strict=True)):
        return
    free = free_megabytes() if free is None else free
    needs = estimate(scenario, batch_seeds)["megabytes"]
    if needs <= free:
        return
    shortage = f"This needs about {needs / 1000:.1f} GB, and {free / 1000:.1f} GB are free: "
    of_size = lambda size: estimate(scenario, size)["megabytes"]  # noqa: E731
    if size := largest(of_size, max(sizes), needs, free):
        raise UserError(f"{shortage}use {flag}{size}.")
    n = max(arm.n for arm in arms)
    smaller = largest(lambda n: _with_items(scenario, n, batch_seeds), n, needs, free)
    hint = f" to {smaller}" if smaller else ""
    raise UserError(
        shortage + f"lower n{hint}, the model's sizes or the number of arms (--set, --size)."
    )


def largest(needs_of: Callable, size: int, needs: float, free: float) -> int:
    """The largest size found below ``size`` (which ``needs`` too much) that fits into the free
    memory; 0 if there is none. It is searched by proportional reduction in a few steps."""
    while size > 1 and needs > free:
        size = min(size - 1, int(size * free / needs))
        needs = needs_of(size) if size else needs
    return size if needs <= free else 0


def _with_items(scenario: "Workload", n: int, batch_seeds: int | None) -> float:
    """Megabytes that the scenario would need with at most ``n`` items per generation."""

    def fewer(arm: Arm) -> Arm:
        kept = min(n, arm.n)
        candidates = max(1, math.ceil(arm.candidates * kept / arm.n / arm.group)) * arm.group
        regime = replace(arm.regime, n=kept)
        return replace(arm, n=kept, candidates=candidates, regime=regime)

    arms = {name: fewer(arm) for name, arm in scenario.arms.items()}
    return estimate(replace(scenario, arms=arms), batch_seeds)["megabytes"]
