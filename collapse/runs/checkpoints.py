"""Checkpoint files: each records the run, arm and block that it belongs to."""

import json
import re
from contextlib import suppress
from pathlib import Path

import numpy as np

from collapse.errors import UserError
from collapse.files.atomic import AGAIN, read_arrays, stored_digest

NUMBERS = ("done", "parts", "generations")


def path_of(out: Path, arm: str, number: int) -> Path:
    """The checkpoint file of block ``number`` of an arm, in the directory ``out`` of a run."""
    return out / "checkpoints" / arm / f"{number}.npz"


def name_of(arm: str, number: int) -> str:
    """Name of a checkpoint in the manifest."""
    return f"checkpoints/{arm}/{number}.npz"


def whose_of(manifest: dict, arm: str, number: int) -> str:
    """JSON text that identifies the checkpoint of a block. Blocks with equal texts compute equal
    numbers, on the same machine and with the same libraries."""
    layout = manifest["layout"]
    about = {
        "run": manifest["scenario"],
        "arm": arm,
        "block": number,
        "identity": manifest["arms"][arm]["identity"],
        "key": layout["key"],
        "batch_seeds": layout["batch_seeds"][arm],
        "chunk": layout["chunk"][arm],
        "precision": layout["precision"],
        "collapse": manifest["versions"]["collapse"],
    }
    return json.dumps(about)


def read_checkpoint(path: Path, whose: str) -> dict[str, np.ndarray]:
    """The arrays of a block's checkpoint. Raises ``UserError`` if damaged or of another block."""
    arrays = read_arrays(path)
    owner = str(arrays.get("whose"))
    if owner != whose:
        raise UserError(f"{path} {_another(owner, json.loads(whose))} {AGAIN}")
    numbers = [arrays.get(name, np.zeros(0)) for name in NUMBERS]
    if any(x.shape != () or x.dtype.kind != "i" or x < 0 for x in numbers):
        raise UserError(f"{path} is damaged (its progress is missing). {AGAIN}")
    seeds, steps = json.loads(whose)["batch_seeds"], int(arrays["done"]) + 1
    record = {k: x for k, x in arrays.items() if k.startswith(("curves/", "health/"))}
    record["items"] = arrays.get("items", np.zeros(0))
    if errors := [k for k, x in record.items() if x.shape[:2] != (seeds, steps)]:
        raise UserError(
            f"{path} is damaged ({errors[0]} does not have shape {seeds} x {steps}). {AGAIN}"
        )
    return arrays


def _another(owner: str, wanted: dict) -> str:
    """The part of a sentence that says to what a wrong checkpoint belongs."""
    try:
        about = json.loads(owner)
        differs = [name for name, value in wanted.items() if about.get(name) != value]
    except (ValueError, AttributeError):
        about, differs = {}, []
    if differs == ["block"] and type(about.get("block")) is int:
        return f"is block {about['block']} of its arm, in the place of block {wanted['block']}."
    where = f" (it differs in: {', '.join(differs)})" if differs else ""
    return f"belongs to another run or arm{where}."


def generations_of(out: Path, manifest: dict) -> int:
    """The number of generations for which the existing checkpoints of a run are laid out; 0 if
    there are none."""
    longest = 0
    for arm in manifest["arms"]:
        for path in (out / "checkpoints" / arm).glob("*.npz"):
            if re.fullmatch("[0-9]+", path.stem):
                with suppress(UserError):  # wrong or damaged: reported when the run is resumed
                    arrays = read_checkpoint(path, whose_of(manifest, arm, int(path.stem)))
                    longest = max(longest, int(arrays["generations"]))
    return longest


def checkpoint_errors(whose: dict[Path, str], known: dict[Path, str | None]) -> list[str]:
    """Error sentences for existing checkpoints that are damaged, belong to another block, or do not
    have their known digest."""
    errors = []
    for path, mine in whose.items():
        if not path.is_file():
            continue
        try:
            read_checkpoint(path, mine)
        except UserError as mistake:
            errors += mistake.sentences
            continue
        if known[path] and stored_digest(path) != known[path]:
            errors.append(f"{path} is not the file that this run wrote last. {AGAIN}")
    return errors
