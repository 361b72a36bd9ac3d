"""Files of verdicts: what a judge said of items, one at a time or two side by side."""

from dataclasses import dataclass, field

import numpy as np

from collapse.commands.calibrate.sheet import Sheet
from collapse.data.tokens import Tokenizer, guess_tokens
from collapse.errors import UserError
from collapse.files.read import read_objects

QUALITIES = ("label", "human")  # of an item: right or wrong, and a number that people gave it
FEATURES = ("length", "typicality")  # in tokens, and in nats of log-probability under a reference
ITEM = ("text", *QUALITIES, *FEATURES)
SINGLE = (*ITEM, "score", "choice")
BESIDE = ("better", "position", "pair")  # columns of pairs that are not of one of the two
PAIRED = (*(f"{name}_{side}" for name in ITEM for side in "ab"), *BESIDE, "choice")
FIRST, SECOND, TIE = 1.0, 0.0, 0.5  # what was chosen, by the order in which it was shown

YES = "1 true t yes y right correct accept accepted keep kept pass passed"
NO = "0 false f no n wrong incorrect reject rejected drop dropped fail failed"
ANSWERS = dict.fromkeys(YES.split(), 1.0) | dict.fromkeys(NO.split(), 0.0)
SIDES = {"a": "a", "b": "b", "tie": "tie", "equal": "tie", "both": "tie", "neither": "tie"}
PLACES = {"first": "first", "second": "second", "1": "first", "2": "second"}


@dataclass(frozen=True, eq=False)
class Verdicts:
    """What was read. Arrays have one number a row (n,); None where there is no such column.

    ``columns`` holds label, human, length and typicality; of pairs, and ``better``, the difference
    between the item shown first and the one shown second.
    """

    paired: bool
    rows: int
    columns: dict[str, np.ndarray]
    score: np.ndarray | None = None  # of single items
    accepted: np.ndarray | None = None  # of single items, 1 or 0
    chosen: np.ndarray | None = None  # of pairs: FIRST, SECOND or TIE
    pair: np.ndarray | None = None  # a number for each two items, in whichever order; -1 unknown
    turned: np.ndarray | None = None  # whether a pair is shown in the second of its two orders
    notes: list[str] = field(default_factory=list)  # what was guessed


def read_verdicts(path, names: list[str] | None = None, reference=None) -> Verdicts:
    """The verdicts of a CSV, JSON or JSONL file, plain or gzip. ``names`` are settings NAME=COLUMN
    for columns with other names; ``reference`` is a file of text to take typicality from.
    Raises ``UserError``, with all that is wrong."""
    records, notes = read_objects(path)
    sheet = Sheet(str(path), records)
    pairs_only = set(PAIRED) - {"choice"}
    sheet.rename(names or [], dict.fromkeys((*SINGLE, *PAIRED)))
    paired = any(sheet.has(name) for name in pairs_only)
    verdicts = (_pairs if paired else _singles)(sheet, reference, notes)
    if sheet.errors:
        raise UserError(*sheet.errors)
    return verdicts


def _singles(sheet: Sheet, reference, notes: list[str]) -> Verdicts:
    if not sheet.has("score") and not sheet.has("choice"):
        sheet.lacks("score (a number) or choice (1 or 0, keep or drop)", SINGLE)
    if not any(map(sheet.has, QUALITIES)):
        sheet.lacks("label (right or wrong) or human (a number)", SINGLE)
    columns = _features(sheet, "", reference, notes)
    score = sheet.numbers("score") if sheet.has("score") else None
    accepted = sheet.words("choice", ANSWERS) if sheet.has("choice") else None
    label = columns.get("label")
    if label is not None and "human" not in columns and len(set(label)) == 1:
        which, other = ("right", "wrong") if label[0] == 1 else ("wrong", "right")
        sheet.errors.append(
            f"{sheet.path}: every label is {which}, so that nothing can be said of what is "
            f"{other}. Add verdicts on items that are {other}."
        )
    return Verdicts(False, len(sheet.records), columns, score, accepted, notes=notes)


