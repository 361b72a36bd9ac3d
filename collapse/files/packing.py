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
SMALL = 2048  # bytes of zstd unpacked at a time by a library without a limit: at most 64 MiB
LAYERS = 3  # compressions one within another
EXTRA = "pip install 'collapse[files]'"


class Damaged(ValueError):
    """A compressed file is damaged, and how."""


class Unpacking(io.RawIOBase):
    """What a compressed file holds, by decompressors of the standard library, one after the other
    for files that were put together."""

    def __init__(self, packed, make: Callable, piece: int = PIECE):
        self.packed, self.make, self.piece = packed, make, piece
        self.one, self.rest, self.ready = make(), b"", b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        size = PIECE if size < 0 else size
        while not self.ready and self._more(size):
            pass
        found, self.ready = self.ready[:size], self.ready[size:]
        return found

    def _more(self, size: int) -> bool:
        """Unpack a piece; whether there was one."""
        if self.one.eof:
            self.rest = self.one.unused_data or self.packed.read(self.piece)
            if not self.rest.strip(b"\0"):
                return False
            self.one = self.make()
        data, self.rest = self.rest, b""
        if not data and self.one.needs_input:
            data = self.packed.read(self.piece)
            if not data:
                raise Damaged("it ends too early")
        try:
            self.ready = self.one.decompress(data, size)
        except (OSError, lzma.LZMAError, ValueError) as error:
            raise Damaged(str(error)) from None
        return True


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
    return Unpacking(packed, lambda: _Zstandard(whole.decompressobj(), zstandard.ZstdError), SMALL)


class _Zstandard:
    """A decompressor of the package zstandard, which gives all that its input holds: the input has
    to be ``SMALL``."""

    needs_input = True

    def __init__(self, one, error: type[Exception]):
        self.one, self.error = one, error

    @property
    def eof(self) -> bool:
        return self.one.eof

    @property
    def unused_data(self) -> bytes:
        return self.one.unused_data

    def decompress(self, data: bytes, size: int) -> bytes:
        try:
            return self.one.decompress(data)
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
