"""What a value that was read from a file must be: rules, and sentences on what breaks them.

A rule has one method, ``errors(value, key)``: a sentence for everything in the value that is not as
it must be, each beginning with the key it stands under, as in ``layout.batch_seeds.a``.
"""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

SHOWN = 40  # characters of a value that a sentence shows


class Rule(Protocol):
    def errors(self, value: Any, key: str) -> list[str]: ...


def must_be(key: str, expected: str, value: Any) -> list[str]:
    """The sentence on a value that is none of what was expected."""
    kinds = {dict: "an object", list: f"a list of {len(value) if type(value) is list else 0}"}
    shown = kinds.get(type(value)) or ascii(value)
    shown = shown if len(shown) <= SHOWN else f"{shown[: SHOWN - 3]}..."
    return [f"{key or 'it'} must be {expected}, not {shown}"]


def under(key: str, name: str) -> str:
    """The key of what stands under a name; a name that cannot be printed is escaped."""
    plain = name if name.isprintable() and len(name) <= SHOWN else ascii(name)[:SHOWN]
    return f"{key}.{plain}" if key else plain


@dataclass(frozen=True)
class Whole:
    """A whole number, both ends included."""

    low: int = -(2**63)
    high: int = 2**63 - 1

    def errors(self, value: Any, key: str) -> list[str]:
        if type(value) is int and self.low <= value <= self.high:
            return []
        return must_be(key, f"a whole number from {self.low} to {self.high}", value)


@dataclass(frozen=True)
class Finite:
    """A number that is finite, or null."""

    def errors(self, value: Any, key: str) -> list[str]:
        if value is None or (type(value) in (int, float) and math.isfinite(value)):
            return []
        return must_be(key, "a finite number or null", value)


@dataclass(frozen=True)
class Text:
    """Text, of which the whole fits a pattern; ``what`` says in words what does."""

    pattern: re.Pattern | None = None
    what: str = "text"

    def errors(self, value: Any, key: str) -> list[str]:
        if type(value) is str and (self.pattern is None or self.pattern.fullmatch(value)):
            return []
        return must_be(key, self.what, value)


@dataclass(frozen=True)
class OneOf:
    """One of a few values, of the same type."""

    known: tuple

    def errors(self, value: Any, key: str) -> list[str]:
        if any(type(value) is type(one) and value == one for one in self.known):
            return []
        return must_be(key, " or ".join(map(json.dumps, self.known)), value)


@dataclass(frozen=True)
class Each:
    """A list, with a rule for each of its values."""

    rule: Rule

    def errors(self, value: Any, key: str) -> list[str]:
        if type(value) is not list:
            return must_be(key, "a list", value)
        bad = [i for i, one in enumerate(value) if self.rule.errors(one, "")]  # lists may be long
        return [told for i in bad for told in self.rule.errors(value[i], f"{key}[{i}]")]


@dataclass(frozen=True)
class Named:
    """An object of any names, with a rule for each of its values and one for the names."""

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
    """An object with these fields; ``optional`` ones may be missing, and only an ``open`` one has
    others beside them."""

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
                found.append(f"{under(key, name)} is no key that is known")
        return found


@dataclass(frozen=True)
class Anything:
    """Whatever JSON can hold."""

    def errors(self, value: Any, key: str) -> list[str]:
        return []


def told(place: Any, errors: Iterable[str], do: str, most: int = 8) -> list[str]:
    """Sentences of a file: where it is, what is wrong, what to do."""
    errors = list(errors)
    said = [f"{place}: {sentence}. {do}" for sentence in errors[:most]]
    left = len(errors) - most
    return said + ([f"{place}: and {left} more of the kind. {do}"] if left > 0 else [])
