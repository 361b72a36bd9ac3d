"""Records of a sweep on disk: DIRECTORY/points/HASH.npz, each written whole or not at all.

A file holds the curves (S, T + 1) of one arm at one point, the hash of its description, and its own
digest: a damaged file, or one with another's content, is run again and never used.
"""

from pathlib import Path

import numpy as np

from collapse.errors import UserError
from collapse.files.atomic import AGAIN, clear, read_arrays, write_arrays

DIGEST = "digest"  # name of the array with the hash


class Store:
    """The records of a sweep: in a directory, or in memory."""

    def __init__(self, directory: Path | None):
        self.directory = directory and directory / "points"
        self.held: dict[str, dict[str, np.ndarray]] = {}  # without a directory
        self.damaged: list[str] = []
        if self.directory:
            clear(self.directory, r"[0-9a-f]+\.npz")

    def path(self, digest: str) -> Path:
        return self.directory / f"{digest}.npz"

    def has(self, digest: str) -> bool:
        """Whether the record of that hash is there and whole."""
        if self.directory is None or not self.path(digest).is_file():
            return digest in self.held
        try:
            self.curves(digest)
        except UserError as mistake:
            self.damaged += mistake.sentences
            return False
        return True

    def keep(self, digest: str, curves: dict[str, np.ndarray]) -> None:
        """Write the record of a hash."""
        if self.directory is None:
            self.held[digest] = curves
        else:
            mark = np.frombuffer(digest.encode(), np.uint8)
            write_arrays(self.path(digest), curves | {DIGEST: mark})

    def curves(self, digest: str) -> dict[str, np.ndarray]:
        """{curve: (S, T + 1)} of a hash. Raises ``UserError`` if they are damaged or another's."""
        if self.directory is None:
            return self.held[digest]
        arrays = read_arrays(self.path(digest))
        mark = arrays.pop(DIGEST, np.zeros(0, np.uint8))
        if bytes(mark).decode(errors="replace") != digest:
            raise UserError(f"{self.path(digest)} holds the record of another point. {AGAIN}")
        return arrays
