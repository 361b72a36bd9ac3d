"""Classes, scores and right answers beside the answers of a record."""

from math import isfinite

from collapse.files.names import MODELS, PROMPTS, SCORES
from collapse.files.paths import label, values
from collapse.files.said import Unfit

__all__ = ["MODELS", "PROMPTS", "SCORES", "classes", "rights", "scores"]


def classes(record: dict, path: str, many: int) -> list[str]:
    """The class of each of the ``many`` answers of a record. Raises ``Unfit``."""
    held = _as_many(record, path, many)
    if any(value is None for value in held):
        raise Unfit(f"it has no {path!r}")
    if any(isinstance(value, dict | list) for value in held):
        raise Unfit(f"{path!r} holds a list or an object, not a class")
    return [label(value) for value in held]


def scores(record: dict, path: str | None, many: int) -> list[float]:
    """The score of each of the ``many`` answers; NaN without a column. Raises ``Unfit``."""
    if path is None:
        return [float("nan")] * many
    held = _as_many(record, path, many)
    try:
        found = [float(value) for value in held]
    except (TypeError, ValueError, OverflowError):
        found = [float("nan")]
    if not all(map(isfinite, found)):
        raise Unfit(f"{path!r} holds a score that is not a number")
    return found


def rights(record: dict, path: str | None, many: int) -> list[str | None]:
    """What the column of right answers says of each answer of a record: its value, or that for
    each in a list. None where it is empty. Raises ``Unfit``."""
    if path is None:
        return [None] * many
    held = values(record, path) or [None]
    if len(held) == 1:
        held = held[0] if isinstance(held[0], list) else held * many
    if len(held) != many:
        raise Unfit(f"{path!r} holds {len(held)} values for {many} answers")
    return [None if value is None else label(value) or None for value in held]


def _as_many(record: dict, path: str, many: int) -> list:
    held = values(record, path)
    if len(held) == 1 and isinstance(held[0], list):
        held = held[0]
    if not held:
        raise Unfit(f"it has no {path!r}")
    if len(held) != many:
        raise Unfit(f"{path!r} holds {len(held)} values for {many} answers")
    return held
