"""Atomic writes, and the files of a run: written completely or not at all, read without running
anything in them.

An .npz file holds the sha256 of its arrays in its comment. Only trees need jax.
"""

import hashlib
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from collapse.errors import UserError
from collapse.files.open import opened

try:
    import fcntl
except ImportError:  # not a Unix: temporaries of killed processes stay
    fcntl = None

LARGE = 1_000_000  # bytes of floats from which on a checkpoint does not compress them
STATE = ("state/", "begun/")  # prefixes of the arrays that a run resumes from
MOST_JSON = 200_000_000  # bytes
UNPACKED = 1_000_000_000  # bytes from which on free memory is checked
AGAIN = "Delete this file and run the same command again: its content is recomputed."


@contextmanager
def replaced(path: Path, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Replace a file in one step: a killed process leaves the old or the new file, and perhaps a
    temporary, which ``clear`` removes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    in_use = _locked(handle)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    finally:
        if in_use is not None:
            os.close(in_use)


def _locked(handle: int) -> int | None:
    """A second handle with a lock on the file until it is closed or the process ends."""
    if fcntl is None:
        return None
    second = os.dup(handle)
    with suppress(OSError):  # a file system without locks
        fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return second


def is_temporary(path: Path, names: str = ".+") -> bool:
    """Whether a file is a temporary of ``replaced``, for a file whose name matches the pattern."""
    return bool(re.fullmatch(rf"\.({names})\.[a-z0-9_]{{8}}", path.name))


def clear(directory: Path, names: str) -> None:
    """Remove the temporaries of killed processes, of files whose name matches the pattern; those of
    running processes stay."""
    there = sorted(directory.iterdir()) if fcntl and directory.is_dir() else []
    for path in there:
        if is_temporary(path, names) and path.is_file() and not path.is_symlink():
            # One that another process holds, or that may not be removed, does no harm.
            with suppress(OSError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write bytes to a file in one step."""
    with replaced(path, mode) as file:
        file.write(data)


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON in one step; NaN and infinities are refused."""
    write_whole(path, (json.dumps(value, indent=1, allow_nan=False) + "\n").encode())


def read_json(path: Path, do: str = "Choose another --out.") -> Any:
    """The value in a JSON file; ``do`` says what to do if it cannot be read."""
    try:
        with opened(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > MOST_JSON:
                most = f"at most {MOST_JSON / 1e6:.0f} are read"
                raise ValueError(f"{size / 1e6:.0f} MB, where {most}")
            return json.loads(file.read().decode(), parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"{path} cannot be read ({error}). {do}") from None


def _refused(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> str:
    """Write an .npz file; returns the digest of its arrays. Floats of a large network are stored
    uncompressed: compression would take a minute and save nothing."""
    arrays = {name: np.asarray(array) for name, array in arrays.items()}
    digest = digest_of(arrays)
    with replaced(path) as file, zipfile.ZipFile(file, "w") as archive:
        archive.comment = digest.encode()
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")
            real = name.startswith(STATE) and array.dtype.kind == "f"
            plain = real and array.nbytes >= LARGE
            entry.compress_type = zipfile.ZIP_STORED if plain else zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as part:
                np.lib.format.write_array(part, array, allow_pickle=False)
    return digest


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an .npz file of ``write_arrays``. Raises ``UserError`` if they are not exactly
    those that were written."""
    with opened(path) as file:
        try:
            return _unpacked(file)
        # A damaged archive can raise anything: zlib.error, EOFError, NotImplementedError, ...
        except Exception as error:
            why = str(error) or type(error).__name__
            raise UserError(f"{path} is damaged ({why}). {AGAIN}") from None


def _unpacked(file: BinaryIO) -> dict[str, np.ndarray]:
    """Read by zipfile, as np.load skips entries that are no arrays."""
    arrays = {}
    with zipfile.ZipFile(file) as archive:
        _fits(archive)
        for entry in archive.infolist():
            with archive.open(entry) as part:
                arrays[entry.filename.removesuffix(".npy")] = _array(part)
        if archive.comment != digest_of(arrays).encode():
            raise ValueError("its digest does not match")
    return arrays


def _array(part: BinaryIO) -> np.ndarray:
    array = np.lib.format.read_array(part, allow_pickle=False)
    if part.read(1):
        raise ValueError("an array is longer than its header says")
    return array


def _fits(archive: zipfile.ZipFile) -> None:
    size = sum(entry.file_size for entry in archive.infolist())
    if size > UNPACKED:
        from collapse.numerics.device import free_megabytes

        if size > 1e6 * free_megabytes():
            raise ValueError(f"it unpacks to {size / 1e9:.1f} GB, more than the free memory")


def stored_digest(path: Path) -> str:
    """The digest in the comment of an .npz file, without a check."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.comment.decode("ascii", "replace")
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise UserError(f"{path} is damaged ({error}). {AGAIN}") from None


def digest_of(arrays: dict[str, np.ndarray]) -> str:
    """The sha256 of names, types, shapes and bytes of arrays."""
    found = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        about = [name, array.dtype.str, list(arrays[name].shape)]
        found.update(json.dumps(about).encode() + b"\n")
        # Large arrays without a copy; arrays of empty text have no bytes to view.
        large = array.nbytes >= LARGE
        found.update(array.reshape(-1).view(np.uint8) if large else array.tobytes())
    return found.hexdigest()


def leaves_of(prefix: str, tree: Any) -> dict[str, np.ndarray]:
    """The arrays of a tree under numbered names."""
    import jax

    return {f"{prefix}/{i:03d}": np.asarray(x) for i, x in enumerate(jax.tree.leaves(tree))}


def tree_from(prefix: str, arrays: dict[str, np.ndarray], like: Any, path: Path) -> Any:
    """The tree of arrays from ``leaves_of``, with the structure and shapes of ``like``."""
    import jax

    shapes, structure = jax.tree.flatten(like)
    stored = [arrays.get(f"{prefix}/{i:03d}") for i in range(len(shapes))]
    for array, shape in zip(stored, shapes, strict=True):
        if array is None or array.shape != shape.shape or array.dtype != shape.dtype:
            raise UserError(
                f"{path} was written by another version of this scenario or of collapse. "
                "Choose another --out, or delete the directory to start over."
            )
    return jax.tree.unflatten(structure, [jax.numpy.asarray(x) for x in stored])
