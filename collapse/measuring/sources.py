"""Files of answers: plain or gzip, and zip files of CSV, which are taken apart."""

import gzip
import hashlib
import io
import json
import stat
import zipfile
import zlib
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from collapse.errors import Mistake

SUFFIXES = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".json": "json"}


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
    # NotImplementedError is what zipfile raises of a compression that it does not know.
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
