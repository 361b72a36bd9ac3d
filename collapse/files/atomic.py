"""Files of a run: written whole or not at all, read without running anything in them.

An .npz file says in its comment what it must hold: the sha256 of its arrays. Trees need jax, which
is imported with the first of them.
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
except ImportError:  # not a Unix: temporaries stay until someone deletes them
    fcntl = None

LARGE = 1_000_000  # bytes of real numbers from which a checkpoint does not compress them
STATE = ("state/", "begun/")  # names of arrays that a run goes on from
MOST_JSON = 200_000_000  # bytes
UNPACKED = 1_000_000_000  # bytes from which it is asked whether they fit into memory
AGAIN = "Delete that one file and run the same command again: what it held is computed anew."


@contextmanager
def replaced(path: Path, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Replace a file in one step, so that a killed process leaves the old one or the new one, and
    perhaps a temporary, which ``clear`` knows."""
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
    """A second handle that holds a lock on the file until it is closed, or the process is dead."""
    if fcntl is None:
        return None
    second = os.dup(handle)
    with suppress(OSError):  # of a file system without locks
        fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return second


def is_temporary(path: Path, names: str = ".+") -> bool:
    """Whether a file has the name of a temporary of ours, of a file whose name fits the pattern."""
    return bool(re.fullmatch(rf"\.({names})\.[a-z0-9_]{{8}}", path.name))


def clear(directory: Path, names: str) -> None:
    """Remove the temporaries that killed processes left there, of files whose name fits the
    pattern. Those that a living process holds are left alone."""
    there = sorted(directory.iterdir()) if fcntl and directory.is_dir() else []
    for path in there:
        if is_temporary(path, names) and path.is_file() and not path.is_symlink():
            # One that is held by another process, or may not be removed, does no harm.
            with suppress(OSError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes, mode: int = 0o644) -> None:
    with replaced(path, mode) as file:
        file.write(data)


def write_json(path: Path, value: Any) -> None:
    write_whole(path, (json.dumps(value, indent=1, allow_nan=False) + "\n").encode())


def read_json(path: Path, do: str = "Choose another --out.") -> Any:
    """What a file of JSON holds; ``do`` is what a reader can do where it cannot be read."""
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
    raise ValueError(f"{name} is no JSON")


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> str:
    """An .npz file, and the digest of what is in it. The real numbers of a large network get no
    smaller by compression, and would be a minute on the way."""
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
    """The arrays of an .npz file that ``write_arrays`` wrote. Raises ``UserError`` if there is one
    bit in them that it did not write, or one of them is missing."""
    with opened(path) as file:
        try:
            return _unpacked(file)
        # A damaged archive can fail in any way: zlib.error, EOFError, NotImplementedError, ...
        except Exception as error:
            why = str(error) or type(error).__name__
            raise UserError(f"{path} is damaged ({why}). {AGAIN}") from None


def _unpacked(file: BinaryIO) -> dict[str, np.ndarray]:
    """By zipfile, as np.load leaves out what it does not take for an array."""
    arrays = {}
    with zipfile.ZipFile(file) as archive:
        _fits(archive)
        for entry in archive.infolist():
            with archive.open(entry) as part:
                arrays[entry.filename.removesuffix(".npy")] = _array(part)
        if archive.comment != digest_of(arrays).encode():
            raise ValueError("its digest is of something else")
    return arrays


def _array(part: BinaryIO) -> np.ndarray:
    array = np.lib.format.read_array(part, allow_pickle=False)
    if part.read(1):
        raise ValueError("an array is longer than it says")
    return array


def _fits(archive: zipfile.ZipFile) -> None:
    size = sum(entry.file_size for entry in archive.infolist())
    if size > UNPACKED:
        from collapse.numerics.device import free_megabytes

        if size > 1e6 * free_megabytes():
            raise ValueError(f"unpacked it has {size / 1e9:.1f} GB, more than there is memory")


def stored_digest(path: Path) -> str:
    """The digest that an .npz file says is its own; nothing is checked."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.comment.decode("ascii", "replace")
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise UserError(f"{path} is damaged ({error}). {AGAIN}") from None


def digest_of(arrays: dict[str, np.ndarray]) -> str:
    """sha256 of arrays: their names, types, shapes and bytes."""
    found = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        about = [name, array.dtype.str, list(arrays[name].shape)]
        found.update(json.dumps(about).encode() + b"\n")
        # Without a copy where that counts; text of no characters has no bytes to look at.
        large = array.nbytes >= LARGE
        found.update(array.reshape(-1).view(np.uint8) if large else array.tobytes())
    return found.hexdigest()


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
            raise UserError(
                f"{path} was written by another version of this scenario or of collapse. "
                "Choose another --out, or delete the directory to start over."
            )
    return jax.tree.unflatten(structure, [jax.numpy.asarray(x) for x in stored])
