"""Declared kinds of items: what a truth draws, and what a model can be fitted to. Parts that do not
fit each other become error sentences before anything is traced."""

from dataclasses import dataclass, field
from string import Formatter
from typing import Any

from collapse.errors import UserError
from collapse.suggest import unknown

POINTS = ("points", "pixels", "labelled", "classes", "rows")  # kinds that are rows of numbers
TEXT = ("tokens", "answers")
SAID = {  # each kind in words, of one size and of none
    "points": "points of {d} numbers",
    "pixels": "points of {d} numbers in [0, 1]",
    "labelled": "points of {d} numbers of which the last is a label",
    "classes": "points of {d} numbers of which the last is one of {classes} classes",
    "rows": "rows of {d} numbers",
    "outcomes": "one of {outcomes} outcomes",
    "counts": "counts without a bound",
    "pairs": "pairs of one of {prompts} prompts and one of {answers} answers",
    "tokens": "rows of {length} tokens out of {vocab_size}",
    "answers": (
        "rows of {length} tokens out of {vocab_size}, {answers} answers to {prompts} prompts"
    ),
}
SIZES = {  # the names of the sizes of each kind
    kind: [name for _, name, _, _ in Formatter().parse(text) if name] for kind, text in SAID.items()
}

SHORT = {"points": "points", "outcomes": "outcomes", "tokens": "rows of tokens"}  # to be read


@dataclass(frozen=True)
class Items:
    """Items of one ``kind`` and their ``sizes``; a size of None, or left out, is any. What a part
    can be fitted to, or can read, may be of ``also`` other kinds. Kind ``rows`` is numbers whose
    meaning the user knows, as those of a kernel density of real data: they may be any of
    ``POINTS``."""

    kind: str
    sizes: dict[str, int | None] = field(default_factory=dict)
    also: tuple[str, ...] = ()

    def __post_init__(self):
        if strange := [kind for kind in (self.kind, *self.also) if kind not in SAID]:
            raise UserError(*[unknown("kind of items", str(kind), list(SAID)) for kind in strange])
        own = SIZES[self.kind]
        has = f"`{self.kind}` has: {', '.join(own)}" if own else f"`{self.kind}` has none"
        if strange := [name for name in self.sizes if name not in own]:
            raise UserError(*[f"Items has no size `{name}`; {has}." for name in strange])

    def __str__(self) -> str:
        given = {name: self.sizes.get(name) for name in SIZES[self.kind]}
        sizes = {name: "any" if size is None else size for name, size in given.items()}
        return SAID[self.kind].format(**sizes).replace("any numbers", "any number of numbers")

    def holds(self, other: "Items") -> bool:
        """Whether ``other`` is of a kind that is meant here."""
        free = other.kind == "rows" and self.kind in POINTS
        return free or other.kind in (self.kind, *self.also)

    def unlike(self, other: "Items") -> dict[str, int]:
        """The sizes of ``other`` that differ from those here."""
        # The words of answers are counted by those that occur: there may be more.
        fewer = "vocab_size" if other.kind == "answers" else None
        both = {name: (self.sizes.get(name), size) for name, size in other.sizes.items()}
        return {
            name: its
            for name, (own, its) in both.items()
            if None not in (own, its) and (own < its if name == fewer else own != its)
        }


def check_compatible(truth: Any, model: Any) -> list[str]:
    """Why the model cannot be fitted to what the truth draws, each a sentence that names both."""
    if not model.learns:  # Sources are made of models that could be
        return [
            f"{type(model).__name__} is a truth only, which cannot be fitted to what "
            f"{type(truth).__name__} draws: choose another model."
        ]
    pairs = [(source, member) for source in truth.singles for member in model.singles]
    errors = [text for source, member in pairs for text in _misfit(source, member, truth, model)]
    return list(dict.fromkeys(errors))


def _misfit(source: Any, member: Any, truth: Any, model: Any) -> list[str]:
    one, other = _named(source, truth), _named(member, model)
    if source.blank:
        return [
            f"The truth {one} has been fitted to nothing, so that it draws nothing that {other} "
            "could be fitted to: give a fitted one."
        ]
    given, wanted = source.gives(), member.takes()
    if given is None or wanted is None:  # tried instead
        return []
    said = f"{other} is fitted to {wanted}, and the truth {one} draws {given}"
    if not wanted.holds(given):
        return [f"{said}: choose another model or truth."]
    unlike = wanted.unlike(given)
    own = [k for k in unlike if k in vars(member) and getattr(member, k) == wanted.sizes[k]]
    if unlike and own == list(unlike) and member is model:
        return [f"{said}: set {', '.join(f'model.{k}={unlike[k]}' for k in own)}."]
    return [f"{said}: give both the same sizes."] if unlike else []


def _named(part: Any, whole: Any) -> str:
    name = type(part).__name__
    return name if part is whole else f"{name} (of {type(whole).__name__})"


def misread(part: Any, truth: Any) -> list[str]:
    """Why a judge, reward or measure cannot read what the truth draws, each with both names."""
    wanted, errors = part.takes(), []
    for source in truth.singles if wanted else ():
        given = None if source.blank else source.gives()
        if given is None or (wanted.holds(given) and not wanted.unlike(given)):
            continue
        read = wanted if wanted.holds(given) else SHORT[wanted.kind]
        errors.append(
            f"{type(part).__name__} reads {read}, and the truth {_named(source, truth)} draws "
            f"{given}: leave it out, or choose another truth."
        )
    return errors