def _pairs(sheet: Sheet, reference, notes: list[str]) -> Verdicts:
    for name in ITEM:
        sides = [side for side in "ab" if sheet.has(f"{name}_{side}")]
        if len(sides) == 1:
            other = "ba"["ab".index(sides[0])]
            sheet.lacks(f"{name}_{other}, which {name}_{sides[0]} needs beside it", PAIRED)
    a_first = np.ones(len(sheet.records))
    if sheet.has("position"):
        known = {"a": 1.0, "b": 0.0, "1": 1.0, "2": 0.0, "first": 1.0, "second": 0.0}
        a_first = sheet.words("position", known)
    else:
        notes.append("position: none, so that a was shown first in every row")
    order = np.where(a_first == 1, 1.0, -1.0)
    a, b = (_features(sheet, f"_{side}", reference, notes) for side in "ab")
    columns = {name: order * (a[name] - b[name]) for name in a if name in b}
    if sheet.has("better"):
        better = sheet.words("better", {"a": 1.0, "b": -1.0, "tie": 0.0, "equal": 0.0})
        columns["better"] = order * better
    if not sheet.has("choice"):
        sheet.lacks("choice (a, b, first, second or tie)", PAIRED)
        return Verdicts(True, len(sheet.records), columns)
    said = sheet.words("choice", SIDES | PLACES)
    own = np.where(a_first == 1, "a", "b")
    chosen = np.where((said == "first") | (said == own), FIRST, SECOND)
    chosen[said == "tie"] = TIE
    if sheet.has("position") and any(word in PLACES.values() for word in said):
        notes.append("choice: first, second, 1 and 2 are places in the order shown")
    pair, turned = _orders(sheet, a_first)
    verdicts = Verdicts(True, len(chosen), columns, None, None, chosen, pair, turned, notes)
    if not sheet.errors and (chosen == TIE).all():
        sheet.errors.append(f"{sheet.path}: every choice is a tie. Give some that are not.")
    return verdicts


def _features(sheet: Sheet, side: str, reference, notes: list[str]) -> dict[str, np.ndarray]:
    """The columns of an item, by name; length and typicality from its text if need be."""
    found = {}
    if sheet.has(f"label{side}"):
        found["label"] = sheet.words(f"label{side}", ANSWERS)
    for name in ("human", *FEATURES):
        if sheet.has(name + side):
            found[name] = sheet.numbers(name + side)
    texts = sheet.texts(f"text{side}") if sheet.has(f"text{side}") else None
    if "length" not in found and texts is not None:
        found["length"], note = token_counts(texts, sheet.every_text(side))
        notes += [note] if note not in notes else []
    if reference is None:
        return found
    if "typicality" in found or texts is None:
        why = "there is a column typicality" if "typicality" in found else "there is no text"
        told = f"{sheet.path}: --reference cannot be used, as {why}. Leave it out."
        sheet.errors += [told] if told not in sheet.errors else []
    elif not sheet.errors:
        from collapse.commands.calibrate.typicality import log_probs

        found["typicality"] = log_probs(texts, reference, sheet.every_text(side))
        note = "typicality: log-probability under a bigram model of the reference, smoothed"
        notes += [note] if note not in notes else []
    return found


def token_counts(texts: list[str], every: list[str]) -> tuple[np.ndarray, str]:
    """(n,) tokens of each text, cut as the whole of the texts suggests, and the note on it."""
    tokens, reason = guess_tokens(every, None)
    tokenizer = Tokenizer.learn(tokens, every)
    counts = np.array([float(len(tokenizer.encode(text))) for text in texts])
    return counts, f"length: {tokens} tokens of the text ({reason})"


def _orders(sheet: Sheet, a_first: np.ndarray):
    """Which two items each row compares, and in which order, by their text or the column pair."""
    if sheet.has("text_a") and sheet.has("text_b"):
        shown = zip(sheet.texts("text_a"), sheet.texts("text_b"), a_first == 1, strict=True)
        keys = [(a, b) if first else (b, a) for a, b, first in shown]
    elif sheet.has("pair"):
        shown = zip(sheet.texts("pair"), a_first == 1, strict=True)
        keys = [
            (f"{name} 0", f"{name} 1") if a else (f"{name} 1", f"{name} 0") for name, a in shown
        ]
    else:
        return None, None
    numbers: dict = {}
    pair = [numbers.setdefault(tuple(sorted(key)), len(numbers)) for key in keys]
    pair = [-1 if key[0] == key[1] else p for key, p in zip(keys, pair, strict=True)]
    return np.array(pair), np.array([key[0] > key[1] for key in keys])
