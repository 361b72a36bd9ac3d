"""Read files of verdicts of a judge, on single items or on pairs."""

from dataclasses import dataclass, field

import numpy as np

from collapse.commands.calibrate.sheet import Sheet
from collapse.data.tokens import Tokenizer, guess_tokens
from collapse.errors import UserError
from collapse.files.read import read_objects

QUALITIES = ("label", "human")  # of an item: right or wrong, and a human rating
FEATURES = ("length", "typicality")  # in tokens, and in nats of log-probability under a reference
ITEM = ("text", *QUALITIES, *FEATURES)
SINGLE = (*ITEM, "score", "choice")
BESIDE = ("better", "position", "pair")  # columns of a pair, not of one of its items
PAIRED = (*(f"{name}_{side}" for name in ITEM for side in "ab"), *BESIDE, "choice")
FIRST, SECOND, TIE = 1.0, 0.0, 0.5  # the chosen item, by the order in which they were shown

YES = "1 true t yes y right correct accept accepted keep kept pass passed"
NO = "0 false f no n wrong incorrect reject rejected drop dropped fail failed"
ANSWERS = dict.fromkeys(YES.split(), 1.0) | dict.fromkeys(NO.split(), 0.0)
SIDES = {"a": "a", "b": "b", "tie": "tie", "equal": "tie", "both": "tie", "neither": "tie"}
PLACES = {"first": "first", "second": "second", "1": "first", "2": "second"}


@dataclass(frozen=True, eq=False)
class Verdicts:
    """Verdicts as arrays (n,), one number per row; None without such a column.

    ``columns`` holds label, human, length and typicality. For pairs it holds their differences,
    first less second item as shown, and ``better``.
    """

    paired: bool
    rows: int
    columns: dict[str, np.ndarray]
    score: np.ndarray | None = None  # of single items
    accepted: np.ndarray | None = None  # of single items, 1 or 0
    chosen: np.ndarray | None = None  # of pairs: FIRST, SECOND or TIE
    pair: np.ndarray | None = None  # number of the two items, in either order; -1 if unknown
    turned: np.ndarray | None = None  # whether a pair is shown in the second of its orders
    notes: list[str] = field(default_factory=list)  # guesses


def read_verdicts(path, names: list[str] | None = None, reference=None) -> Verdicts:
    """Read the verdicts of a CSV, JSON or JSONL file, plain or gzip. ``names`` are settings
    NAME=COLUMN for columns with other names; ``reference`` is a text file for typicality. Raises
    ``UserError`` with all errors."""
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
            f"{sheet.path}: every label is {which}. Add verdicts on items that are {other}."
        )
    return Verdicts(False, len(sheet.records), columns, score, accepted, notes=notes)


def _pairs(sheet: Sheet, reference, notes: list[str]) -> Verdicts:
    for name in ITEM:
        sides = [side for side in "ab" if sheet.has(f"{name}_{side}")]
        if len(sides) == 1:
            other = "ba"["ab".index(sides[0])]
            sheet.lacks(f"{name}_{other}, which {name}_{sides[0]} needs", PAIRED)
    a_first = np.ones(len(sheet.records))
    if sheet.has("position"):
        known = {"a": 1.0, "b": 0.0, "1": 1.0, "2": 0.0, "first": 1.0, "second": 0.0}
        a_first = sheet.words("position", known)
    else:
        notes.append("position: no such column, so that a counts as shown first in every row")
    order = np.where(a_first == 1, 1.0, -1.0)
    a, b = (_features(sheet, f"_{side}", reference, notes) for side in "ab")
    columns = {name: order * (a[name] - b[name]) for name in a if name in b}
    if sheet.has("better"):
        better = sheet.words("better", {"a": 1.0, "b": -1.0, "tie": 0.0, "equal": 0.0})
        columns["better"] = order * better
    if not sheet.has("choice"):
        sheet.lacks("choice (a, b, first, second or tie)", PAIRED)
        return Verdicts(True, len(sheet.records), columns)
    choice = sheet.words("choice", SIDES | PLACES)
    own = np.where(a_first == 1, "a", "b")
    chosen = np.where((choice == "first") | (choice == own), FIRST, SECOND)
    chosen[choice == "tie"] = TIE
    if sheet.has("position") and any(word in PLACES.values() for word in choice):
        notes.append("choice: first, second, 1 and 2 are positions in the order shown")
    pair, turned = _orders(sheet, a_first)
    verdicts = Verdicts(True, len(chosen), columns, None, None, chosen, pair, turned, notes)
    if not sheet.errors and (chosen == TIE).all():
        sheet.errors.append(f"{sheet.path}: every choice is a tie. Add verdicts that are not.")
    return verdicts


def _features(sheet: Sheet, side: str, reference, notes: list[str]) -> dict[str, np.ndarray]:
    """The columns of an item by name; length and typicality from its text, if not given."""
    columns = {}
    if sheet.has(f"label{side}"):
        columns["label"] = sheet.words(f"label{side}", ANSWERS)
    for name in ("human", *FEATURES):
        if sheet.has(name + side):
            columns[name] = sheet.numbers(name + side)
    texts = sheet.texts(f"text{side}") if sheet.has(f"text{side}") else None
    if "length" not in columns and texts is not None:
        columns["length"], note = token_counts(texts, sheet.every_text(side))
        notes += [note] if note not in notes else []
    if reference is None:
        return columns
    if "typicality" in columns or texts is None:
        why = "there is a column typicality" if "typicality" in columns else "there is no text"
        error = f"{sheet.path}: --reference cannot be used, as {why}. Leave it out."
        sheet.errors += [error] if error not in sheet.errors else []
    elif not sheet.errors:
        from collapse.commands.calibrate.typicality import log_probs

        columns["typicality"] = log_probs(texts, reference, sheet.every_text(side))
        note = "typicality: log-probability under a bigram model of the reference, smoothed"
        notes += [note] if note not in notes else []
    return columns


def token_counts(texts: list[str], every: list[str]) -> tuple[np.ndarray, str]:
    """Tokens of each text (n,), with the tokenizer guessed from all texts, and a note on it."""
    tokens, reason = guess_tokens(every, None)
    tokenizer = Tokenizer.learn(tokens, every)
    counts = np.array([float(len(tokenizer.encode(text))) for text in texts])
    return counts, f"length: {tokens} tokens of the text ({reason})"


def _orders(sheet: Sheet, a_first: np.ndarray):
    """The pair of items of each row and their order, by their texts or the column pair."""
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
