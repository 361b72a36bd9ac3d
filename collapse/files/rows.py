"""What one row of a file holds: an answer of a model, or a verdict of a judge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple


class Answer(NamedTuple):
    """One answer of a model. Reasoning stands apart from ``text``."""

    text: str
    place: str  # where it stands in its file: "line 3", "item 3", "line 3, choice 2"
    prompt: str | None = None
    model: str | None = None
    group: str | None = None  # the value of the column that ``--group-by`` names
    reasoning: str | None = None
    finish: str | None = None  # finish_reason: "stop", "length", ...
    scores: Mapping[str, float] = MappingProxyType({})  # logged with the answer, by name
    mark: str = ""  # why it may be left out: "failed", "null", "empty", "cut" or "refusals"


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer as a judge was shown it. A file of verdicts may hold no texts."""

    text: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One verdict of a judge, on a pair of answers in the order shown or on one answer."""

    place: str
    first: Shown
    second: Shown | None  # None: one answer was rated
    outcome: float | None  # pair: 1 first, 0 second, 0.5 tie, or a share; one answer: its score
    missing: str = ""  # why there is no outcome: "blank", "error", "-1", "both bad"
    question: str | None = None  # which question or prompt was answered
    turn: str | None = None
    judge: str | None = None
    repeat: str | None = None  # which repetition of the same question to the same judge
    other: Mapping[str, object] = field(default_factory=dict)  # the other columns of the row
