"""Run a scenario in a directory: start, resume, extend.

    manifest.json          what was run: arms, layout, versions, what curves mean; no secrets
    curves.npz             every curve (arm, seed, generation); NaN where undefined
    samples/ARM.jsonl      a few items of every generation of the first seeds, as text
    checkpoints/ARM/0.npz  state and record of each block of seeds

Every file is written whole or not at all, none holds code or pickles, and the digests of all are
in the manifest, as they were when the run was last at rest. Seeds run in blocks of a fixed size, so
that seed 3 of 5 is seed 3 of 50, bit for bit, on the same machine and versions.
"""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import jax
import numpy as np

from collapse.errors import UserError
from collapse.files.atomic import clear
from collapse.files.lock import locked
from collapse.numerics.pytree import replace
from collapse.runs.blocks import Block, run_blocks
from collapse.runs.checkpoints import checkpoint_errors, name_of, path_of, whose_of
from collapse.runs.manifest import manifest_of, previous_of
from collapse.runs.manifest_file import manifest_errors, sealed, write_manifest
from collapse.runs.results import samples_of, write_results
from collapse.runs.run import Run, load
from collapse.scenario.scenario import Scenario

OTHERS = "resumed with other versions, or on another kind of device: last bits may differ"


def run_scenario(
    scenario: Scenario,
    out: Path | str,
    key: int = 0,
    report: Callable = lambda block: None,
    stop: threading.Event | None = None,
    batch_seeds: int | None = None,
    keep_states: bool = True,
) -> Run:
    """Run, resume or extend a scenario in a directory, and return the saved run.

    Args:
        scenario: with prepared arms (``prepare_scenario``).
        out: the directory, new or of the same run.
        key: seed of all random numbers.
        report: report(block) is called after each step of a block.
        stop: when it is set, all blocks save their state and the run returns unfinished.
        batch_seeds: seeds per block; None: chosen by the model, or as in the run that is there.
        keep_states: False: finished blocks are kept without their pools and models, which may take
            gigabytes; if the run is made longer later, they start again.

    Raises ``UserError`` if the directory is of something else or damaged, if another process runs
    in it, and for bad numbers of a judge.
    """
    out, stop = Path(out), stop or threading.Event()
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file: --out needs a directory of its own.")
    with locked(out):
        return _run(scenario, out, key, report, stop, batch_seeds, keep_states)


def _run(
    scenario: Scenario,
    out: Path,
    key: int,
    report: Callable,
    stop: threading.Event,
    batch_seeds: int | None,
    keep_states: bool,
) -> Run:
    manifest = manifest_of(scenario, key, batch_seeds or scenario.block, out)
    previous = previous_of(out, manifest)
    if previous:
        manifest["seeds"] = max(manifest["seeds"], previous["seeds"])
        longest = max(manifest["generations"], previous["generations"])
        manifest["generations"] = longest
        arms = {k: replace(arm, generations=longest) for k, arm in scenario.arms.items()}
        scenario = replace(scenario, arms=arms, seeds=manifest["seeds"])
        backends = [x["layout"]["backend"] for x in (previous, manifest)]
        others = previous["versions"] != manifest["versions"] or backends[0] != backends[1]
        mixed = others or OTHERS in previous["notes"]
        manifest["notes"] += [OTHERS] if mixed else []
    blocks = blocks_of(scenario, out, key, manifest, keep_states)
    started = manifest | {"finished": False, "done": done_before(manifest, previous), "files": {}}
    refuse_unfit(started, blocks, previous)
    clear_killed(out, scenario)
    write_manifest(out, started)
    try:
        run_blocks(blocks, report, stop)
    finally:
        _assemble(scenario, out, manifest, blocks)
    return load(out)


def done_before(manifest: dict, previous: dict | None) -> dict[str, list[int]]:
    """{arm: last generation of each seed} in the curves that are there; -1: not begun."""
    seeds, before = manifest["seeds"], previous["done"] if previous else {}
    return {k: (before.get(k, []) + [-1] * seeds)[:seeds] for k in manifest["arms"]}


def refuse_unfit(started: dict, blocks: list[Block], previous: dict | None) -> None:
    """Raise ``UserError``, before anything is written, for checkpoints that are damaged or of
    another run, and for a scenario that no manifest can hold."""
    held = manifest_errors(json.loads(json.dumps(sealed(started))))  # as it will be read
    errors = [f"The scenario cannot be written into a manifest: {sentence}." for sentence in held]
    written = previous["files"] if previous else {}
    known = {b.path: written.get(name_of(b.name, b.number)) for b in blocks}
    errors += checkpoint_errors({block.path: block.whose for block in blocks}, known)
    if errors:
        raise UserError(*errors)


def clear_killed(out: Path, scenario: Scenario) -> None:
    """Remove the temporaries of a process that was killed while it wrote in this run."""
    clear(out, r"manifest\.json|curves\.npz")
    clear(out / "samples", r".+\.jsonl")
    for name in scenario.arms:
        clear(out / "checkpoints" / name, r"[0-9]+\.npz")


def blocks_of(
    scenario: Scenario, out: Path, key: int, manifest: dict, keep_states: bool = True
) -> list[Block]:
    """The blocks of all arms of a scenario, in the layout of the manifest."""
    blocks = []
    for name, arm in scenario.arms.items():
        size = manifest["layout"]["batch_seeds"][name]
        for number in range(-(-scenario.seeds // size)):
            path, whose = path_of(out, name, number), whose_of(manifest, name, number)
            wanted = min(size, scenario.seeds - number * size)
            root = jax.random.key(key)
            more = {"whose": whose, "show": scenario.show, "keep_state": keep_states}
            blocks.append(Block(arm, name, number, size, path, root, wanted, **more))
    return blocks


def _assemble(scenario: Scenario, out: Path, manifest: dict, blocks: list[Block]) -> None:
    """Write curves, samples and manifest from what the blocks have so far."""
    opened = [block for block in blocks if block.done >= 0]
    for block in blocks:
        if block.done < 0 and block.path.is_file():
            block.load()
            opened.append(block)
    names, last = list(scenario.arms), manifest["generations"]
    shape = (len(names), manifest["seeds"], last + 1)
    curves: dict[str, np.ndarray] = {}
    done = {name: [-1] * manifest["seeds"] for name in names}
    for block in opened:
        rows = block.so_far()
        seeds = slice(block.number * block.size, block.number * block.size + block.wanted)
        done[block.name][seeds] = [block.done] * block.wanted
        for name, values in (rows["curves"] | rows["health"]).items():
            if name not in curves:
                curves[name] = np.full(shape, np.nan, np.result_type(values.dtype, np.float32))
            where = (names.index(block.name), seeds, slice(0, block.done + 1))
            curves[name][where] = values[: block.wanted]
    samples = {name: _samples(scenario, [b for b in opened if b.name == name]) for name in names}
    files = {name_of(b.name, b.number): b.digest for b in opened if b.digest}
    files |= write_results(out, curves, samples)
    finished = len(opened) == len(blocks) and all(b.done >= last for b in blocks)
    write_manifest(out, manifest | {"done": done, "finished": finished, "files": files})


def _samples(scenario: Scenario, blocks: list[Block]) -> list[dict]:
    """The items of the first seeds of an arm as text, by generation and then by seed."""
    lines = []
    for block in blocks:
        items = block.so_far()["items"][: block.wanted]
        lines += samples_of(items, scenario.show, block.number * block.size)
    return sorted(lines, key=lambda line: (line["generation"], line["seed"]))
