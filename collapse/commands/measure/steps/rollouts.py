"""Read rollouts: answers with a prompt, a score and the step at which they were drawn."""

import math
import re
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from collapse.commands.measure import fields
from collapse.errors import UserError
from collapse.files.answers import Columns, Reader, Row
from collapse.files.containers import Source, sources
from collapse.files.paths import MISSING, first, line, values
from collapse.files.said import Unfit
from collapse.files.troubles import FileRead, Troubles, told
from collapse.suggest import listed

SCORES = ("score", "reward", "rewards", "acc", "accuracy", "correct", "is_correct", "passed")
ENTROPY = ("entropy", "actor/entropy", "mean_entropy")  # of the policy, logged by the trainer
NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, eq=False)
class Rollouts:
    """Arrays (n,), one number for each answer; ``entropy`` is that which the trainer logged, or
    None. ``right`` is the score from which an answer counts as right."""

    step: np.ndarray
    prompt: np.ndarray
    answer: np.ndarray
    score: np.ndarray
    entropy: np.ndarray | None
    right: float
    notes: list[str]
    reads: list[FileRead]
    troubles: Troubles

    @property
    def steps(self) -> np.ndarray:
        return np.unique(self.step)


@dataclass
class _Table:
    """What is read so far."""

    by: str
    troubles: Troubles
    texts: dict[str, int] = field(default_factory=dict)
    prompts: dict[str, int] = field(default_factory=dict)
    reads: list[FileRead] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)  # in order, each once
    step: array = field(default_factory=lambda: array("d"))
    prompt: array = field(default_factory=lambda: array("i"))
    answer: array = field(default_factory=lambda: array("i"))
    score: array = field(default_factory=lambda: array("d"))
    entropy: array = field(default_factory=lambda: array("d"))


def read_rollouts(
    paths: list[Path], columns: Columns, by: str, strict: bool, report: Callable
) -> Rollouts:
    """The rollouts of files and folders. The step is the column ``by``, or where a file has none
    the number in its name. Raises ``UserError`` with all errors."""
    table, errors = _Table(by, Troubles(50) if strict else Troubles()), []
    for source in sources(paths, errors):
        try:
            _read_one(source, columns, table, report)
        except UserError as mistake:
            errors += mistake.sentences
    if errors or not table.step or (strict and table.troubles.count):
        none = (
            f"No answer has a number as its {by!r}: --by names the step of rollouts, and "
            "--group-by the column of models."
        )
        raise UserError(*errors, *table.troubles.sentences(), *([] if table.step else [none]))
    return _finished(table, columns)


def _read_one(source: Source, columns: Columns, table: _Table, report: Callable) -> None:
    reader = Reader(source, columns, table.troubles)
    score, begun, of_file = None, False, math.nan
    for row in reader.rows(lambda done, size: report(done, size, str(source))):
        if not begun:
            begun, score = True, _score_of(source, row, columns.scores)
            of_file = _step_of_file(source, row, table)
        try:
            _add(row, columns, score, of_file, table)
        except Unfit as why:
            table.troubles.note(source, row.place, str(why))
    table.reads.append(reader.about)


def _score_of(source: Source, row: Row, wanted: str | None) -> str:
    """The path of the scores. Raises ``UserError``."""
    names = [wanted] if wanted else [*row.answers[0].scores, *SCORES]
    for name in names:
        if isinstance(row.record, dict) and values(row.record, name):
            return name
    there = list(row.record) if isinstance(row.record, dict) else []
    has = f" It has {listed(there)}." if there else ""
    raise UserError(
        f"{source} has no column of scores{f' {wanted!r}' if wanted else ''}: --by step needs the "
        f"score of each answer. Name its column by --scores.{has}"
    )


def _step_of_file(source: Source, row: Row, table: _Table) -> float:
    """The step in the name of a file whose records have none; NaN if the records have one."""
    if isinstance(row.record, dict) and values(row.record, table.by):
        return math.nan
    name = Path(source.member or source.path.name).name
    numbers = NUMBER.findall(name)
    if len(numbers) != 1:
        raise UserError(
            f"{source} has no column {table.by!r}, and its name no number of a step. Name the"
            " column of the step by --by, or the files by their steps: 1.jsonl, 2.jsonl."
        )
    table.notes[f"The {table.by} is the number in the name of each file."] = None
    return float(numbers[0])


def _add(row: Row, columns: Columns, score: str, of_file: float, table: _Table) -> None:
    step = of_file if of_file == of_file else _number(first(row.record, table.by), table.by)
    worth = fields.scores(row.record, score, len(row.answers))
    found = (first(row.record, name) for name in ENTROPY)
    logged = next((x for x in found if isinstance(x, int | float)), math.nan)
    for one, value in zip(row.answers, worth, strict=True):
        if one.mark in columns.without and one.mark != "empty":
            continue
        if one.prompt is None:
            raise Unfit("it has no prompt: name its column by --prompt")
        text = line(one.text)  # an empty answer is an answer too: it was scored
        table.step.append(step)
        table.prompt.append(table.prompts.setdefault(one.prompt, len(table.prompts)))
        table.answer.append(table.texts.setdefault(text, len(table.texts)))
        table.score.append(value)
        table.entropy.append(logged)


def _number(value: Any, name: str) -> float:
    try:
        number = math.nan if value is MISSING or isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise Unfit(f"{name!r} holds no number")
    return number


def _finished(table: _Table, columns: Columns) -> Rollouts:
    score, entropy = np.array(table.score), np.array(table.entropy)
    right, kinds = _right(score), len(np.unique(score))
    if kinds > 2:
        table.notes[
            f"Scores have {kinds:,} different values: an answer counts as right above {right:g}, "
            "half way between the least and the greatest."
        ] = None
    return Rollouts(
        np.array(table.step),
        np.array(table.prompt, np.int32),
        np.array(table.answer, np.int32),
        score,
        entropy if np.isfinite(entropy).all() else None,
        right,
        [*table.notes, *told(table.reads, columns.without - {"empty"})],
        table.reads,
        table.troubles,
    )


def _right(score: np.ndarray) -> float:
    """The score above which an answer is right: half way between the least and the greatest; 0 if
    all are equal."""
    low, high = float(score.min()), float(score.max())
    return 0.0 if low == high else (low + high) / 2
