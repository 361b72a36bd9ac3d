"""Open files of answers: plain, gzip, and each CSV file in a zip file."""

import gzip
import hashlib
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from collapse.errors import UserError
from collapse.files import open as opening

SUFFIXES = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".json": "json"}
DIRECTORY = 8 << 20  # bytes of the directory of a zip file: about 100,000 files
# Other methods unpack without a limit.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What the standard library raises for damaged compressed files.
DAMAGE = (
    *(EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, NotImplementedError),
    *(struct.error, UnicodeDecodeError, OverflowError, KeyError, IndexError),
)


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


def sources(paths: list[Path]) -> list[Source]:
    """All files to read, with the members of zip files. Raises ``UserError`` with all errors."""
    found, errors = [], []
    for path in paths:
        try:
            members = _members(path)
        except UserError as mistake:
            errors += mistake.sentences
            continue
        if not members:
            errors.append(f"{path} holds no CSV file.")
        found += [Source(path, member) for member in members]
    twice = [str(path) for i, path in enumerate(paths) if path in paths[:i]]
    errors += [f"{path} is given twice." for path in dict.fromkeys(twice)]
    if errors:
        raise UserError(*errors)
    return found


def _members(path: Path) -> list[str | None]:
    """The CSV files in a zip file; [None] for any other file."""
    with opening.opened(path) as file, _undamaged(path):
        if not zipfile.is_zipfile(file):
            return [None]
        if _directory(file) > DIRECTORY:
            raise UserError(
                f"{path} holds more files, or larger ones, than are read from a zip file. Unpack"
                " it, and give the files themselves."
            )
        with zipfile.ZipFile(file) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
    # __MACOSX holds metadata under the names of the files.
    infos = [i for i in infos if i.filename.lower().endswith(".csv")]
    infos = [i for i in infos if "__MACOSX" not in i.filename]
    other = [info.filename for info in infos if info.compress_type not in METHODS]
    if other:
        raise UserError(f"{path}:{other[0]} has an unsupported compression. Unpack it first.")
    if sum(info.file_size for info in infos) > opening.UNPACKED:
        most = opening.UNPACKED // opening.MIB
        raise UserError(f"{path} unpacks to more than {most:,} MiB. Give a part of its files.")
    return sorted(info.filename for info in infos)


def _directory(file) -> int:
    """Bytes of the directory at the end of a zip file; above the limit for the Zip64 format of more
    than 65,535 files or 4 GiB."""
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - (1 << 16) - 42))
    tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if tail[max(at - 20, 0) :].startswith(b"PK\6\7"):
        return DIRECTORY + 1
    return struct.unpack_from("<L", tail, at + 12)[0]


@contextmanager
def _undamaged(source):
    """Turn errors of a damaged compressed file into a ``UserError``."""
    try:
        yield
    except DAMAGE as error:
        raise UserError(
            f"{source} is a damaged or truncated compressed file ({error}). Download it again."
        ) from None
    except RuntimeError as error:  # zipfile, for a file with a password
        raise UserError(f"{source} cannot be unpacked: {error}.") from None


def digest(path: Path) -> str:
    with opening.opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Opened(NamedTuple):
    """A file being read: its text, the bytes read so far of ``size``, and the bytes after
    decompression."""

    text: io.TextIOWrapper
    done: Callable[[], int]
    size: int
    out: Callable[[], int]


@contextmanager
def opened(source: Source):
    """Open the text of a source, unpacked. A damaged file is a ``UserError``."""
    with opening.opened(source.path) as raw, _undamaged(source):
        if source.member:
            with zipfile.ZipFile(raw) as archive, archive.open(source.member) as packed:
                plain = opening.Capped(packed, source)
                size = archive.getinfo(source.member).file_size
                yield Opened(_text(plain), packed.tell, size, plain.tell)
        else:
            size = os.fstat(raw.fileno()).st_size
            packed = opening.is_packed(raw.peek(2))
            plain = opening.Capped(gzip.GzipFile(fileobj=raw), source) if packed else raw
            yield Opened(_text(plain), raw.tell, size, plain.tell)


def _text(plain) -> io.TextIOWrapper:
    # Invalid bytes become surrogates, so that an error can name their line.
    return io.TextIOWrapper(plain, "utf-8-sig", errors="surrogateescape")


def kind_of(source: Source) -> str:
    """The kind of a file (jsonl, csv, json, text) by the end of its name, else by its first
    line."""
    with opened(source) as file:
        start = file.text.read(1 << 16)
    if "\0" in start or start.startswith(("\udcff\udcfe", "\udcfe\udcff")):
        raise UserError(f"{source} is not text in UTF-8: it holds zero bytes. Save it as UTF-8.")
    name = Path((source.member or source.path.name).lower().removesuffix(".gz"))
    if name.suffix in SUFFIXES:
        return SUFFIXES[name.suffix]
    first = next((line for line in start.split("\n") if line.strip()), "")
    try:
        return "jsonl" if isinstance(opening.parsed(first), dict) else "text"
    except opening.Unparsed:
        return "text"
