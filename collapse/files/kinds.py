"""The kind of a text, by its first lines: JSON, JSONL, delimited text or lines."""

from typing import Any

from collapse.files import cells
from collapse.files.containers import Source
from collapse.files.open import LARGEST, Unparsed, objects, parsed

SUFFIXES = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".csv": "csv"}
SUFFIXES |= {".tsv": "csv", ".tab": "csv"}
START = 1 << 16  # characters by which the kind is told


class Text:
    """A text whose start may be looked at before it is read."""

    def __init__(self, text):
        self.text = text
        self.start = text.read(START)
        self.whole = len(self.start) < START
        self.rest = self.start

    def readline(self, size: int) -> str:
        if not self.rest:
            return self.text.readline(size)
        at = self.rest.find("\n") + 1 or len(self.rest)
        line, self.rest = self.rest[: min(at, size)], self.rest[min(at, size) :]
        if not line.endswith("\n") and not self.rest and len(line) < size:
            line += self.text.readline(size - len(line))
        return line

    def everything(self) -> str:
        """All of it, looked at before it is read; up to the limit of what is held at a time."""
        if not self.whole:
            self.start = self.rest = self.start + self.text.read(LARGEST - START)
            self.whole = True
        return self.start

    def read(self, size: int) -> str:
        rest, self.rest = self.rest, ""
        return rest + self.text.read(max(size - len(rest), 0))


def kind_of(source: Source, text: Text) -> str:
    """The kind of a text by its first lines, and by the end of its name where they leave it open:
    ``json``, ``jsonl``, ``csv`` or ``text``."""
    suffix, start = source.suffix, text.start.lstrip("\ufeff \t\n")
    named = SUFFIXES.get(suffix)
    lines = [line for line in start.split("\n", 40) if line.strip()]
    if start[:1] in ("{", "["):
        held, second = _value(lines[0]), lines[1] if len(lines) > 1 else ""
        if isinstance(held, dict):
            return "jsonl" if second.lstrip()[:1] or named == "jsonl" else "json"
        if isinstance(held, list) and named != "csv" and (second or named or _is_records(held)):
            return (named or "text") if second else "json"
        if named == "json":
            first_is_broken = second and isinstance(_value(second), dict)
            return "jsonl" if first_is_broken else "json"
        if named == "jsonl" and lines[0].strip() in ("{", "["):
            whole = text.everything()
            return "json" if _value(whole) is not None or objects(whole) else "jsonl"
        if named is None and (_is_records(_value(text.everything())) or objects(text.start)):
            return "json"
    if named:
        return named
    if text.start and cells.is_table(text.start, text.whole):
        return "csv"
    return "text"


def _is_records(held: Any) -> bool:
    """Whether a JSON value is an object, or a list of objects or texts."""
    if isinstance(held, list):
        return bool(held) and all(isinstance(one, str | dict | None) for one in held)
    return isinstance(held, dict)


def _value(text: str):
    """The JSON value of a text; None if it is none, or null."""
    try:
        return parsed(text)
    except Unparsed:
        return None
