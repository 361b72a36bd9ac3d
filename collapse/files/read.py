"""Read text items from plain text, JSON, JSONL or CSV, plain or gzip."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from collapse.errors import UserError
from collapse.files.open import (
    LARGEST,
    Unparsed,
    is_packed,
    parsed,
    refuse_large,
    refuse_many,
    unpacked,
    whole,
)
from collapse.files.records import items_of_records, objects
from collapse.suggest import unknown

UNITS = ("line", "fortune", "blob")
SUFFIXES = {".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl"}


@dataclass(frozen=True)
class Reading:
    """The text items of a file, and how they were separated."""

    items: list[str]
    kind: str  # "text", "json", "jsonl" or "csv"
    unit: str | None  # one of UNITS; None if items are records
    field: str | None  # the field of each record that is the text; None if there are no fields
    guesses: list[str]
    sha256: str  # of the bytes of the file as stored


def read_items(path, field: str | None = None, unit: str | None = None) -> Reading:
    """The text items of a file. What is not given is guessed, and noted in ``guesses``."""
    errors = [] if unit is None or unit in UNITS else [unknown("unit", unit, UNITS)]
    try:
        reading = _read(str(path), field, None if errors else unit)
    except UserError as mistake:
        raise UserError(*errors, *mistake.sentences) from None
    if errors:
        raise UserError(*errors)
    return reading


def read_objects(path) -> tuple[list[tuple[str, dict]], list[str]]:
    """The objects of a JSON, JSONL or CSV file, each with its place ("line 3"), and the guesses.
    Raises ``UserError``."""
    text = plain_text(whole(path), str(path))
    kind, guesses = _kind(str(path), text)
    if kind == "text":
        raise UserError(
            f"{path} is plain text. Give CSV, JSON or JSONL, with the ending .csv, .json or .jsonl."
        )
    records, more = objects(text, str(path), kind)
    return records, guesses + more


def _read(path: str, field: str | None, unit: str | None) -> Reading:
    stored = whole(path)
    text = plain_text(stored, path)
    kind, guesses = _kind(path, text)
    if kind == "text":
        items, unit, more = _items_of_text(text, path, field, unit)
    else:
        items, field, more = items_of_records(text, path, kind, field, unit)
    if not items:
        raise UserError(f"{path} holds no text: every item is blank. Give a file with text in it.")
    digest = hashlib.sha256(stored).hexdigest()
    return Reading(items, kind, unit, field, guesses + more, digest)


def plain_text(stored: bytes, path: str) -> str:
    """The text of a file: unpacked, without byte order mark, with line feeds as line ends."""
    plain = unpacked(stored, path)
    refuse_large(len(plain), path, LARGEST)
    try:
        text = plain.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        where = f"byte offset {error.start}" + (" of the unpacked text" * is_packed(stored))
        raise UserError(
            f"{path} is not UTF-8 text: the byte 0x{plain[error.start]:02x} at {where} is invalid. "
            "If it is text, save it as UTF-8, for example: iconv -f latin1 -t utf-8 OLD > NEW."
        ) from None
    if not text.strip():
        raise UserError(f"{path} is empty. Give a file with text in it.")
    if "\0" in text:
        raise UserError(f"{path} is not text: it holds zero bytes. Give a file of UTF-8 text.")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    refuse_many(text, path, "\n")
    return text


def _kind(path: str, text: str) -> tuple[str, list[str]]:
    """The kind of a file by the end of its name, else by the beginning of its text."""
    suffix = Path(path.lower().removesuffix(".gz")).suffix
    if suffix in SUFFIXES:
        return SUFFIXES[suffix], []
    start = text.lstrip()[:1]
    if start and start in "[{":
        refuse_many(text, path, ",[{")
    if start and start in "[{" and _parses(text):
        return "json", [f"kind: json (the text starts with {start} and is one JSON value)"]
    if start == "{" and _parses(text.lstrip().split("\n", 1)[0]):
        return "jsonl", ["kind: jsonl (the first line is a JSON object)"]
    return "text", []


def _parses(text: str) -> bool:
    try:
        parsed(text)
    except Unparsed:
        return False
    return True


def _items_of_text(text: str, path: str, field: str | None, unit: str | None):
    """Items, unit and guesses of plain text."""
    if field is not None:
        raise UserError(
            f"{path} is plain text, which has no fields. Leave out the field {field!r}."
        )
    lines = text.strip("\n").split("\n")
    guesses = []
    if unit is None:
        unit, reason = _guess_unit(lines)
        guesses = [f"unit: {unit} ({reason})"]
    if unit == "blob":
        return [text], unit, guesses
    parts = lines if unit == "line" else re.split(r"(?m)^%$", text)
    return [part.strip() for part in parts if part.strip()], unit, guesses


def _guess_unit(lines: list[str]) -> tuple[str, str]:
    if "%" in lines:
        return "fortune", "lines holding only %"
    blank = sum(not line.strip() for line in lines) / len(lines)
    if blank > 0.05:
        return "blob", f"running text: {blank:.0%} of the lines are blank"
    return "line", f"{blank:.0%} of the lines are blank"
