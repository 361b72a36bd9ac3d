"""Rules for values that are read from files, and the errors of values that break them.

A rule has one method, ``errors(value, key)``: a sentence for each error in the value, beginning
with its key, as in ``layout.batch_seeds.a``.
"""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

SHOWN = 40  # characters of a value in a sentence


class Rule(Protocol):
    def errors(self, value: Any, key: str) -> list[str]: ...


def must_be(key: str, expected: str, value: Any) -> list[str]:
    """The error of a value that is not what was expected."""
    kinds = {dict: "an object", list: f"a list of {len(value) if type(value) is list else 0}"}
    shown = kinds.get(type(value)) or ascii(value)
    shown = shown if len(shown) <= SHOWN else f"{shown[: SHOWN - 3]}..."
    return [f"{key or 'it'} must be {expected}, not {shown}"]


def under(key: str, name: str) -> str:
    """The key of a name inside a key; names that cannot be printed are escaped."""
    plain = name if name.isprintable() and len(name) <= SHOWN else ascii(name)[:SHOWN]
    return f"{key}.{plain}" if key else plain


@dataclass(frozen=True)
class Whole:
    """An integer from ``low`` to ``high``."""

    low: int = -(2**63)
    high: int = 2**63 - 1

    def errors(self, value: Any, key: str) -> list[str]:
        if type(value) is int and self.low <= value <= self.high:
            return []
        return must_be(key, f"a whole number from {self.low} to {self.high}", value)


@dataclass(frozen=True)
class Finite:
    """A finite number, or null."""

    def errors(self, value: Any, key: str) -> list[str]:
        if value is None or (type(value) in (int, float) and math.isfinite(value)):
            return []
        return must_be(key, "a finite number or null", value)


@dataclass(frozen=True)
class Text:
    """Text that matches a pattern as a whole; ``what`` describes the pattern."""

    pattern: re.Pattern | None = None
    what: str = "text"

    def errors(self, value: Any, key: str) -> list[str]:
        if type(value) is str and (self.pattern is None or self.pattern.fullmatch(value)):
            return []
        return must_be(key, self.what, value)


@dataclass(frozen=True)
class OneOf:
    """One of a few values, with its type."""

    known: tuple

    def errors(self, value: Any, key: str) -> list[str]:
        if any(type(value) is type(one) and value == one for one in self.known):
            return []
        return must_be(key, " or ".join(map(json.dumps, self.known)), value)


@dataclass(frozen=True)
class Each:
    """A list with a rule for its values."""

    rule: Rule

    def errors(self, value: Any, key: str) -> list[str]:
        if type(value) is not list:
            return must_be(key, "a list", value)
        bad = [i for i, one in enumerate(value) if self.rule.errors(one, "")]  # lists may be long
        return [x for i in bad for x in self.rule.errors(value[i], f"{key}[{i}]")]


@dataclass(frozen=True)
class Named:
    """An object with any names, a rule for its values and a rule for the names."""

    rule: Rule
    names: Text = Text()

    def errors(self, value: Any, key: str) -> list[str]:
        if type(value) is not dict:
            return must_be(key, "an object", value)
        found = []
        for name, one in value.items():
            if self.names.errors(name, ""):
                found += [
                    f"{key} has the name {ascii(name)[:SHOWN]}, which is not {self.names.what}"
                ]
            found += self.rule.errors(one, under(key, name))
        return found


@dataclass(frozen=True)
class Fields:
    """An object with the required fields; ``optional`` ones may be missing; only an ``open`` object
    may have others."""

    required: dict[str, Rule]
    optional: dict[str, Rule] = field(default_factory=dict)
    open: bool = False

    def errors(self, value: Any, key: str) -> list[str]:
        if type(value) is not dict:
            return must_be(key, "an object", value)
        found = [f"{under(key, name)} is missing" for name in self.required if name not in value]
        known = self.required | self.optional
        for name, one in value.items():
            if name in known:
                found += known[name].errors(one, under(key, name))
            elif not self.open:
                found.append(f"{under(key, name)} is not a known key")
        return found


@dataclass(frozen=True)
class Anything:
    """Any JSON value."""

    def errors(self, value: Any, key: str) -> list[str]:
        return []


def file_errors(place: Any, errors: Iterable[str], do: str, most: int = 8) -> list[str]:
    """Errors of a file as sentences: where, what is wrong, what to do."""
    errors = list(errors)
    sentences = [f"{place}: {sentence}. {do}" for sentence in errors[:most]]
    left = len(errors) - most
    return sentences + ([f"{place}: {left} more errors. {do}"] if left > 0 else [])
