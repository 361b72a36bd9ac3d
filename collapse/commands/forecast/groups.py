"""The parts of a file with a forecast each: the answers of one model to one prompt.

Answers of several models, or to several prompts, have no common distribution: pooled, they look
more varied than any of them is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from collapse.commands.measure.command import counted
from collapse.commands.measure.fields import MODELS, PROMPTS
from collapse.commands.measure.tally import Corpus, Tally, read
from collapse.errors import UserError
from collapse.files.plan import Columns
from collapse.report.progress import Reading
from collapse.suggest import listed

MOST = 12  # forecasts of one file


@dataclass(frozen=True)
class Part:
    """Counts (K,) of the answers of one model to one prompt, and of the same answers in the
    reference; ``label`` names model and prompt if there are several."""

    label: str
    counts: np.ndarray
    reference: np.ndarray | None


def parts_of(
    path: Path, columns: Columns, reference: Path | None, strict: bool = False
) -> tuple[list[Part], Tally]:
    """The parts of a file, in the order of ``collapse measure``, and how it was read. Raises
    ``UserError`` if answers of several models or prompts would be pooled."""
    tally, theirs = counted(path, columns, None if columns.prompt else reference, strict)
    corpora = tally.corpora()
    if reference is not None and any(corpus.group is not None for corpus in corpora):
        theirs = _by_prompt(reference, columns, tally)
    _refuse_mixed(path, columns, tally)
    size = len(tally.texts)
    prompts = list(tally.groups)
    parts = []
    for corpus in corpora:
        for number, answers in _split(corpus):
            names = [corpus.name] if len(corpora) > 1 else []
            names += [prompts[number]] if number is not None and len(prompts) > 1 else []
            beside = None if theirs is None else _same(theirs, number, size)
            counts = np.bincount(answers, minlength=size)
            parts.append(Part(", ".join(names), counts, beside))
    if len(parts) > MOST:
        raise UserError(
            f"{path} has answers of {len(parts)} models or prompts, and at most {MOST} are forecast"
            " at once. Give a file with fewer."
        )
    return parts, tally


def _split(corpus: Corpus) -> Iterator[tuple[int | None, np.ndarray]]:
    """The answers to each prompt, with its number; all of them if there are no prompts."""
    if corpus.group is None:
        yield None, corpus.answer
        return
    for number in dict.fromkeys(corpus.group.tolist()):
        yield number, corpus.answer[corpus.group == number]


def _same(theirs: Corpus, number: int | None, size: int) -> np.ndarray:
    """(size,) how often the reference holds each answer: to that prompt, if it has prompts."""
    mine = slice(None) if theirs.group is None else theirs.group == number
    return np.bincount(theirs.answer[mine], minlength=size)


def _by_prompt(path: Path, columns: Columns, tally: Tally) -> Corpus:
    """The reference with its prompts, if it has any, from the same column."""
    other = Tally(tally.texts, tally.groups, troubles=tally.troubles)
    with Reading() as reading:
        wanted = Columns(columns.field, columns.prompt, without=columns.without)
        read([path], wanted, other, reading.report)
    corpora = other.corpora()
    if len(corpora) > 1:
        raise UserError(
            f"The reference {path} holds answers of several models: "
            f"{listed([corpus.name for corpus in corpora])}. Name one column by --field."
        )
    return corpora[0]


def _refuse_mixed(path: Path, columns: Columns, tally: Tally) -> None:
    """Raise ``UserError`` if a column looks like models or prompts and no option names it."""
    errors = []
    for option, usual, what in (("group-by", MODELS, "models"), ("prompt", PROMPTS, "prompts")):
        found = tally.several(usual)
        if found:
            name, many = next(iter(found.items()))
            errors.append(
                f"{path} has a column {name} with {many} different values, and {what} must not be "
                f"pooled in a forecast. Name the column for a forecast of each: "
                f"--{option} {name}{_others(list(found)[1:])}."
            )
    if errors:
        raise UserError(*errors)


def _others(names: list[str]) -> str:
    return f" (or {listed(names)})" if names else ""
