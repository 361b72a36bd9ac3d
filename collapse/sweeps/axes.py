"""The settings that a sweep varies: ``--over [ARM:]PATH=VALUES``.

VALUES is a list with commas, 100,1000,10000 or top-fraction,best-of-k; or a range LOW:HIGH:COUNT,
with both ends, and LOW:HIGH:COUNT:log for equal ratios.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from collapse.errors import UserError
from collapse.part import Part

MOST = 100_000  # largest number of points of a sweep
DIGITS = 10  # significant digits of the values of a range


@dataclass(frozen=True)
class Axis:
    """One setting and the values that it takes: text as after ``--set PATH=``, or parts."""

    path: str
    values: tuple[Any, ...]
    log: bool = False  # whether the values have equal ratios
    spaced: bool = False  # whether they were given as a range

    @property
    def numbers(self) -> np.ndarray | None:
        """(V,) the values as numbers; None if they are names or parts."""
        numbers = [_number(value) for value in self.values]
        return None if None in numbers else np.array(numbers, float)

    @property
    def texts(self) -> list[str]:
        """The values in tables and files."""
        return [shown(value) for value in self.values]

    def rounded(self) -> "Axis":
        """The range with whole numbers, each once; an axis of another kind as it is."""
        if not self.spaced:
            return self
        whole = dict.fromkeys(str(round(value)) for value in self.numbers)
        return replace(self, values=tuple(whole))


def shown(value: Any) -> str:
    """A value in tables and files: a part by the name of its class."""
    return type(value).__name__ if isinstance(value, Part) else str(value)


def axes_of(over: Sequence[str] | Sequence[Axis] | Mapping[str, Any]) -> list[Axis]:
    """The axes of ``--over`` texts, or of {path: values} in Python. Raises ``UserError`` with all
    errors."""
    if over and not isinstance(over, Mapping) and all(isinstance(one, Axis) for one in over):
        return list(over)
    pairs = over.items() if isinstance(over, Mapping) else [_split(text) for text in over]
    axes, errors = [], []
    for path, values in pairs:
        try:
            axes.append(_axis(path, values))
        except UserError as mistake:
            errors += [f"--over {path}: {sentence}" for sentence in mistake.sentences]
    paths = [axis.path for axis in axes]
    errors += [
        f"--over {path} is given twice: give all its values at once."
        for path in dict.fromkeys(paths)
        if paths.count(path) > 1
    ]
    count = math.prod(len(axis.values) for axis in axes)
    if count > MOST:
        errors.append(f"The sweep has {count:,} points, and the limit is {MOST:,}: give fewer.")
    if not axes and not errors:
        errors.append("Say what to vary: --over PATH=VALUES, such as --over n=100,1000.")
    if errors:
        raise UserError(*errors)
    return axes


def points_of(axes: Sequence[Axis]) -> list[tuple[Any, ...]]:
    """Every combination of values, the last axis fastest."""
    return list(itertools.product(*(axis.values for axis in axes)))


def _split(text: str) -> tuple[str, str]:
    path, _, values = text.partition("=")
    return path, values


def _axis(path: str, given: Any) -> Axis:
    if not path:
        raise UserError("write it as PATH=VALUES, such as n=100,1000.")
    if isinstance(given, str):
        spaced = _range(given)
        values, log = spaced or (given.split(","), False)
    else:
        values = [v if isinstance(v, (str, Part)) else _text(v) for v in given]
        spaced, log = None, False
    values = [value.strip() if isinstance(value, str) else value for value in values]
    if not values or "" in values:
        raise UserError("there is an empty value: write values with commas, or LOW:HIGH:COUNT.")
    names = [shown(value) for value in values]
    if len({*names}) < len(names):
        raise UserError(f"a value is given twice in {', '.join(names)}.")
    return Axis(path, tuple(values), log, spaced is not None)


def _range(text: str) -> tuple[list[str], bool] | None:
    """The values of LOW:HIGH:COUNT[:log]; None if it is no range."""
    parts = text.split(":")
    if len(parts) not in (3, 4) or any(_number(part) is None for part in parts[:3]):
        return None
    low, high, count = (_number(part) for part in parts[:3])
    log = parts[3:] == ["log"]
    if parts[3:] and not log:
        raise UserError(f"{parts[3]!r} is no spacing: write LOW:HIGH:COUNT, or add :log.")
    if not (2 <= count <= MOST and count == int(count)):  # also of what is not finite
        raise UserError(f"the COUNT of a range must be a whole number from 2 on, not {parts[2]}.")
    if not (math.isfinite(low) and math.isfinite(high)) or low == high:
        raise UserError(f"a range needs two different finite ends, not {parts[0]} and {parts[1]}.")
    if log and min(low, high) <= 0:
        raise UserError("a range with equal ratios needs both ends above 0.")
    between = (np.geomspace if log else np.linspace)(low, high, int(count))
    return [f"{value:.{DIGITS}g}" for value in between], log


def _text(value: Any) -> str:
    """A number as after ``--set``: whole ones with all their digits."""
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    return str(int(value)) if whole else f"{value:.{DIGITS}g}"


def _number(value: Any) -> float | None:
    try:
        return float(value) if isinstance(value, (str, int, float)) else None
    except ValueError:
        return None
