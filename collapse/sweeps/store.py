"""Records of a sweep on disk: DIRECTORY/points/HASH.npz, each written whole or not at all.

A file holds the curves (S, T + 1) of one arm at one point, the hash of its description, and its own
digest: a damaged file, or one with another's content, is run again and never used.
"""

from pathlib import Path

import numpy as np

from collapse.errors import UserError
from collapse.files.atomic import AGAIN, clear, read_arrays, write_arrays

UNIT = "unit"  # name of the array with the hash


class Store:
    """The records of a sweep: in a directory, or in memory."""

    def __init__(self, directory: Path | None):
        self.directory = directory and directory / "points"
        self.held: dict[str, dict[str, np.ndarray]] = {}  # without a directory
        self.damaged: list[str] = []
        if self.directory:
            clear(self.directory, r"[0-9a-f]+\.npz")

    def path(self, unit: str) -> Path:
        return self.directory / f"{unit}.npz"

    def has(self, unit: str) -> bool:
        """Whether the record of that hash is there and whole."""
        if self.directory is None or not self.path(unit).is_file():
            return unit in self.held
        try:
            self.curves(unit)
        except UserError as mistake:
            self.damaged += mistake.sentences
            return False
        return True

    def keep(self, unit: str, curves: dict[str, np.ndarray]) -> None:
        """Write the record of a hash."""
        if self.directory is None:
            self.held[unit] = curves
        else:
            mark = np.frombuffer(unit.encode(), np.uint8)
            write_arrays(self.path(unit), curves | {UNIT: mark})

    def curves(self, unit: str) -> dict[str, np.ndarray]:
        """{curve: (S, T + 1)} of a hash. Raises ``UserError`` if they are damaged or another's."""
        if self.directory is None:
            return self.held[unit]
        arrays = read_arrays(self.path(unit))
        mark = arrays.pop(UNIT, np.zeros(0, np.uint8))
        if bytes(mark).decode(errors="replace") != unit:
            raise UserError(f"{self.path(unit)} holds the record of another point. {AGAIN}")
        return arrays
