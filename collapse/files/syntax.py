"""Records of a source, one after the other: JSON, JSONL, tables of delimited text, parquet, Arrow,
Inspect logs, lines of text.

A row that cannot be read is noted with its number and skipped.
"""

import csv
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from collapse.errors import UserError
from collapse.files import cells, encoding
from collapse.files.containers import SAMPLES, Source, member, opened, undamaged
from collapse.files.kinds import Text, kind_of
from collapse.files.magic import refuse_other, table
from collapse.files.open import (
    LARGEST,
    LINE,
    Lines,
    Unparsed,
    objects,
    opened as opened_file,
    parsed,
    refuse_large,
)
from collapse.files.recognise import matching
from collapse.files.troubles import FileRead, Troubles
from collapse.suggest import listed

KNOWN = 20  # records by which one list of several is told to be of a known format
PLACES = {"jsonl": "line", "text": "line", "csv": "line", "json": "item"}  # else "row"
JSON_NAMES = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "true or false",
    type(None): "null",
}


class Stream(NamedTuple):
    """The records of a source, each with its number, and how far they are read."""

    kind: str
    records: Iterator[tuple[int, Any]]
    done: Callable[[], int]
    size: int
    out: Callable[[], int]
    used: set[str] | None = None  # of a table: the columns that are needed; all while it is empty

    def place(self, number: int) -> str:
        """Where a record stands: "line 3"."""
        return f"{PLACES.get(self.kind, 'row')} {number}"


@contextmanager
def stream(source: Source, about: FileRead, troubles: Troubles, named: bool):
    """The records of a source, objects or strings. ``named``: the user named a column, so that the
    first row of a table is its header. Raises ``UserError`` if it cannot be read at all."""
    if source.member == SAMPLES:
        about.kind = "inspect"
        with opened_file(source.path) as raw, undamaged(source), zipfile.ZipFile(raw) as held:
            names = sorted(n for n in held.namelist() if n.startswith("samples/"))
            done = [0]
            records = _samples(raw, held, names, source, done)
            yield Stream("inspect", records, lambda: done[0], len(names), lambda: 0)
        return
    with opened(source) as file:
        about.packed = file.packed
        if table(file.head):
            from collapse.files.tables import table_records

            about.kind, about.encoding = table(file.head) or "", ""
            used: set[str] = set()
            records = table_records(file, source, used)
            yield Stream(about.kind, records, file.done, file.size, file.out, used)
            return
        refuse_other(file.head, source)
        code = encoding.encoding_of(file.head, source)
        about.encoding = encoding.NAMES[code]
        text = Text(encoding.text_of(file.plain, code))
        about.kind = kind_of(source, text)
        made = _READERS[about.kind](source, text, about, troubles, named)
        yield Stream(about.kind, made, file.done, file.size, file.out)


def _lines(source: Source, text: Text, about: FileRead, troubles: Troubles, named: bool):
    for number, line in enumerate(Lines(text, source), 1):
        if not line.strip():
            continue
        if encoding.is_whole(line):
            yield number, line.rstrip("\n")
        else:
            troubles.note(source, f"line {number}", encoding.not_utf8(line))


def _jsonl(source: Source, text: Text, about: FileRead, troubles: Troubles, named: bool):
    for number, line in _lines(source, text, about, troubles, named):
        try:
            value = parsed(line.strip())
        except Unparsed as error:
            where = "" if error.column is None else f"broken JSON at column {error.column}: "
            troubles.note(source, f"line {number}", f"{where}{error}")
            continue
        if isinstance(value, dict | str | None):
            yield number, value
        else:
            troubles.note(source, f"line {number}", "it is neither an object nor a text")


def _json(source: Source, text: Text, about: FileRead, troubles: Troubles, named: bool):
    whole = text.read(LARGEST + 1)
    refuse_large(len(whole), source, LARGEST)
    if not whole.strip():
        return
    values = json_list(whole, source, about)
    del whole
    for number, value in enumerate(values, 1):
        if isinstance(value, dict | str | None):
            yield number, value
        else:
            what = JSON_NAMES.get(type(value), "a number")
            troubles.note(source, f"item {number}", f"it is {what}, neither an object nor a text")


def json_list(text: str, path, about: FileRead) -> list:
    """The records of a JSON file: a list, one record, or the one list inside an object. Raises
    ``UserError``."""
    try:
        value = parsed(text)
    except Unparsed as error:
        if error.line is None:
            raise UserError(f"{path} cannot be read: {error}. Correct it.") from None
        if several := objects(text):
            return several
        raise UserError(
            f"{path} is broken JSON at line {error.line}, column {error.column}: {error}. "
            "Correct it, or name the file .jsonl if it has one value per line."
        ) from None
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        what = JSON_NAMES.get(type(value), "a number")
        raise UserError(
            f"{path} holds {what} at its top level, not a list. Give a list of strings or of "
            "objects, or name it .jsonl if it has one per line."
        )
    return _inside(value, path, about)


