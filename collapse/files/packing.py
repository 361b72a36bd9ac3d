"""Unpack gzip, bz2, xz and zstd while it is read, in bounded memory."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable

from collapse.errors import UserError
from collapse.files.magic import HEAD, packing
from collapse.files.open import MIB, PIECE, Capped

WINDOW = 128 * MIB  # the largest memory that a compressed file may ask for
LAYERS = 3  # compressions one within another
EXTRA = "pip install 'collapse[files]'"


class Damaged(ValueError):
    """A compressed file is damaged, and how."""


class Unpacking(io.RawIOBase):
    """What a compressed file holds, by decompressors of the standard library, one after the other
    for files that were put together."""

    def __init__(self, packed, make: Callable):
        self.packed, self.make = packed, make
        self.one, self.rest = make(), b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        size = PIECE if size < 0 else size
        while True:
            if self.one.eof:
                self.rest = self.one.unused_data or self.packed.read(PIECE)
                if not self.rest.strip(b"\0"):
                    return b""
                self.one = self.make()
            data = self.rest
            if not data and self.one.needs_input:
                data = self.packed.read(PIECE)
                if not data:
                    raise Damaged("it ends too early")
            self.rest = b""
            try:
                found = self.one.decompress(data, size)
            except (OSError, lzma.LZMAError, ValueError) as error:
                raise Damaged(str(error)) from None
            if found:
                return found


def _xz(packed, place):
    return Unpacking(packed, lambda: lzma.LZMADecompressor(memlimit=WINDOW))


def _zstd(packed, place):
    try:
        from compression import zstd  # Python 3.14
    except ImportError:
        return _zstandard(packed, place)
    most = {zstd.DecompressionParameter.window_log_max: WINDOW.bit_length() - 1}
    return Unpacking(packed, lambda: zstd.ZstdDecompressor(options=most))


def _zstandard(packed, place):
    try:
        import zstandard
    except ImportError:
        raise UserError(
            f"{place} is compressed by zstd, which needs zstandard: {EXTRA}; or unpack it first."
        ) from None
    whole = zstandard.ZstdDecompressor(max_window_size=WINDOW)
    return _Zstandard(whole.stream_reader(packed, read_across_frames=True), zstandard.ZstdError)


class _Zstandard(io.RawIOBase):
    """The reader of the package zstandard, with its errors as ``Damaged``."""

    def __init__(self, reader, error: type[Exception]):
        self.reader, self.error = reader, error

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            return self.reader.read(size)
        except self.error as error:
            raise Damaged(str(error)) from None


WAYS = {
    "gzip": lambda packed, place: gzip.GzipFile(fileobj=packed),
    "bz2": lambda packed, place: Unpacking(packed, bz2.BZ2Decompressor),
    "xz": _xz,
    "zstd": _zstd,
}
ERRORS = (Damaged, EOFError, zlib.error, gzip.BadGzipFile)


def unpacked(stream, place) -> tuple[io.BufferedReader, list[str], Capped | None]:
    """The plain bytes of a stream, how they were compressed, and what counts them (None if they
    were not)."""
    layers: list[str] = []
    stream, count = io.BufferedReader(stream, HEAD * 16), None
    for _ in range(LAYERS):
        way = packing(stream.peek(HEAD)[:HEAD])
        if way is None:
            break
        layers.append(way)
        count = Capped(WAYS[way](stream, place), place)
        stream = io.BufferedReader(count, HEAD * 16)
    return stream, layers, count


def zstd_member(raw, info, place):
    """A member of a zip file that is compressed by zstd (method 93), as Inspect writes it."""
    raw.seek(info.header_offset + 26)
    name, extra = (int.from_bytes(raw.read(2), "little") for _ in range(2))
    raw.seek(info.header_offset + 30 + name + extra)
    return _zstd(io.BytesIO(raw.read(info.compress_size)), place)
