"""Paths into records: ``response.choices[].message.content``.

``a.b`` is the field b of the object a; ``[]`` every element of a list, ``[0]`` the first, ``[-1]``
the last; ``*`` every field of an object. A column whose name has dots or brackets is found by its
whole name first.
"""

import json
import re
from functools import lru_cache
from typing import Any

STEP = re.compile(r"\[(-?\d*)\]|([^.\[\]]+)")
MISSING = object()  # what ``first`` gives where a record has nothing at a path


@lru_cache(maxsize=1024)
def steps(path: str) -> tuple:
    """The steps of a path: a name, an index, or ``...`` for every element or field."""
    found: list = []
    for bracket, name in STEP.findall(path):
        if name:
            found.append(... if name == "*" else name)
        else:
            found.append(int(bracket) if bracket else ...)
    return tuple(found)


def values(record: Any, path: str) -> list:
    """All values at a path, in order; empty where the record has none there."""
    if isinstance(record, dict):
        if path in record:
            return [record[path]]
        if path.isidentifier():
            return []
    held = [record]
    for step in steps(path):
        held = [value for one in held for value in _at(one, step)]
        if not held:
            break
    return held


def _at(value: Any, step: Any) -> list:
    if isinstance(step, str):
        return [value[step]] if isinstance(value, dict) and step in value else []
    if isinstance(value, dict) and step is ...:
        return list(value.values())
    if not isinstance(value, list):
        return []
    if step is ...:
        return value
    return [value[step]] if -len(value) <= step < len(value) else []


def first(record: Any, path: str) -> Any:
    """The first value at a path, or ``MISSING``."""
    found = values(record, path)
    return found[0] if found else MISSING


def has(record: Any, path: str) -> bool:
    """Whether a record has anything at a path, null included."""
    return bool(values(record, path))


def line(text: str) -> str:
    """A text on one line, with white space as single blanks."""
    return whole_letters(" ".join(text.split()))


def whole_letters(text: str) -> str:
    """A text without halves of surrogate pairs, which UTF-8 cannot store: JSON that was cut inside
    an emoji has them."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def label(value: Any) -> str:
    """A value as one line of text, to tell it from others: a chat by what was said in it, an object
    as JSON. 1 and 1.0 are the same label."""
    if isinstance(value, str):
        return line(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is int:
        return str(value)
    if isinstance(value, list) and value and all(map(_is_turn, value)):
        said = [turn.get("content", turn.get("value")) for turn in value]
        return " ".join(map(label, said))
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _is_turn(value: Any) -> bool:
    return isinstance(value, dict) and ("content" in value or "value" in value)


def flat(record: dict, depth: int = 5, most: int = 200) -> dict[str, list]:
    """The values of a record by their paths, objects and lists of objects opened."""
    found: dict[str, list] = {}
    _open(record, "", depth, found, most)
    return found


def _open(value: dict, before: str, depth: int, found: dict, most: int) -> None:
    for name, one in value.items():
        path = f"{before}.{name}" if before else str(name)
        if isinstance(one, dict) and depth > 1 and one:
            _open(one, path, depth - 1, found, most)
        elif isinstance(one, list) and one and depth > 1 and all(isinstance(x, dict) for x in one):
            for each in one[:20]:
                _open(each, f"{path}[]", depth - 1, found, most)
        elif len(found) < most or path in found:
            found.setdefault(path, []).append(one)