def _inside(value: dict, path, about: FileRead) -> list:
    if "eval" in value and isinstance(value.get("samples"), list):  # a log of Inspect
        return [one | {"eval": value["eval"]} for one in value["samples"] if isinstance(one, dict)]
    if matching([value]) is not None:
        return [value]
    held = dict(_lists(value, ""))
    if not held and value:
        return [value]
    if len(held) > 1:
        held = {name: rows for name, rows in held.items() if matching(rows[:KNOWN])} or held
    if len(held) != 1:
        what = f"several: {listed(held)}" if held else "none"
        raise UserError(
            f"{path} holds an object at its top level, not a list, and of lists of objects inside "
            f"it {what}. Give a file with one list of records."
        )
    ((name, records),) = held.items()
    about.note(f"The records are in {name}.")
    return records


def _lists(value: dict, before: str):
    """The lists of objects inside an object, by their paths."""
    for name, one in value.items():
        path = f"{before}.{name}" if before else str(name)
        if isinstance(one, list) and one and all(isinstance(x, dict) for x in one):
            yield path, one
        elif isinstance(one, dict) and before.count(".") < 2:
            yield from _lists(one, path)


def _csv(source: Source, text: Text, about: FileRead, troubles: Troubles, named: bool):
    mark = "\t" if source.suffix in (".tsv", ".tab") else cells.delimiter(text.start, text.whole)
    if mark != ",":
        about.note(f"The cells are separated by {cells.DELIMITERS[mark]}.")
    lines = Lines(text, source, rows=True)
    csv.field_size_limit(LINE)
    rows = csv.reader(lines, strict=True, delimiter=mark)
    try:
        header = next((row for row in rows if any(row)), [])
    except csv.Error as error:
        raise UserError(f"{source} has a header that is broken CSV: {error}.") from None
    names = [cell.strip() or str(i) for i, cell in enumerate(header, 1)]
    first = None
    if header and not named and not cells.is_header(header):
        about.note(
            "The first row looks like data, so that there is no header: columns are called 1, 2, "
            "... (if it is a header, name one of its columns by --field)."
        )
        names, first = [str(i) for i in range(1, len(header) + 1)], header
    _check_header(source, names)
    if first is not None:
        yield 1, dict(zip(names, first, strict=True))
    yield from _rows(source, rows, lines, names, header, about, troubles)


def _rows(source: Source, rows, lines: Lines, names, header, about: FileRead, troubles: Troubles):
    again = 0
    while True:
        number, lines.taken = rows.line_num + 1, 0
        try:
            row = next(rows, None)
        except csv.Error as error:
            what = f"broken CSV ({error}): check the double quotes from there on"
            troubles.note(source, f"line {number}", what)
            continue
        if row is None:
            break
        if not any(row):
            continue
        if row == header and len(header) > 1:
            again += 1
            continue
        if len(row) > len(names) and not any(row[len(names) :]):
            row = row[: len(names)]
        if len(row) != len(names):
            what = f"{len(row)} cells where the header has {len(names)}"
            hint = ": put double quotes around text with the delimiter" * (len(row) > len(names))
            troubles.note(source, f"line {number}", what + hint)
        elif not all(map(encoding.is_whole, row)):
            bad = next(cell for cell in row if not encoding.is_whole(cell))
            troubles.note(source, f"line {number}", encoding.not_utf8(bad))
        else:
            yield number, dict(zip(names, row, strict=True))
    if again:
        times = f"{again:,} time{'s' * (again > 1)}"
        about.note(f"The header comes again {times}, and is left out.")


def _check_header(source: Source, names: list[str]) -> None:
    twice = [name for i, name in enumerate(names) if name in names[:i]]
    if twice:
        raise UserError(f"{source} has two columns {twice[0]!r}. Rename one of them.")


def _samples(raw, held: zipfile.ZipFile, names: list[str], source: Source, done: list[int]):
    """The samples of an Inspect log, each with what the log says of the evaluation; how many are
    read goes into ``done``."""
    with member(raw, held, held.getinfo("header.json"), source) as file:
        header = json.loads(file.read(LARGEST))
    for number, name in enumerate(names, 1):
        done[0] = number
        with member(raw, held, held.getinfo(name), source) as file:
            data = file.read(LARGEST + 1)
        refuse_large(len(data), source, LARGEST)
        try:
            record = parsed(data)
        except Unparsed as error:
            raise UserError(f"{source.path}:{name} is broken JSON: {error}.") from None
        if isinstance(record, dict):
            yield number, record | {"eval": header.get("eval", {})}


_READERS = {"csv": _csv, "jsonl": _jsonl, "json": _json, "text": _lines}
