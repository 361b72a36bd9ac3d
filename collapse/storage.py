"""Files of a run: written whole or not at all, read without running anything in them.

Trees need jax, which is imported with the first of them.
"""

import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from collapse.errors import Mistake

LARGE = 1_000_000  # bytes of real numbers from which a checkpoint does not compress them
STATE = ("state/", "begun/")  # names of arrays that a run goes on from


@contextmanager
def replaced(path: Path, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Replace a file in one step, so that a killed process leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_whole(path: Path, data: bytes, mode: int = 0o644) -> None:
    with replaced(path, mode) as file:
        file.write(data)


def write_json(path: Path, value: Any) -> None:
    write_whole(path, (json.dumps(value, indent=1, allow_nan=False) + "\n").encode())


def read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Mistake(f"{path} cannot be read ({error}). Choose another --out.") from None


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """An .npz file. The real numbers of a large network get no smaller by compression, and would
    be a minute on the way."""
    with replaced(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            entry, array = zipfile.ZipInfo(f"{name}.npy"), np.asarray(array)
            real = name.startswith(STATE) and array.dtype.kind == "f"
            plain = real and array.nbytes >= LARGE
            entry.compress_type = zipfile.ZIP_STORED if plain else zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as part:
                np.lib.format.write_array(part, array, allow_pickle=False)


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        with path.open("rb") as file, np.load(file) as arrays:  # never allows pickled objects
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, zipfile.BadZipFile, KeyError) as error:
        raise Mistake(
            f"{path} is damaged ({error}). Delete that one file and run the same command again: "
            "what it held is computed anew."
        ) from None


def leaves_of(prefix: str, tree: Any) -> dict[str, np.ndarray]:
    """The arrays of a tree under numbered names."""
    import jax

    return {f"{prefix}/{i:03d}": np.asarray(x) for i, x in enumerate(jax.tree.leaves(tree))}


def tree_from(prefix: str, arrays: dict[str, np.ndarray], like: Any, path: Path) -> Any:
    """The tree that ``leaves_of`` wrote, in the structure and shapes of ``like``."""
    import jax

    shapes, structure = jax.tree.flatten(like)
    stored = [arrays.get(f"{prefix}/{i:03d}") for i in range(len(shapes))]
    for array, shape in zip(stored, shapes, strict=True):
        if array is None or array.shape != shape.shape or array.dtype != shape.dtype:
            raise Mistake(
                f"{path} was written by another version of this scenario or of collapse. "
                "Choose another --out, or delete the directory to start over."
            )
    return jax.tree.unflatten(structure, [jax.numpy.asarray(x) for x in stored])
