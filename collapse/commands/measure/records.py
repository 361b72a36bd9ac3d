"""Read files of answers record by record, so that a file need not fit into memory.

A line that cannot be read is noted with its number and skipped; ``collapse.data`` refuses such a
file instead.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from collapse.commands.measure.sources import Source
from collapse.errors import UserError
from collapse.files.open import LARGEST, Lines, Unparsed, csv_rows, parsed, refuse_large
from collapse.files.records import NUMBER, SENTENCE, json_list
from collapse.suggest import listed


@dataclass
class Troubles:
    """Errors in the lines of files: counted by file, the first ``most`` of each as sentences."""

    most: int = 3
    counts: dict[str, int] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)

    def note(self, source: Source, where: str, what: str) -> None:
        name = str(source)
        self.counts[name] = self.counts.get(name, 0) + 1
        if self.counts[name] <= self.most:
            self.shown.append(f"{name}, {where}: {what}.")

    def add(self, others: "Troubles") -> None:
        """Add the errors of other files."""
        for name, count in others.counts.items():
            self.counts[name] = self.counts.get(name, 0) + count
        self.shown += others.shown

    @property
    def count(self) -> int:
        return sum(self.counts.values())

    def sentences(self) -> list[str]:
        """The errors shown, and how many more each file has."""
        rest = [
            f"{name}: {count - self.most:,} more such lines."
            for name, count in self.counts.items()
            if count > self.most
        ]
        return self.shown + rest


def records(
    source: Source, kind: str, text, troubles: Troubles, named: bool
) -> Iterator[tuple[int, Any]]:
    """The records of a file, objects or strings, each with the number of its line (in JSON, of its
    item). ``named``: the user named a column, so that the first row of CSV is a header. Raises
    ``UserError`` if the file cannot be read at all."""
    if kind == "csv":
        return _csv(source, text, troubles, named)
    return {"jsonl": _jsonl, "json": _json, "text": _lines}[kind](source, text, troubles)


def _lines(source: Source, text, troubles: Troubles):
    for number, line in enumerate(Lines(text, source), 1):
        if not line.strip():
            continue
        if readable(line):
            yield number, line
        else:
            troubles.note(source, f"line {number}", "it is not UTF-8")


def _jsonl(source: Source, text, troubles: Troubles):
    for number, line in _lines(source, text, troubles):
        try:
            value = parsed(line.rstrip())
        except Unparsed as error:
            where = "" if error.column is None else f"broken JSON at column {error.column}: "
            troubles.note(source, f"line {number}", f"{where}{error}")
            continue
        if isinstance(value, dict | str):
            yield number, value
        else:
            troubles.note(source, f"line {number}", "it is neither an object nor a text")


def _json(source: Source, text, troubles: Troubles):
    whole = text.read(LARGEST + 1)
    refuse_large(len(whole), source, LARGEST)
    values = json_list(whole, source)
    del whole
    for number, value in enumerate(values, 1):
        if isinstance(value, dict | str):
            yield number, value
        else:
            troubles.note(source, f"item {number}", "it is neither an object nor a text")


def _csv(source: Source, text, troubles: Troubles, named: bool):
    lines = Lines(text, source, rows=True)
    rows = csv_rows(lines)
    try:
        header = next((row for row in rows if any(row)), [])
    except csv.Error as error:
        raise UserError(f"{source} has a header that is broken CSV: {error}.") from None
    names = [cell.strip() or str(i) for i, cell in enumerate(header, 1)]
    _check_header(source, names, named)
    while True:
        number, lines.taken = rows.line_num + 1, 0
        try:
            row = next(rows, None)
        except csv.Error as error:
            what = f"broken CSV ({error}): check the double quotes from there on"
            troubles.note(source, f"line {number}", what)
            continue
        if row is None:
            return
        if not any(row):
            continue
        if len(row) != len(names):
            what = f"{len(row)} cells where the header has {len(names)}"
            troubles.note(source, f"line {number}", what)
        elif not all(map(readable, row)):
            troubles.note(source, f"line {number}", "it is not UTF-8")
        else:
            yield number, dict(zip(names, row, strict=True))


def _check_header(source: Source, names: list[str], named: bool) -> None:
    twice = [name for i, name in enumerate(names) if name in names[:i]]
    if twice:
        raise UserError(f"{source} has two columns {twice[0]!r}. Rename one of them.")
    data = [name for name in names if NUMBER.fullmatch(name) or SENTENCE.fullmatch(name)]
    if data and not named and not all(name.isdigit() for name in data):
        raise UserError(
            f"{source} has no header: its first row looks like data ({listed(data, 1)[:60]}). Add "
            "a row of column names; or name one of these by --field; or rename the file to .txt if "
            "each line is an answer."
        )


def readable(text: str) -> bool:
    """Whether a text was valid UTF-8."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
