"""The columns of a file that is none of the known formats: which holds the answers.

An identifier, a date, a prompt, a model, and what is the same in every row, is never taken. Where
more than one column could be the answers the user has to choose.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from collapse.errors import UserError
from collapse.files.cells import NUMBER
from collapse.files.names import ANSWERS, CODE, DATE, HEX, IDENTIFIER, MODELS, PROMPTS, last
from collapse.files.paths import flat, has, line
from collapse.suggest import listed, unknown

EXAMPLE = 60  # characters of an example in a sentence


class Unclear(UserError):
    """Several columns could hold the answers: the user has to choose."""


@dataclass
class Profile:
    """What the first records hold at one path."""

    path: str
    values: list = field(default_factory=list)  # without null and blank ones

    @property
    def name(self) -> str:
        return last(self.path)

    @property
    def texts(self) -> list[str]:
        return [value for value in self.values if isinstance(value, str)]

    def why_not(self) -> str:
        """Why it cannot be the answers; empty if it could."""
        if not self.values:
            return "null"
        if self.name in PROMPTS:
            return "a prompt"
        if self.name in MODELS:
            return "a model"
        if self.name in ANSWERS:
            return ""
        texts = self.texts
        if not texts or all(NUMBER.fullmatch(text.strip()) for text in texts):
            return "a number"
        if all(text.strip().lower() in ("true", "false") for text in texts):
            return "true or false"
        if all(DATE.fullmatch(text.strip()) for text in texts):
            return "a date"
        if IDENTIFIER.fullmatch(last_written(self.path)) or all(map(HEX.fullmatch, texts)):
            return "an identifier"
        whole = len(texts) == len(self.values)
        if whole and len(set(texts)) == len(texts) > 2 and all(map(CODE.fullmatch, texts)):
            return "an identifier"
        return ""

    @property
    def is_constant(self) -> bool:
        return len(self.values) > 1 and all(value == self.values[0] for value in self.values)

    def example(self) -> str:
        text = " ".join(str(self.values[0]).split())
        return text if len(text) <= EXAMPLE else f"{text[:EXAMPLE]}..."


def last_written(path: str) -> str:
    """The name at the end of a path, as it is written."""
    return path.rsplit(".", 1)[-1].removesuffix("[]")


def profiles(rows: Sequence[dict]) -> dict[str, Profile]:
    """What the first records hold, by path."""
    found: dict[str, Profile] = {}
    for row in rows:
        for path, values in flat(row).items():
            profile = found.setdefault(path, Profile(path))
            profile.values += [
                one for value in values for one in _parts(value) if not _is_blank(one)
            ]
    return found


def _parts(value: Any) -> list:
    """A value, or what is in a list, and in the lists of that."""
    if not isinstance(value, list):
        return [value]
    return [part for one in value for part in (one if isinstance(one, list) else [one])]


def _is_blank(value: Any) -> bool:
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def choose(name: str, rows: Sequence[dict], taken: set[str]) -> str:
    """The path of the answers in the file ``name``, of which ``rows`` are the first records; paths
    in ``taken`` have another role. Raises ``UserError`` if it is not clear."""
    found = profiles(rows)
    could = _once({p: one for p, one in found.items() if p not in taken and not one.why_not()})
    usual = {path: one for path, one in could.items() if one.name in ANSWERS}
    usual = {path: one for path, one in usual.items() if _says_something(one)} or usual
    if not usual and len(found) > 1:  # beside others, a constant is a label of the file
        could = {p: one for p, one in could.items() if not one.is_constant}
    varied = {p: one for p, one in usual.items() if not one.is_constant}
    clear = usual if any(map(_says_something, usual.values())) else {}
    for choice in (could, clear, varied if clear else {}):
        if len(choice) == 1:
            return next(iter(choice))
    if could:
        unlike = {path: one for path, one in could.items() if not one.is_constant}
        raise Unclear(_several(name, unlike if len(unlike) > 1 else could))
    if not found:
        raise UserError(f"{name} has no columns. Give records with named fields.")
    same = "the same in every row"
    why = {path: one.why_not() or same for path, one in found.items() if path not in taken}
    shown = listed([f"{path} ({what})" for path, what in why.items()])
    raise UserError(f"{name} has no column of text, only {shown}. Name one by --field.")


def _once(could: dict[str, Profile]) -> dict[str, Profile]:
    """The columns without those inside an object that hold the same texts as a column nearer to the
    top: a response as it came, of which the text is kept beside it."""
    nearest: dict[tuple, int] = {}
    texts = {path: tuple(line(str(x)) for x in one.values) for path, one in could.items()}
    for path, held in texts.items():
        nearest[held] = min(path.count("."), nearest.get(held, path.count(".")))
    return {path: could[path] for path, held in texts.items() if path.count(".") == nearest[held]}


def _says_something(one: Profile) -> bool:
    return bool(one.texts) and not all(NUMBER.fullmatch(text.strip()) for text in one.texts)


def _several(name: str, could: dict[str, Profile]) -> str:
    examples = listed([f"--field {path} ({one.example()})" for path, one in could.items()], 6)
    return (
        f"{name} has several columns of text: {listed(could)}. Name the one with the answers: "
        f"{examples}. Two with a comma between them are joined."
    )


def wants_more(rows: Sequence[dict]) -> bool:
    """Whether a column that could hold the answers is null, or the same, in all of these
    records."""
    found = profiles(rows)
    if any(one.values for one in found.values() if one.name in ANSWERS):
        return False
    empty = [one for one in found.values() if not one.values]
    could = [one for one in found.values() if not one.why_not()]
    if any(one.name in ANSWERS for one in empty):
        return True
    return all(one.is_constant for one in could) and bool(empty or (could and len(found) > 1))


def columns_of(rows: Sequence[dict]) -> list[str]:
    """The names of all columns, in order."""
    return list(dict.fromkeys(key for row in rows for key in row))


def missing(name: str, wanted: Sequence[str], rows: Sequence[dict]) -> None:
    """Raise ``UserError`` for columns, or paths, that no record has."""
    absent = [path for path in wanted if not any(has(row, path) for row in rows)]
    known = columns_of(rows)
    if any("." in path or "[" in path for path in absent):
        known = list(profiles(rows))
    if absent:
        raise UserError(*(f"{name}: {unknown('column', path, known)}" for path in absent))
