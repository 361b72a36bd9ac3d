"""Open files of users: regular files only, up to a size that fits into memory.

A larger file is a ``UserError`` with the limit and what to do; not much more than the limit is read
or unpacked. All readers of data go through here.
"""

import gzip
import io
import json
import os
import re
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from collapse.errors import UserError
from collapse.suggest import listed, nearest

MIB = 1 << 20
LARGEST = 128 * MIB  # bytes of a file that is read as a whole, both stored and unpacked
IMAGES = 1024 * MIB  # the same for a file of images
UNPACKED = 4096 * MIB  # unpacked bytes of a compressed file that is read line by line
LINE = 16 * MIB  # characters of a line, or of a row of CSV
VALUES = 10_000_000  # lines, cells or JSON values held at a time
PIECE = 1 * MIB
BLANK = re.compile(r"[ \t\r\n]*")
KINDS = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}


class Unparsed(ValueError):
    """Why a text is not JSON, with line and column if they are known."""

    def __init__(self, why: str, line: int | None = None, column: int | None = None):
        self.why, self.line, self.column = why, line, column
        super().__init__(why)


@contextmanager
def opened(path) -> Iterator[BinaryIO]:
    """Open a regular file to read bytes. Raises ``UserError`` if it cannot be opened or read."""
    place = Path(os.path.expanduser(path))
    try:
        _refuse_irregular(place.stat().st_mode, path)
        # Do not wait for a pipe that replaced the file in the meantime.
        with open(place, "rb", opener=_at_once) as file:
            _refuse_irregular(os.fstat(file.fileno()).st_mode, path)
            yield file
    except FileNotFoundError:
        beside = [file.name for file in place.parent.glob("*")]
        hint = nearest(place.name, beside, count=3)
        missing = "" if place.parent.is_dir() else f": there is no folder {place.parent}"
        raise UserError(f"There is no file {path}{hint}{missing}. Check the path.") from None
    except IsADirectoryError:
        inside = sorted(file.name for file in place.iterdir() if file.is_file())
        hint = f": {listed(inside, most=5)}" if inside else ""
        raise UserError(f"{path} is a directory. Give a file{hint}.") from None
    except gzip.BadGzipFile:
        raise
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}. Check the path.") from None


def _at_once(name: str, flags: int) -> int:
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def _refuse_irregular(mode: int, path) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError
    if not stat.S_ISREG(mode):
        what = KINDS.get(stat.S_IFMT(mode), "a device")
        raise UserError(f"{path} is {what}, not a file. Save its output to a file, and give that.")


def whole(path, most: int = LARGEST) -> bytes:
    """All bytes of a file, as stored."""
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        refuse_large(size, path, most)
        data = file.read(size + 1)
        while len(data) > size:  # it grows, or has no size, as files of /proc
            size = len(data)
            refuse_large(size, path, most)
            data += file.read(PIECE)
        return data


def is_packed(stored: bytes) -> bool:
    """Whether bytes begin like a gzip file."""
    return stored[:2] == b"\x1f\x8b"


def unpacked(stored: bytes, path, most: int = LARGEST) -> bytes:
    """The bytes of a file, unpacked if they are a gzip file."""
    if not is_packed(stored):
        return stored
    parts, size = [], 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(stored)) as file:
            while part := file.read(PIECE):
                parts.append(part)
                size += len(part)
                refuse_large(size, path, most)
    except EOFError:
        raise UserError(
            f"{path} is a truncated gzip file. Download or compress it again."
        ) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise UserError(f"{path} is a damaged gzip file ({error}). Download it again.") from None
    return b"".join(parts)


def refuse_large(size: int, path, most: int) -> None:
    """Raise ``UserError`` if a file that is read as a whole has more than ``most`` bytes."""
    if size > most:
        raise UserError(
            f"{path} has more than {most // MIB:,} MiB (unpacked, if it is compressed), the most "
            "that is read. Give a part of it."
        )


def refuse_many(text: str, path, marks: str) -> None:
    """Raise ``UserError`` if a text has more values than fit into memory; each of the ``marks``
    ends one."""
    if sum(map(text.count, marks)) > VALUES:
        raise UserError(
            f"{path} has more than {VALUES:,} lines or values, the most that are read. Give a part "
            "of it."
        )


def parsed(text: str | bytes) -> Any:
    """One JSON value. Raises ``Unparsed``."""
    marks = ",[{" if isinstance(text, str) else (b",", b"[", b"{")
    if len(text) > VALUES and sum(map(text.count, marks)) > VALUES:
        raise Unparsed(f"it has more than {VALUES:,} values")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Unparsed(error.msg, error.lineno, error.colno) from None
    except RecursionError:
        raise Unparsed("its JSON is nested too deeply") from None
    except UnicodeDecodeError:
        raise Unparsed("it is not UTF-8") from None
    except ValueError:  # Python limits the digits of integers
        raise Unparsed("its JSON has an integer of thousands of digits") from None


def objects(text: str) -> list[dict] | None:
    """JSON objects one after the other, each over several lines, as ``jq`` writes them; None if the
    text is not that."""
    decoder, found, at = json.JSONDecoder(), [], 0
    try:
        at = BLANK.match(text).end()
        while at < len(text):
            value, at = decoder.raw_decode(text, at)
            found.append(value)
            at = BLANK.match(text, at).end()
    except (ValueError, RecursionError):
        return None
    return found if all(isinstance(one, dict) for one in found) else None


class Lines:
    """The lines of a text file, of at most ``LINE`` characters. With ``rows`` the limit is for
    rows, which may span lines: their reader sets ``taken`` to 0 after each."""

    def __init__(self, text: io.TextIOBase, path, rows: bool = False):
        self.text, self.path, self.rows = text, path, rows
        self.number = self.taken = 0

    def __iter__(self) -> Iterator[str]:
        while line := self.text.readline(LINE + 1):
            self.number += 1
            self.taken += len(line)
            if self.taken > LINE:
                what = "a row with a cell in double quotes" if self.rows else "a line"
                raise UserError(
                    f"{self.path}, line {self.number}: {what} has more than {LINE:,} characters,"
                    " the most that are read. Check that it is the right file, or remove that one."
                )
            yield line
            self.taken = self.taken if self.rows else 0


class Capped(io.RawIOBase):
    """The content of a compressed file, up to ``UNPACKED`` bytes."""

    def __init__(self, packed, path):
        self.packed, self.path, self.count = packed, path, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        data = self.packed.read(min(len(buffer), PIECE))
        self.count += len(data)
        if self.count > UNPACKED:
            raise UserError(
                f"{self.path} unpacks to more than {UNPACKED // MIB:,} MiB, the most that is read "
                "of a compressed file. If that is right, unpack it and give the result."
            )
        buffer[: len(data)] = data
        return len(data)
