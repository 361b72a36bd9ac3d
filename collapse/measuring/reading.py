"""Files of answers, a record at a time, so that a file need not fit into memory.

A line that cannot be read is noted with its number and passed over. Unlike ``collapse.data``,
which refuses a corpus that is damaged anywhere, this measures the rest of it.
"""

import csv
import gzip
import hashlib
import io
import json
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from collapse.data.records import NUMBER, SENTENCE
from collapse.errors import Mistake
from collapse.names import listed

SUFFIXES = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".json": "json"}
CELL = 1 << 28  # characters a cell of a CSV file may have


class Source(NamedTuple):
    """A file, or a CSV file within a zip file."""

    path: Path
    member: str | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.member}" if self.member else str(self.path)

    @property
    def stem(self) -> str:
        name = Path(self.member or self.path.name).name
        return Path(name.removesuffix(".gz")).stem or name


@dataclass
class Troubles:
    """What was wrong in the files: counted by file, the first ``most`` of each told."""

    most: int = 3
    counts: dict[str, int] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def note(self, source: Source, where: str, what: str) -> None:
        name = str(source)
        self.counts[name] = self.counts.get(name, 0) + 1
        if self.counts[name] <= self.most:
            self.told.append(f"{name}, {where}: {what}.")

    @property
    def count(self) -> int:
        return sum(self.counts.values())

    def sentences(self) -> list[str]:
        """What is told, and how many more there are of each file."""
        rest = [
            f"{name}: {count - self.most:,} more such lines."
            for name, count in self.counts.items()
            if count > self.most
        ]
        return self.told + rest


