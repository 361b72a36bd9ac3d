"""Which checkpoint is whose: every one says of itself to which run, arm and block it belongs."""

import json
import re
from contextlib import suppress
from pathlib import Path

import numpy as np

from collapse.errors import UserError
from collapse.files.atomic import AGAIN, read_arrays, stored_digest

NUMBERS = ("done", "parts", "generations")


def path_of(out: Path, arm: str, number: int) -> Path:
    return out / "checkpoints" / arm / f"{number}.npz"


def name_of(arm: str, number: int) -> str:
    """Its name in the manifest."""
    return f"checkpoints/{arm}/{number}.npz"


def whose_of(manifest: dict, arm: str, number: int) -> str:
    """What a block's checkpoint says of itself. Two runs whose blocks say the same compute the same
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
    """The arrays of a checkpoint that is of that block, and whole. Raises ``UserError``."""
    arrays = read_arrays(path)
    found = str(arrays.get("whose"))
    if found != whose:
        raise UserError(f"{path} {_another(found, json.loads(whose))} {AGAIN}")
    numbers = [arrays.get(name, np.zeros(0)) for name in NUMBERS]
    if any(x.shape != () or x.dtype.kind != "i" or x < 0 for x in numbers):
        raise UserError(f"{path} is damaged (it does not say how far it is). {AGAIN}")
    seeds, steps = json.loads(whose)["batch_seeds"], int(arrays["done"]) + 1
    record = {k: x for k, x in arrays.items() if k.startswith(("curves/", "health/"))}
    record["items"] = arrays.get("items", np.zeros(0))
    if errors := [k for k, x in record.items() if x.shape[:2] != (seeds, steps)]:
        raise UserError(f"{path} is damaged ({errors[0]} is not of {seeds} x {steps}). {AGAIN}")
    return arrays


def _another(found: str, wanted: dict) -> str:
    """What it is instead, as far as it says."""
    try:
        about = json.loads(found)
        differs = [name for name, value in wanted.items() if about.get(name) != value]
    except (ValueError, AttributeError):
        about, differs = {}, []
    if differs == ["block"] and type(about.get("block")) is int:
        return (
            f"is block {about['block']} of its arm, and stands where block {wanted['block']} must."
        )
    where = f" (it differs in: {', '.join(differs)})" if differs else ""
    return f"is of another run or arm{where}."


def generations_of(out: Path, manifest: dict) -> int:
    """For how many generations the run of a manifest is laid out by the checkpoints that are there;
    0 where none is of it."""
    longest = 0
    for arm in manifest["arms"]:
        for path in (out / "checkpoints" / arm).glob("*.npz"):
            if re.fullmatch("[0-9]+", path.stem):
                with suppress(UserError):  # another's, or damaged: told where it is gone on from
                    arrays = read_checkpoint(path, whose_of(manifest, arm, int(path.stem)))
                    longest = max(longest, int(arrays["generations"]))
    return longest


def checkpoint_errors(whose: dict[Path, str], known: dict[Path, str | None]) -> list[str]:
    """What is wrong with the checkpoints that are there: of each that is damaged, of another block
    or, where a digest of it is known, another than was written last."""
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
            errors.append(f"{path} is not the one that this run wrote last. {AGAIN}")
    return errors
