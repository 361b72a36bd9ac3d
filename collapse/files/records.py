"""Records of JSON, JSONL and CSV files, and the text items in one of their fields."""

import csv
import io
import re
from collections import Counter

from collapse.errors import UserError
from collapse.files.open import Unparsed, csv_rows, parsed, refuse_many
from collapse.suggest import listed, unknown

NUMBER = re.compile(r"[-+]?[.,]*\d[\d.,]*([eE][-+]?\d+)?")
SENTENCE = re.compile(r"\S+\s+\S+\s.*[.!?\u2026]", re.DOTALL)
SHOWN = 3  # broken lines that are listed
JSON_NAMES = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "true or false",
    type(None): "null",
}


def objects(text: str, path: str, kind: str) -> tuple[list[tuple[str, dict]], list[str]]:
    """The objects of a file, each with its place, and the guesses."""
    records, guesses = _records(text, path, kind, None)
    if not records:
        raise UserError(f"{path} is empty: it holds no records.")
    if _strings(records, path):
        raise UserError(f"{path} holds bare strings. Give objects, with named fields.")
    return records, guesses


def _records(text: str, path: str, kind: str, field: str | None):
    refuse_many(text, path, ",\n" if kind == "csv" else ",[{\n")
    if kind == "csv":
        return _csv_records(text, path, field)
    return (_json_records if kind == "json" else _jsonl_records)(text, path), []


def items_of_records(text: str, path: str, kind: str, field: str | None, unit: str | None):
    """Items, field and guesses of a file of records."""
    if unit is not None:
        raise UserError(f"{path} is {kind}: each record is one item. Leave out the unit {unit!r}.")
    records, guesses = _records(text, path, kind, field)
    if not records:
        raise UserError(f"{path} is empty: it holds no records. Give a file with text in it.")
    if _strings(records, path):
        items = [record for _, record in records]
        if field is not None:
            raise UserError(
                f"{path} holds bare strings, which have no fields. Leave out {field!r}."
            )
    else:
        items, field, more = _pick(records, field, path)
        guesses = guesses + more
    items = [_whole(item).strip() for item in items]
    return [item for item in items if item], field, guesses


def _whole(text: str) -> str:
    # JSON that was cut inside an emoji has half a surrogate pair, which UTF-8 cannot store.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def json_list(text: str, path) -> list:
    """The list in a JSON file. Raises ``UserError``."""
    try:
        value = parsed(text)
    except Unparsed as error:
        if error.line is None:
            raise UserError(f"{path} cannot be read: {error}. Correct it.") from None
        raise UserError(
            f"{path} is broken JSON at line {error.line}, column {error.column}: {error}. "
            "Correct it, or name the file .jsonl if it has one value per line."
        ) from None
    if not isinstance(value, list):
        raise UserError(
            f"{path} holds {_type(value)} at its top level, not a list. "
            "Give a list of strings or of objects, or name it .jsonl if it has one per line."
        )
    return value


def _json_records(text: str, path: str) -> list[tuple[str, object]]:
    return [(f"item {number}", record) for number, record in enumerate(json_list(text, path), 1)]


def _jsonl_records(text: str, path: str) -> list[tuple[str, object]]:
    records, shown, errors = [], [], 0
    for number, line in enumerate(text.split("\n"), 1):
        try:
            records += [(f"line {number}", parsed(line))] if line.strip() else []
        except Unparsed as error:
            errors += 1
            if len(shown) == SHOWN:
                continue
            if error.column is None:
                shown.append(f"{path} line {number} cannot be read: {error}.")
            else:
                place = f"line {number}, column {error.column}"
                shown.append(f"{path} is broken JSON at {place}: {error}.")
    if errors:
        rest = [f"{path} has {errors - SHOWN} more broken lines."] if errors > SHOWN else []
        raise UserError(*shown, *rest, "Correct these lines: each must be one JSON value.")
    return records