def sources(paths: list[Path]) -> list[Source]:
    """The files to read, a zip file taken apart. Raises ``Mistake``, with all that is wrong."""
    found, wrong = [], []
    for path in paths:
        try:
            regular = stat.S_ISREG(path.stat().st_mode)
            packed = regular and zipfile.is_zipfile(path)
            members = _members(path) if packed else [None]
        except FileNotFoundError:
            wrong.append(f"There is no file {path}.")
            continue
        except (OSError, zipfile.BadZipFile) as error:
            wrong.append(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.")
            continue
        if not regular:
            wrong.append(f"{path} is no file. Give a file of answers.")
        elif not members:
            wrong.append(f"{path} holds no CSV file.")
        found += [Source(path, member) for member in members]
    twice = [str(path) for i, path in enumerate(paths) if path in paths[:i]]
    wrong += [f"{path} is given twice." for path in dict.fromkeys(twice)]
    if wrong:
        raise Mistake(*wrong)
    return found


def _members(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as file:
        names = [info.filename for info in file.infolist() if not info.is_dir()]
    # __MACOSX holds what a Mac knows about the files, under the names of the files.
    return sorted(n for n in names if n.lower().endswith(".csv") and "__MACOSX" not in n)


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Opened(NamedTuple):
    """A file being read: its text, and how far the reading has come, in bytes of ``size``."""

    text: io.TextIOWrapper
    done: Callable[[], int]
    size: int


@contextmanager
def opened(source: Source):
    """The text of a source, unpacked. A damaged file is a ``Mistake``."""
    try:
        with source.path.open("rb") as raw:
            if source.member:
                with zipfile.ZipFile(raw) as archive, archive.open(source.member) as plain:
                    size = archive.getinfo(source.member).file_size
                    yield Opened(_text(plain), plain.tell, size)
            else:
                packed = raw.peek(2)[:2] == b"\x1f\x8b"
                plain = gzip.GzipFile(fileobj=raw) if packed else raw
                yield Opened(_text(plain), raw.tell, source.path.stat().st_size)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, NotImplementedError) as e:
        raise Mistake(f"{source} is a damaged or truncated packed file ({e}).") from None
    except RuntimeError as error:  # what zipfile raises of a file with a password
        raise Mistake(f"{source} cannot be unpacked: {error}.") from None


def _text(plain) -> io.TextIOWrapper:
    # Bytes that are not UTF-8 become surrogates here, so that their line can be named.
    return io.TextIOWrapper(plain, "utf-8-sig", errors="surrogateescape")


def kind_of(source: Source) -> str:
    """jsonl, csv, json or text: by the end of its name, or else by how its first line begins."""
    with opened(source) as file:
        start = file.text.read(1 << 16)
    if "\0" in start or start.startswith(("\udcff\udcfe", "\udcfe\udcff")):
        raise Mistake(f"{source} is not text in UTF-8: it holds zero bytes. Save it as UTF-8.")
    name = Path((source.member or source.path.name).lower().removesuffix(".gz"))
    if name.suffix in SUFFIXES:
        return SUFFIXES[name.suffix]
    first = next((line for line in start.split("\n") if line.strip()), "")
    try:
        return "jsonl" if isinstance(json.loads(first), dict) else "text"
    except (ValueError, RecursionError):
        return "text"


def records(source: Source, kind: str, text, troubles: Troubles) -> Iterator[tuple[int, Any]]:
    """Everything in a file, objects or strings, each with the number of its line (of JSON, which
    is read as a whole, of its item). Raises ``Mistake`` where nothing can be made out."""
    return {"jsonl": _jsonl, "csv": _csv, "json": _json, "text": _lines}[kind](
        source, text, troubles
    )


def _lines(source: Source, text, troubles: Troubles):
    for number, line in enumerate(text, 1):
        if not line.strip():
            continue
        if readable(line):
            yield number, line
        else:
            troubles.note(source, f"line {number}", "it is not UTF-8")


def _jsonl(source: Source, text, troubles: Troubles):
    for number, line in _lines(source, text, troubles):
        try:
            value = json.loads(line.rstrip())
        except json.JSONDecodeError as error:
            what = f"broken JSON at column {error.colno}: {error.msg}"
            troubles.note(source, f"line {number}", what)
            continue
        except (ValueError, RecursionError) as error:  # a number of too many digits, deep nesting
            troubles.note(source, f"line {number}", f"JSON that cannot be read: {error}")
            continue
        if isinstance(value, dict | str):
            yield number, value
        else:
            troubles.note(source, f"line {number}", "it is neither an object nor a text")


def _json(source: Source, text, troubles: Troubles):
    try:
        values = json.load(text)
    except json.JSONDecodeError as error:
        raise Mistake(
            f"{source} is broken JSON at line {error.lineno}, column {error.colno}: {error.msg}. "
            "Mend it there, or name the file .jsonl if it holds one value a line."
        ) from None
    except (ValueError, RecursionError) as error:
        raise Mistake(f"{source} holds JSON that cannot be read: {error}.") from None
    if not isinstance(values, list):
        raise Mistake(f"{source} holds no list at its top. Give a list of texts or of objects.")
    for number, value in enumerate(values, 1):
        if isinstance(value, dict | str):
            yield number, value
        else:
            troubles.note(source, f"item {number}", "it is neither an object nor a text")


def _csv(source: Source, text, troubles: Troubles):
    csv.field_size_limit(CELL)
    rows = csv.reader(text, strict=True)
    try:
        header = next((row for row in rows if any(row)), [])
    except csv.Error as error:
        raise Mistake(f"{source} has a header that is broken CSV: {error}.") from None
    names = [cell.strip() or str(i) for i, cell in enumerate(header, 1)]
    _check_header(source, names)
    while True:
        number = rows.line_num + 1
        try:
            row = next(rows, None)
        except csv.Error as error:
            what = f"broken CSV ({error}): look at the double quotes from there on"
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


def _check_header(source: Source, names: list[str]) -> None:
    twice = [name for i, name in enumerate(names) if name in names[:i]]
    if twice:
        raise Mistake(f"{source} has two columns {twice[0]!r}. Rename one of them.")
    data = [name for name in names if NUMBER.fullmatch(name) or SENTENCE.fullmatch(name)]
    if data and not all(name.isdigit() for name in data):
        raise Mistake(
            f"{source} has no header: its first row looks like data ({listed(data, 1)[:60]}). Add "
            "a row of names, or name the file .txt if it holds one answer a line."
        )


def readable(text: str) -> bool:
    """Whether all bytes of a text were UTF-8."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
