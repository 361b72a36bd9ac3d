"""The text of bytes: UTF-8 or UTF-16, with a byte order mark or without."""

import codecs
import io

from collapse.errors import UserError

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
NAMES = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
NAMES |= {"utf-8": "UTF-8", "utf-32": "UTF-32"}
SHORTEST = 16  # bytes of UTF-16 without a mark
LEAST = 0.2  # share of the characters of UTF-16 that have a zero byte, if it is told by them


def encoding_of(head: bytes, place) -> str:
    """The encoding of text that begins with these bytes. Raises ``UserError`` for bytes that are no
    text."""
    for mark, name in MARKS.items():
        if head.startswith(mark):
            return name
    even, odd = head[::2].count(0), head[1::2].count(0)
    least = LEAST * len(head) / 2
    for name, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if len(head) >= SHORTEST and zeros > least and not others and _is_plain(head, name):
            return name
    if b"\0" in head:
        raise UserError(
            f"{place} is not text: it holds zero bytes. If it is UTF-16 without a byte order mark,"
            " save it as UTF-8: iconv -f utf-16le -t utf-8 OLD > NEW."
        )
    return "utf-8"


def _is_plain(head: bytes, encoding: str) -> bool:
    """Whether bytes are text in an encoding, without control characters."""
    text = head[: len(head) // 2 * 2].decode(encoding, "replace")
    return not any(letter < " " and letter not in "\t\n\r\f" for letter in text)


def text_of(plain, encoding: str) -> io.TextIOWrapper:
    """Bytes as text with line feeds as line ends. Bytes that are not UTF-8 become surrogates, so
    that an error can name their line."""
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    encoding = "utf-8-sig" if encoding == "utf-8" else encoding
    return io.TextIOWrapper(plain, encoding, errors=errors)


def is_whole(text: str) -> bool:
    """Whether a text had no invalid bytes."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def not_utf8(line: str) -> str:
    """What is wrong with a line that is not UTF-8."""
    at = next(i for i, letter in enumerate(line) if "\ud800" <= letter <= "\udfff")
    byte = ord(line[at]) - 0xDC00
    return (
        f"it is not UTF-8 (the byte 0x{byte & 0xFF:02x} after {at} characters): save the file as"
        " UTF-8, for example by iconv -f latin1 -t utf-8 OLD > NEW"
    )
