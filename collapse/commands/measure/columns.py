"""The roles of the columns of a file: answer, prompt, model, class and score."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from collapse.commands.measure import fields
from collapse.commands.measure.sources import Source
from collapse.errors import UserError

if TYPE_CHECKING:
    from collapse.commands.measure.tally import Tally


@dataclass(frozen=True)
class Columns:
    """Names of columns by the options; None if not given."""

    field: str | None = None
    prompt: str | None = None
    group_by: str | None = None
    classes: str | None = None
    scores: str | None = None
    right: str | None = None


ROLES = ("prompt", "group_by", "classes", "scores", "right")


class Places(NamedTuple):
    """The columns of a file; None for roles without a column."""

    answer: tuple[str, ...]
    prompt: str | None
    group_by: str | None
    classes: str | None
    scores: str | None
    beside: tuple[
        str, ...
    ] = ()  # columns without a role that have a usual name of models or prompts


def places_of(source: Source, rows: list[dict], wanted: Columns, tally: "Tally") -> Places | None:
    """The columns of a file with the first records ``rows``; None for plain text. Guesses are noted
    in ``tally``. Raises ``UserError``."""
    named = {name: getattr(wanted, name) for name in ROLES}
    named = {name: column for name, column in named.items() if column}
    if not rows:
        if named:
            flags = (f"--{name.replace('_', '-')} {column}" for name, column in named.items())
            raise UserError(f"{source} has no columns: leave out {' and '.join(flags)}.")
        return None
    tally.columned = True
    columns = list(dict.fromkeys(key for row in rows for key in row))
    fields.missing(str(source), list(named.values()), columns)
    answer = fields.choose(str(source), rows, wanted.field, set(named.values()))
    if wanted.field is None:
        tally.fields.setdefault(answer, []).append(str(source))
    prompt, scores = wanted.prompt, wanted.scores
    if prompt is None and "prompt" in columns and isinstance(rows[0].get(answer[0]), list):
        # A record with a list of answers is one prompt, asked several times.
        tally.grouped = prompt = "prompt"
    if wanted.classes and prompt is None:
        raise UserError(
            f"{source}: --classes are within a prompt: name the column of prompts by --prompt."
        )
    if wanted.classes and scores is None and fields.SCORES in columns:
        tally.scored = scores = fields.SCORES
    used = {*answer, prompt, wanted.group_by, wanted.classes, scores}
    usual = (set() if wanted.group_by else fields.MODELS) | (set() if prompt else fields.PROMPTS)
    beside = tuple(name for name in columns if name not in used and name.lower() in usual)
    return Places(answer, prompt, wanted.group_by, wanted.classes, scores, beside)
