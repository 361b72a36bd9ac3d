"""Execution of runs: blocks of seeds in threads, which can be stopped and resumed.

A block is the unit of work and storage: B seeds of one arm, with one checkpoint file for their
state and their record so far. Two threads keep two cores busy, since JAX releases the interpreter
lock while a program runs. With several devices, blocks are distributed over them.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from collapse.errors import UserError
from collapse.files.atomic import AGAIN, leaves_of, stored_digest, tree_from, write_arrays
from collapse.loop.arm import Arm
from collapse.loop.external_judge import advance_any
from collapse.loop.generation import chunk, learn_part, parts_before
from collapse.loop.limits import blocks_at_once, make_room
from collapse.loop.prepare import explained
from collapse.loop.start import (
    begin,
    begin_part,
    first_states,
    initial_progress,
    parts_at_start,
    real_data,
    real_rows_of,
)
from collapse.numerics.pytree import replace, seed_keys
from collapse.runs.checkpoints import read_checkpoint

SECONDS_PER_CALL = 0.5  # target duration of a call of the compiled program, for the progress bar
SECONDS_PER_SAVE = 20.0  # or more, so that saving takes at most this share of the time:
SHARE_OF_SAVES = 0.1


@dataclass
class Block:
    """A block of ``size`` consecutive seeds of one arm, from seed ``number`` * ``size`` on: state,
    record so far, and the checkpoint file that holds both."""

    arm: Arm
    name: str
    number: int
    size: int
    path: Path
    key: Any
    wanted: int  # number of its seeds that were asked for; the others fill up the block
    whose: str  # identifies run, arm and block of the checkpoint
    show: Callable = str  # an item as text
    keep_state: bool = True  # also when the block is finished, for a longer run
    done: int = -1  # last generation in the record
    parts: int = 0  # finished parts of the fit after it
    state: Any = None
    begun: Any = None  # progress of the fit before generation 1
    record: list = field(default_factory=list)  # one tree of host arrays (B, steps, ...) per call
    saved: float = field(default_factory=time.monotonic)
    saving: float = 0.0  # duration of the last checkpoint, seconds
    unsaved: bool = False
    digest: str = ""  # digest of the last checkpoint, if any

    @property
    def keys(self):
        """(B,) keys of its seeds."""
        return seed_keys(self.key, range(self.number * self.size, (self.number + 1) * self.size))

    def open(self) -> None:
        """Load the checkpoint, or draw generation 0 where there is none; also where it was kept
        without its state and the run is made longer."""
        self.saved = time.monotonic()
        if self.path.is_file():
            self.load()
            if self.state is not None or self.begun is not None or self.finished:
                return
        batches, first = real_data(self.arm, self.keys)
        if parts_at_start(self.arm):
            self.begun = initial_progress(self.arm, self.size)
        else:
            self.state = first_states(self.arm, batches, self.keys)
        self.record = [jax.tree.map(lambda x: np.asarray(x)[:, None], first)]
        self.done = 0

    def load(self) -> None:
        """Load the checkpoint; for a longer run the pool is enlarged."""
        arrays, self.digest = read_checkpoint(self.path, self.whose), stored_digest(self.path)
        laid_out, record = int(arrays["generations"]), _unflatten(arrays)
        if "stateless" not in arrays:
            self._load_state(arrays, laid_out, record)
        self.done, self.parts = int(arrays["done"]), int(arrays.get("parts", 0))
        self.record = [record]

    def _load_state(self, arrays: dict, laid_out: int, record: dict) -> None:
        """Load the state, or the progress of the first fit, of a run laid out for so many
        generations."""
        then = replace(self.arm, generations=laid_out)
        if "begun/000" in arrays:
            like = jax.eval_shape(lambda: initial_progress(then, self.size))
            self.begun = tree_from("begun", arrays, like, self.path)
        else:
            like, row = jax.eval_shape(lambda keys: begin(then, keys), self.keys)
            self.state = tree_from("state", arrays, like, self.path)
            if jax.tree.structure(record) != jax.tree.structure(row):
                raise UserError(
                    f"{self.path} is damaged (it has other curves than this arm). {AGAIN}"
                )
            if self.arm.generations > laid_out:
                self.state = self._laid_out_anew(self.state)

    def _laid_out_anew(self, state):
        """The state for a longer run: the pool of ``accumulate`` and models fitted to it are
        larger."""
        longer = jax.eval_shape(lambda keys: begin(self.arm, keys)[0], self.keys)
        extend = eqx.filter_vmap(lambda pool: self.arm.regime.extend(pool, self.arm.generations))
        models = {"model": state.model.extend(longer.model)}
        if state.reference is not None:
            models["reference"] = state.reference.extend(longer.reference)
        return replace(state, pool=extend(state.pool), **models)

    def save(self) -> None:
        """Write the checkpoint."""
        started, self.unsaved = time.monotonic(), False
        numbers = {"done": self.done, "parts": self.parts, "generations": self.arm.generations}
        about = {name: np.array(x) for name, x in numbers.items()} | {"whose": np.array(self.whose)}
        if self.finished and not self.keep_state:
            self.state = self.begun = None
            about["stateless"] = np.array(True)
        held = leaves_of("state", self.state) | leaves_of("begun", self.begun)
        arrays = about | held | _flatten(self.so_far())
        self.digest = write_arrays(self.path, arrays)
        self.saved = time.monotonic()
        self.saving = self.saved - started

    @property
    def finished(self) -> bool:
        return self.done >= self.arm.generations

    def so_far(self) -> dict:
        """The complete record so far, from generation 0: (B, done + 1, ...)."""
        self.record = [jax.tree.map(lambda *x: np.concatenate(x, axis=1), *self.record)]
        return self.record[0]

    def part(self) -> bool:
        """Run the next part of a fit that is split into parts; False if there is none."""
        if self.state is None:
            self._begin_part()
            return True
        if self.parts == parts_before(self.arm):
            return False
        t = jnp.array(self.done + 1, jnp.int32)
        self.state = jax.block_until_ready(learn_part(self.arm, self.state, self.keys, t))
        self.parts, self.unsaved = self.parts + 1, True
        return True

    def _begin_part(self) -> None:
        """Run the next part of the fit before generation 1; the last part gives the state."""
        batches, self.unsaved = real_rows_of(self.arm, self.keys), True
        if self.parts < parts_at_start(self.arm):
            progress = begin_part(self.arm, batches, self.keys, self.begun)
            self.begun, self.parts = jax.block_until_ready(progress), self.parts + 1
        else:
            self.state = first_states(self.arm, batches, self.keys, self.begun)
            self.begun, self.parts = None, 0

    def step(self, steps: int) -> None:
        """Run so many generations. Raises ``UserError`` if the judge returns a bad number or stops;
        the generations before are saved."""
        t, count = (jnp.array(x, jnp.int32) for x in (self.done + 1, steps))
        # Donation saves a copy of the pool, but the old states are lost. They are needed again only
        # after a bad verdict, which a judge that keeps all never gives.
        donate = self.arm.judge.keeps_all and self.arm.sampler.kind == "items"
        more = {"show": self.show, "wanted": self.wanted, "donate": donate}
        try:
            state, rows = advance_any(self.arm, self.state, self.keys, t, count, **more)
        except UserError:  # from an external judge: keep its answers so far
            self.save()
            raise
        rows = jax.tree.map(lambda x: np.asarray(x)[:steps].swapaxes(0, 1), rows)
        bad = np.argwhere(rows["health"]["bad"][: self.wanted])
        if len(bad):
            seed, late = min(map(tuple, bad), key=lambda where: where[1])
            if late:  # keep the complete generations before the bad one
                self.step(int(late))
            self.save()
            number = int(rows["health"]["bad"][seed, late])
            raise UserError(
                f"The judge {type(self.arm.judge).__name__} of arm {self.name} returned NaN or a "
                f"weight outside [0, 1] for {number} of {self.arm.candidates} candidates at "
                f"generation {self.done + 1}, seed {self.number * self.size + int(seed)}. The run "
                "is saved up to the generation before; correct the judge and choose a new --out."
            )
        self.state, self.done, self.unsaved = state, self.done + steps, True
        self.parts = 0
        self.record.append(rows)


def run_blocks(blocks: list[Block], report: Callable, stop: threading.Event) -> None:
    """Run every block to its last generation, with ``report(block)`` after each call.

    Arms take turns, and each arm is compiled by one thread. When ``stop`` is set, or a block fails,
    the other blocks save their state and return.
    """
    opening = threading.Lock()  # generation 0 is one program shared by all arms
    devices = jax.local_devices()
    compiling = {(block.name, device): threading.Lock() for block in blocks for device in devices}

    def work(block: Block) -> None:
        with jax.default_device(device := devices[block.number % len(devices)]):
            finish(block, device)

    def finish(block: Block, device) -> None:
        if stop.is_set():
            return
        with explained(block.arm):
            run(block, device)

    def run(block: Block, device) -> None:
        with compiling[block.name, device]:
            if stop.is_set():
                return
            make_room()
            with opening:
                block.open()
            report(block)
            if block.done < block.arm.generations and not block.part():
                block.step(1)
        _drive(block, report, stop)

    blocks = sorted(blocks, key=lambda block: block.number)
    with ThreadPoolExecutor(min(blocks_at_once(), len(blocks) or 1)) as pool:
        futures = [pool.submit(work, block) for block in blocks]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            stop.set()
    for future in futures:
        future.result()


def _drive(block: Block, report: Callable, stop: threading.Event) -> None:
    """Run an open block to its last generation, or until ``stop`` is set, with checkpoints."""
    steps, last = 1, block.arm.generations
    report(block)
    while block.done < last and not stop.is_set():
        if not block.part():
            started = time.monotonic()
            block.step(min(steps, last - block.done))
            pace = (time.monotonic() - started) / steps
            steps = int(np.clip(SECONDS_PER_CALL / max(pace, 1e-6), 1, chunk(block.arm)))
        report(block)
        due = max(SECONDS_PER_SAVE, block.saving / SHARE_OF_SAVES)
        if time.monotonic() - block.saved > due:
            block.save()
    if block.unsaved:
        block.save()
    block.state = block.begun = None  # a finished block needs only its record


def _flatten(record: dict) -> dict[str, np.ndarray]:
    """A record as named arrays of a file: "items", "curves/NAME" and "health/NAME"."""
    flat = {"items": record["items"]}
    for group in ("curves", "health"):
        flat |= {f"{group}/{name}": array for name, array in record[group].items()}
    return flat


def _unflatten(arrays: dict[str, np.ndarray]) -> dict:
    """The record that ``_flatten`` wrote; other arrays are left out."""
    record = {"items": arrays["items"], "curves": {}, "health": {}}
    for name, array in arrays.items():
        group, _, rest = name.partition("/")
        if group in ("curves", "health"):
            record[group][rest] = array
    return record
