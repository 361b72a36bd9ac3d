"""Rows of named cells, and all errors in them with their lines."""

import math
from collections.abc import Callable, Iterable

from collapse.files.paths import MISSING, first, has
from collapse.files.spellings import Unreadable
from collapse.suggest import listed, unknown

SHOWN = 3  # errors of one column that are listed; more are counted


class Sheet:
    """The objects of a file. Errors are collected in ``errors``; if there are any, the numbers must
    not be used."""

    def __init__(self, path: str, records: list[tuple[str, dict]]):
        self.path, self.records, self.errors = path, records, []
        seen = dict.fromkeys(key for _, row in records for key in row)
        # A column of blank cells is no column.
        self.columns = [c for c in seen if any(not _blank(row.get(c)) for _, row in records)]
        self.own = {str(column).strip().lower(): column for column in reversed(self.columns)}

    def rename(self, settings: list[str], known) -> None:
        """Use columns of other names, by settings NAME=COLUMN; a column may
        be a path, as in ``paths.py``."""
        for name, column, setting in named_columns(settings, known, self.errors):
            there = column in self.columns or any(has(row, column) for _, row in self.records)
            if not there:
                error = unknown("column", column, self.columns)
                self.errors.append(f"--columns {setting}: {error}")
            else:
                self.own[name] = column

    def also(self, name: str, others: tuple[str, ...]) -> None:
        """Use the first column there is of these, if there is none of that name."""
        there = [other for other in others if other in self.own]
        if name not in self.own and there:
            self.own[name] = self.own[there[0]]

    def has(self, name: str) -> bool:
        """Whether there is such a column."""
        return name in self.own

    def lacks(self, what: str, known) -> None:
        """Add the error of a missing column."""
        self.errors.append(
            f"{self.path} has no column {what}. It has: {listed(self.columns)}. Known names: "
            f"{listed(known)}; for others, --columns NAME=COLUMN."
        )

    def numbers(self, name: str) -> list[float]:
        """A column of numbers, none of them blank."""
        return self._read(name, _number, "a number", math.nan)

    def words(self, name: str, meanings: dict) -> list:
        """A column of words by their meanings, none of them blank."""
        wanted = f"one of {listed(meanings)}"
        return self._read(name, lambda cell: meanings.get(_word(cell)), wanted, math.nan)

    def spelled(self, name: str, parse: Callable, wanted: str) -> list[tuple]:
        """A column of (value, reason): a value, or None and why there is none."""

        def read(cell):
            try:
                return parse(cell)
            except Unreadable:
                return None

        return self._read(name, read, wanted, (None, "blank"), blank=True)

    def texts(self, name: str) -> list[str]:
        """A column as text."""
        return self._read(name, _text, "text", "")

    def names(self, name: str) -> list[str | None]:
        """A column of names, None where it is blank or there is no such column."""
        if not self.has(name):
            return [None] * len(self.records)
        cells = (_cell(row, self.own[name]) for _, row in self.records)
        return [None if _blank(cell) else _named(cell) for cell in cells]

    def _read(self, name: str, parse, wanted: str, instead, blank: bool = False) -> list:
        values, bad = [], []
        for where, row in self.records:
            cell = _cell(row, self.own[name])
            value = None if _blank(cell) and not blank else parse(cell)
            if value is None:
                bad.append(f"{self.path}, {where}: {name} must be {wanted}, {_shown(cell)}.")
            values.append(instead if value is None else value)
        shown = bad[:SHOWN]
        if len(bad) > SHOWN:
            shown.append(f"{self.path}: {len(bad) - SHOWN} more rows have an invalid {name}.")
        self.errors += [sentence for sentence in shown if sentence not in self.errors]
        return values


def named_columns(settings: Iterable[str], known, errors: list[str]) -> list[tuple[str, str, str]]:
    """Name and column of each setting NAME=COLUMN, and the setting. Mistakes are added to
    ``errors``."""
    found = []
    for setting in settings:
        name, equals, column = (part.strip() for part in setting.partition("="))
        if not equals:
            errors.append(f"--columns {setting}: write it as NAME=COLUMN.")
        elif name not in known:
            errors.append(f"--columns {setting}: {unknown('name', name, known)}")
        else:
            found.append((name, column, setting))
    return found


def _cell(row: dict, column: str):
    """The cell of a column or path; None if there is none."""
    value = first(row, column)
    return None if value is MISSING else value


def _blank(cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _shown(cell) -> str:
    if _blank(cell):
        return "and is blank"
    text = ascii(cell)
    return f"not {text if len(text) <= 40 else text[:37] + '...'}"


def _word(cell) -> str:
    return str(cell).strip().lower().removesuffix(".0")


def _named(cell) -> str:
    """A name; 1.0 and 1 are the same, and of a list, as MT-Bench names its judges, the first."""
    if isinstance(cell, list) and cell:
        cell = cell[0]
    return str(cell).strip().removesuffix(".0")


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
