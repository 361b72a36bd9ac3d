"""Read the text items of a file, for simulations, and the records of a file of verdicts."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from collapse.errors import UserError
from collapse.files.answers import EVERY, Columns, Reader
from collapse.files.containers import SAMPLES, Source, digest, opened, sources
from collapse.files.encoding import encoding_of
from collapse.files.magic import table
from collapse.files.open import (
    LARGEST,
    MIB,
    VALUES,
    is_packed,
    refuse_large,
    refuse_many,
    unpacked,
)
from collapse.files.paths import whole_letters
from collapse.files.syntax import stream
from collapse.files.troubles import DEFAULT_LEFT_OUT, FileRead, Troubles, told
from collapse.suggest import unknown

Report = Callable[[int, int, str], None]
SHORT = 64  # characters of a text that may come again, such as a verdict or a model
UNITS = ("line", "fortune", "blob")


@dataclass(frozen=True)
class Reading:
    """The text items of a file, and how they were separated."""

    items: list[str]
    kind: str  # "text", "json", "jsonl", "csv", "parquet", ...
    unit: str | None  # one of UNITS; None if items are records
    field: str | None  # the path of the text in each record; None if there are no fields
    guesses: list[str]
    sha256: str  # of the bytes of the file as stored


def read_items(
    path, field: str | None = None, unit: str | None = None, report: Report = lambda *_: None
) -> Reading:
    """The text items of a file. What is not given is guessed, and noted in ``guesses``; ``report``
    gets the bytes read, the bytes of all and the name of each file of records."""
    errors = [] if unit is None or unit in UNITS else [unknown("unit", unit, UNITS)]
    try:
        reading = _read(Path(path), field, None if errors else unit, report)
    except UserError as mistake:
        raise UserError(*errors, *mistake.sentences) from None
    if errors:
        raise UserError(*errors)
    return reading


def read_records(
    source: Source, about: FileRead, troubles: Troubles, report: Callable[[int, int], None]
) -> list[tuple[str, dict]]:
    """The objects of a source, each with its place ("line 3"). How it was read goes into ``about``,
    rows that cannot be read into ``troubles``; ``report`` gets the bytes read so far, and of all.
    Raises ``UserError``."""
    about.file, before, found = str(source), troubles.count, []
    seen: dict[str, str] = {}
    _refuse_large(source)
    with stream(source, about, troubles, False) as held:
        if held.kind == "text":
            raise UserError(
                f"{source} is plain text. Give a table or records: CSV, JSON, JSONL, parquet."
            )
        for number, record in held.records:
            if not isinstance(record, dict):
                raise UserError(f"{source} holds bare strings. Give objects, with named fields.")
            if len(found) % EVERY == 0:
                report(held.done(), held.size)
                _refuse_more(len(found), source)
            found.append((held.place(number), _shared(record, seen)))
        report(held.size, held.size)
    if not found:
        empty = [] if troubles.count > before else [f"{source} is empty: it holds no records."]
        raise UserError(*troubles.sentences(), *empty)
    about.counts["rows"] = len(found)
    return found


def _shared(record: dict, seen: dict[str, str]) -> dict:
    """The record with names and short texts that were ``seen`` before held once: of a million rows
    they are most of the memory."""
    return {
        seen.setdefault(name, name): seen.setdefault(value, value)
        if isinstance(value, str) and len(value) < SHORT
        else value
        for name, value in record.items()
    }


def _refuse_more(many: int, source) -> None:
    if many > VALUES:
        raise UserError(
            f"{source} has more than {VALUES:,} lines or values, the most that are read. Give a "
            "part of it."
        )


def _read(path: Path, field: str | None, unit: str | None, report: Report) -> Reading:
    found = sources([path])
    kinds = {_kind(source) for source in found}
    if kinds == {"text"} and len(found) == 1:
        items, unit, guesses = _items_of_text(_text(found[0]), str(path), field, unit)
        kind = "text"
    else:
        if unit is not None:
            what = "/".join(sorted(kinds))
            raise UserError(
                f"{path} is {what}: each record is one item. Leave out the unit {unit!r}."
            )
        kind, unit = "/".join(sorted(kinds)), None
        items, field, guesses = _items_of_records(found, path, field, report)
    if not items:
        raise UserError(f"{path} holds no text: every item is blank. Give a file with text in it.")
    return Reading(items, kind, unit, field, guesses, digest(path))


def _refuse_large(source: Source) -> None:
    """Raise ``UserError`` for text that does not fit into memory, before any of it is held."""
    if source.member == SAMPLES:
        return
    with opened(source) as file:
        if table(file.head):
            return
        size = lines = 0
        while part := file.plain.read(MIB):
            size, lines = size + len(part), lines + part.count(b"\n")
            refuse_large(size, source, LARGEST)
            _refuse_more(lines, source)


def _kind(source: Source) -> str:
    _refuse_large(source)
    about = FileRead(str(source))
    with stream(source, about, Troubles(), False):
        return about.kind


def _text(source: Source) -> str:
    with opened(source) as file:
        data = file.plain.read(LARGEST + 1)
        return decoded(data, str(source), bool(file.packed))


def _items_of_records(found: list[Source], path: Path, field: str | None, report: Report):
    """Items, path of the text, and guesses of files of records."""
    items: list[str] = []
    troubles = Troubles()
    readers = [Reader(source, Columns(field=field), troubles) for source in found]
    size = 0
    try:
        for reader in readers:
            name = reader.source.stem
            for row in reader.rows(lambda done, size, name=name: report(done, size, name)):
                texts = [one.text for one in row.answers if one.mark not in DEFAULT_LEFT_OUT]
                items += [whole_letters(text).strip() for text in texts]
                size += sum(map(len, texts))
                refuse_large(size, reader.source, LARGEST)
                _refuse_more(len(items), reader.source)
    except UserError as mistake:
        raise UserError(*mistake.sentences, *troubles.sentences()) from None
    reads = [reader.about for reader in readers]
    if not items and troubles.count:
        raise UserError(*troubles.sentences())
    if not any(about.counts["answers"] for about in reads):
        raise UserError(f"{path} is empty: it holds no records. Give a file with text in it.")
    bare = all(reader.plan.bare for reader in readers)
    if bare and field is not None:
        raise UserError(f"{path} holds bare strings, which have no fields. Leave out {field!r}.")
    guesses = [reader.about.taken_for() for reader in readers if reader.plan.guessed]
    guesses += [note for about in reads for note in about.notes]
    guesses += told(reads, DEFAULT_LEFT_OUT) + troubles.sentences()
    paths = [path for about in reads if (path := about.paths.get("answers"))]
    return items, None if bare or not paths else paths[0], list(dict.fromkeys(guesses))


def plain_text(stored: bytes, path: str) -> str:
    """The text of a file: unpacked, without byte order mark, with line feeds as line ends."""
    return decoded(unpacked(stored, path), path, is_packed(stored))


def decoded(plain: bytes, path: str, packed: bool) -> str:
    """Bytes as text, without byte order mark, with line feeds as line ends."""
    refuse_large(len(plain), path, LARGEST)
    try:
        text = plain.decode(encoding_of(plain[: 1 << 16], path)).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        where = f"byte offset {error.start}" + (" of the unpacked text" * packed)
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
