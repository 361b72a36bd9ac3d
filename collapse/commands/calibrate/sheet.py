"""Rows of named cells, and every mistake in them with the line it stands on."""

import math

import numpy as np

from collapse.suggest import listed, unknown

SHOWN = 3  # mistakes of one column that are told each, the others being counted


class Sheet:
    """The objects of a file. What is wrong is put on the list ``wrong``; the numbers are then
    not to be used."""

    def __init__(self, path: str, records: list[tuple[str, dict]]):
        self.path, self.records, self.errors = path, records, []
        seen = dict.fromkeys(key for _, row in records for key in row)
        # A column without a single filled cell is no column.
        self.columns = [c for c in seen if any(not _blank(row.get(c)) for _, row in records)]
        self.own = {str(column).strip().lower(): column for column in reversed(self.columns)}

    def rename(self, settings: list[str], known) -> None:
        """NAME=COLUMN: the column of another name that is meant by one of ours."""
        for setting in settings:
            name, equals, column = (part.strip() for part in setting.partition("="))
            if not equals:
                self.errors.append(f"--columns {setting}: write it as NAME=COLUMN.")
            elif name not in known:
                self.errors.append(f"--columns {setting}: {unknown('name', name, known)}")
            elif column not in self.columns:
                told = unknown("column", column, self.columns)
                self.errors.append(f"--columns {setting}: {told}")
            else:
                self.own[name] = column

    def has(self, name: str) -> bool:
        return name in self.own

    def lacks(self, what: str, known) -> None:
        """Note that a column is missing."""
        self.errors.append(
            f"{self.path} has no column {what}. It has: {listed(self.columns)}. Names that are "
            f"known: {listed(known)}; others by --columns NAME=COLUMN."
        )

    def numbers(self, name: str) -> np.ndarray:
        """(n,) the column as numbers."""
        return np.array(self._read(name, _number, "a number", math.nan), float)

    def words(self, name: str, meanings: dict) -> np.ndarray:
        """(n,) the column by what its words mean."""
        wanted = f"one of {listed(meanings)}"
        return np.array(self._read(name, lambda x: meanings.get(_word(x)), wanted, math.nan))

    def texts(self, name: str) -> list[str]:
        """The column as text."""
        return self._read(name, _text, "text", "")

    def every_text(self, side: str) -> list[str]:
        """All texts of items there are: of both sides, where there are two."""
        names = ("text_a", "text_b") if side else ("text",)
        return [
            str(row.get(self.own[n], "")) for n in names if self.has(n) for _, row in self.records
        ]

    def _read(self, name: str, parse, wanted: str, instead) -> list:
        values, bad = [], []
        for where, row in self.records:
            cell = row.get(self.own[name])
            value = None if _blank(cell) else parse(cell)
            if value is None:
                bad.append(f"{self.path}, {where}: {name} must be {wanted}, {_shown(cell)}.")
            values.append(instead if value is None else value)
        told = bad[:SHOWN]
        if len(bad) > SHOWN:
            told.append(f"{self.path}: {len(bad) - SHOWN} more rows have no proper {name}.")
        self.errors += [sentence for sentence in told if sentence not in self.errors]
        return values


def _blank(cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _shown(cell) -> str:
    if _blank(cell):
        return "and is blank"
    text = ascii(cell)
    return f"not {text if len(text) <= 40 else text[:37] + '...'}"


def _word(cell) -> str:
    return str(cell).strip().lower().removesuffix(".0")


def _text(cell) -> str | None:
    return str(cell) if isinstance(cell, (str, int, float)) else None


def _number(cell) -> float | None:
    if isinstance(cell, bool):
        return float(cell)
    try:
        value = float(cell)
    except (TypeError, ValueError, OverflowError):  # JSON has numbers that no float holds
        return None
    return value if math.isfinite(value) else None