def _csv_records(text: str, path: str, field: str | None):
    """The rows of a CSV file as objects, and a guess about its header."""
    reader = csv_rows(io.StringIO(text, newline=""))
    try:
        rows = [(f"line {reader.line_num}", cells) for cells in reader if any(cells)]
    except csv.Error as error:
        where = f"{path} is broken CSV at line {reader.line_num}: {error}."
        raise UserError(f"{where} Check the double quotes up to there.") from None
    if not rows:
        return [], []
    columns = [cell.strip() or str(number) for number, cell in enumerate(rows[0][1], 1)]
    guesses = []
    if field not in columns and any(_looks_like_data(cell.strip()) for cell in rows[0][1]):
        columns = [str(number) for number in range(1, len(columns) + 1)]
        guesses = ["header: none (the first row looks like data); columns are called 1, 2, ..."]
    body = rows if guesses else rows[1:]
    long = [where for where, cells in body if any(cells[len(columns) :])]
    if long:
        raise UserError(
            f"{path} has more cells than its {len(columns)} columns in {len(long)} row(s), first "
            f"in {long[0]}. Put double quotes around text that holds commas."
        )
    return [(where, dict(zip(columns, cells, strict=False))) for where, cells in body], guesses


def _looks_like_data(cell: str) -> bool:
    return bool(NUMBER.fullmatch(cell) or SENTENCE.fullmatch(cell))


def _strings(records: list[tuple[str, object]], path: str) -> bool:
    """Whether the records are strings, not objects. Raises ``UserError`` for anything else."""
    shape = str if isinstance(records[0][1], str) else dict
    for where, record in records:
        if not isinstance(record, shape):
            hint = "Give strings only, or objects only."
            raise UserError(f"{path} holds {_type(record)} as its {where}. {hint}")
    return shape is str


def _type(value: object) -> str:
    return JSON_NAMES.get(type(value), "a number")


def _pick(records, field: str | None, path: str):
    """The text of every object, from the given field or the one with the longest text."""
    rows = [row for _, row in records]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lengths = _text_lengths(rows, columns)
    guesses = []
    if field is None:
        if not lengths:
            raise UserError(
                f"{path} has no field of text among: {listed(columns)}. Name its field."
            )
        field = max(lengths, key=lengths.get)
        mean = f"{lengths[field]:.0f} characters on average, of the fields {listed(columns)}"
        guesses = [f"field: {field} (the longest text, {mean})"]
    names = [field] if field in columns else [name.strip() for name in field.split(",")]
    errors = [f"{path}: {unknown('field', name, columns)}" for name in names if name not in columns]
    errors = errors or [x for name in names for x in _not_text(records, name, path, lengths)]
    if errors:
        raise UserError(*errors)
    parts = [[row[name] for name in names if row.get(name)] for row in rows]
    return [" ".join(part.strip() for part in row) for row in parts], field, guesses


def _text_lengths(rows: list[dict], columns: list[str]) -> dict[str, float]:
    """The mean length of each field of text that is not only numbers."""
    lengths, worded, other = Counter(), set(), set()
    for row in rows:  # in one pass: rows may have no fields in common
        for column, value in row.items():
            if isinstance(value, str):
                lengths[column] += len(value)
                if column not in worded and value.strip() and not NUMBER.fullmatch(value.strip()):
                    worded.add(column)
            elif value is not None:
                other.add(column)
    return {c: lengths[c] / len(rows) for c in columns if c in worded and c not in other}


def _not_text(records, name: str, path: str, lengths: dict[str, float]) -> list[str]:
    """An error if a field holds something other than text; null and missing values are blank."""
    bad = [(where, row[name]) for where, row in records if not isinstance(row.get(name, ""), str)]
    bad = [(where, value) for where, value in bad if value is not None]
    if not bad:
        return []
    where, value = bad[0]
    choice = f"Fields of text: {listed(lengths)}." if lengths else "It has no field of text."
    other = f"{_type(value)} in {where} ({len(bad)} such row(s))"
    return [f"{path}: the field {name!r} is not text but {other}. {choice}"]
