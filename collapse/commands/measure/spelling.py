"""What counts in a text: what is made equal before answers are compared, and what a word is."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import regex

from collapse.commands.measure.words import Words
from collapse.errors import UserError, attempt
from collapse.metrics.segment import CHARACTERS, COUNTS, KINDS, PHRASES, Segmenter
from collapse.report.numbers import number
from collapse.suggest import listed, unknown

QUOTES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\uff07", "'"))
QUOTES |= str.maketrans(dict.fromkeys("\u201c\u201d\uff02", '"'))
MARKS = regex.compile(r"\p{P}+")
STEPS: dict[str, Callable[[str], str]] = {
    "nfc": lambda text: unicodedata.normalize("NFC", text),
    "nfkc": lambda text: unicodedata.normalize("NFKC", text),
    "quotes": lambda text: text.translate(QUOTES),
    "case": str.casefold,
    "punctuation": lambda text: " ".join(MARKS.sub("", text).split()),
    "space": lambda text: "".join(text.split()),
}
DEFAULT = ("nfc",)


@dataclass(eq=False)
class Spelling:
    """Makes texts equal that differ in nothing that counts, and splits them into words.

    ``steps`` are names of ``STEPS`` in their order. ``changed`` counts the answers that they
    changed.
    """

    steps: tuple[str, ...] = DEFAULT
    segmenter: Segmenter = field(default_factory=Segmenter)
    changed: int = 0

    def __call__(self, text: str) -> str:
        """The text of an answer as it is compared and shown."""
        found = self.steps_of(text)
        self.changed += found != text
        return found

    def steps_of(self, text: str) -> str:
        """The text after the steps."""
        for step in self.steps:
            if step not in ("nfc", "nfkc") or not text.isascii():
                text = STEPS[step](text)
        return text

    def document(self) -> dict:
        """What is said of it in the document of a measurement."""
        words = self.segmenter
        return {
            "normalise": list(self.steps),
            "changed": self.changed,
            "words": words.name,
            "counts": list(words.counts),
            "scripts": dict(sorted(words.found.items())),
        }


def spelling_of(words: str | None, normalise: str | None) -> Spelling:
    """The spelling that options ask for. Raises ``UserError`` with all errors.

    ``words``: a kind of ``KINDS``, after a comma what of ``COUNTS`` counts; or FILE.py:NAME.
    ``normalise``: names of ``STEPS`` with commas, or "none".
    """
    errors: list[str] = []
    steps = _names(normalise or ",".join(DEFAULT))
    steps = [] if steps == ["none"] else steps
    errors += [unknown("step", name, [*STEPS, "none"]) for name in steps if name not in STEPS]
    segmenter = attempt(errors, _segmenter, words or KINDS[0])
    if errors:
        raise UserError(*errors)
    return Spelling(tuple(name for name in STEPS if name in steps), segmenter)


def _segmenter(words: str) -> Segmenter:
    if ".py:" in words:
        from collapse.scenario.load import thing_in_file

        def is_own(thing, module):
            return callable(thing) and getattr(thing, "__module__", "") == module

        function = thing_in_file(words, "words", is_own)
        if isinstance(function, type) or not callable(function):
            raise UserError(f"{words} must be a function from a text to a list of words.")
        return Segmenter(function, words)
    kind, *counts = _names(words)
    errors = [] if kind in KINDS else [unknown("kind of words", kind, [*KINDS, "FILE.py:NAME"])]
    errors += [
        f"--words {kind} takes {listed(list(COUNTS))} after a comma, not {name!r}."
        for name in counts
        if name not in COUNTS
    ]
    if errors:
        raise UserError(*errors)
    return Segmenter(kind, counts=tuple(counts))


def _names(option: str) -> list[str]:
    return [name.strip() for name in option.split(",") if name.strip()]


def quotes(words: Words, counts: np.ndarray) -> dict[str, float] | None:
    """distinct-1 of answers (K,) as written, and with apostrophes and quotation marks made equal;
    None if these are the same."""
    used = [words.vocabulary[i] for i in np.flatnonzero(words.shares(counts))]
    equal = len({word.translate(QUOTES) for word in used})
    if equal == len(used):
        return None
    total = words.total(counts)
    return {"as_written": len(used) / total, "made_equal": equal / total}


def notes(about: dict) -> list[str]:
    """Notes on how texts were read, from ``text`` of the document."""
    sentences = []
    if about["changed"]:
        how = ", ".join(step.upper() if "nf" in step else step for step in about["normalise"])
        many = "One answer was" if about["changed"] == 1 else f"{about['changed']:,} answers were"
        sentences.append(f"{many} spelled anew ({how}): --normalise chooses how.")
    for how in dict.fromkeys(about["scripts"].values()):
        names = [script for script, other in about["scripts"].items() if other == how]
        what = {CHARACTERS: "characters (grapheme clusters)"}.get(how, how)
        sentence = f"There are no blanks between words of {listed(names)}: counted are {what}"
        if how == CHARACTERS:
            sentence += "; with pip install 'collapse[words]' or PyICU, words where they know some"
        elif how == PHRASES:
            sentence += ", which are longer than words; with PyICU, words"
        sentences.append(sentence + ".")
    for name, distinct in about["quotes"].items():
        written, equal = (number(value) for value in distinct.values())
        if written == equal:
            continue
        sentences.append(
            f"{name}: apostrophes or quotation marks are written in several ways; distinct-1 is "
            f"{written} as written, and {equal} with them made equal (--normalise "
            f"{','.join([*about['normalise'], 'quotes'])})."
        )
    return sentences
