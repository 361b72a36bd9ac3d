"""The column of the answers, and the texts in a record."""

from math import isfinite
from typing import Any

from collapse.errors import UserError
from collapse.files.records import JSON_NAMES, NUMBER
from collapse.suggest import listed, unknown

# Usual names of a column of answers; if several columns have one, the user must choose.
USUAL = frozenset(
    ("answer", "answers", "completion", "completions", "content", "generated", "generated_text")
    + ("generation", "generations", "joke", "message", "output", "outputs", "prediction")
    + ("response", "responses", "text")
)

# Usual names of a column of models, and of prompts.
MODELS = frozenset(("model", "models", "model_id", "model_name", "generator", "engine"))
PROMPTS = frozenset(
    ("prompt", "prompts", "prompt_id", "question", "question_id", "questions", "query")
    + ("instruction", "instructions", "doc_id", "problem", "problem_id")
)

SCORES = "generation_scores"  # the column in the results of NoveltyBench


class Unfit(Exception):
    """A record without a usable answer, and why."""


def choose(name: str, rows: list[dict], wanted: str | None, taken: set[str]) -> tuple[str, ...]:
    """The columns of the answer; several are joined.

    ``rows`` are the first of the file ``name``; ``wanted`` is the column asked for, or several with
    commas; ``taken`` are columns with another role. Raises ``UserError`` if the choice is not
    clear."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    if wanted is not None:
        names = [wanted] if wanted in columns else [part.strip() for part in wanted.split(",")]
        missing(name, names, columns)
        return tuple(names)
    texts = [c for c in columns if c not in taken and _holds_text([row.get(c) for row in rows])]
    usual = [column for column in texts if column.lower() in USUAL]
    for choice in (texts, usual):
        if len(choice) == 1:
            return (choice[0],)
    if not texts:
        raise UserError(
            f"{name} has no column of text, only {listed(columns)}. Name one by --field."
        )
    raise UserError(
        f"{name} has several columns of text: {listed(texts)}. Name the one with the answers by "
        "--field (two with a comma between them are joined)."
    )


def missing(name: str, wanted: list[str], columns: list[str]) -> None:
    """Raise ``UserError`` for columns that a file does not have."""
    errors = [f"{name}: {unknown('column', n, columns)}" for n in wanted if n not in columns]
    if errors:
        raise UserError(*errors)


def _holds_text(values: list) -> bool:
    """Whether a column holds text, or lists of text, and not only numbers."""
    flat = [x for value in values for x in (value if isinstance(value, list) else [value])]
    flat = [x for x in flat if x is not None and x != ""]
    texts = [x for x in flat if isinstance(x, str)]
    return bool(texts) and not all(NUMBER.fullmatch(text.strip()) for text in texts)


def answers(record: dict, names: tuple[str, ...]) -> list[str]:
    """The answers of a record: several if the column holds a list. Raises ``Unfit``."""
    if len(names) == 1:
        value = record.get(names[0])
        if isinstance(value, list):
            return [text_of(each, f"an element of {names[0]!r}") for each in value]
        return [text_of(value, repr(names[0]))]
    return [" ".join(text_of(record.get(name), repr(name)) for name in names)]


def classes(record: dict, name: str, many: int) -> list[str]:
    """The class of each of the ``many`` answers of a record. Raises ``Unfit``."""
    return [label_of(each, repr(name)) for each in _as_many(record, name, many)]


def scores(record: dict, name: str | None, many: int) -> list[float]:
    """The score of each of the ``many`` answers; NaN without a column. Raises ``Unfit``."""
    if name is None:
        return [float("nan")] * many
    values = _as_many(record, name, many)
    try:
        found = [float(value) for value in values]
    except (TypeError, ValueError, OverflowError):
        found = [float("nan")]
    if not all(map(isfinite, found)):
        raise Unfit(f"{name!r} holds a score that is not a number")
    return found


def _as_many(record: dict, name: str, many: int) -> list:
    value = record.get(name)
    values = value if isinstance(value, list) else [value]
    if len(values) != many:
        raise Unfit(f"{name!r} holds {len(values)} values for {many} answers")
    return values


def label_of(value: Any, what: str) -> str:
    """A label, such as a prompt, a model or a class, as text: 1 and 1.0 are the same label."""
    whole = isinstance(value, float) and value.is_integer()
    return text_of(int(value) if whole else value, what)


def text_of(value: Any, what: str) -> str:
    """A value as text, with white space as single spaces; numbers as in JSON."""
    if isinstance(value, str):
        text = " ".join(value.split())
        # JSON that was cut inside an emoji has half a surrogate pair, which is not text.
        return (
            text
            if text.isascii()
            else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        )
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if value is None:
        raise Unfit(f"it has no {what}")
    raise Unfit(f"{what} is {JSON_NAMES.get(type(value), 'no text')}, not text")
