"""Verdicts of a judge as arrays, with what is known about the answers they are on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from collapse.commands.calibrate.columns import FEATURES, TIE
from collapse.commands.calibrate.families import is_person, same_family, same_model
from collapse.commands.calibrate.same import (
    by_person,
    clusters,
    key_of,
    numbers,
    orders,
    persons_of_pairs,
)
from collapse.commands.calibrate.texts import FORMATS, length_column, with_format
from collapse.errors import UserError
from collapse.files.rows import Shown, Verdict
from collapse.files.spellings import is_sentinel, kept
from collapse.files.troubles import FileRead, Troubles
from collapse.suggest import listed

GIVEN = ("label", "human", *FEATURES)  # numbers of an item that a file may give
OWN = {"self": same_model, "family": same_family}  # whether an answer is the judge's own


@dataclass(frozen=True, eq=False)
class Verdicts:
    """Verdicts as arrays (n,), one number per row; None without such a column.

    ``columns`` holds label, human, length, typicality, self, family, markdown and lists, NaN where
    a row has none. For pairs it holds their differences, first less second item as shown, and
    ``better``.
    """

    paired: bool
    rows: int
    columns: dict[str, np.ndarray]
    score: np.ndarray | None = None  # of single items
    accepted: np.ndarray | None = None  # of single items, 1 or 0
    chosen: np.ndarray | None = None  # of pairs: FIRST, SECOND or TIE, or between them
    pair: np.ndarray | None = None  # number of the two items, in either order; -1 if unknown
    turned: np.ndarray | None = None  # whether a pair is shown in the second of its orders
    notes: list[str] = field(default_factory=list)  # guesses
    cluster: np.ndarray | None = None  # number of the question, or of the pair
    cluster_of: str = "question"
    models: tuple[list, list] | None = None  # of pairs: the models of the first and the second
    judges: list[str | None] = field(default_factory=list)
    item: np.ndarray | None = None  # of single items: number of the answer; -1 if unknown
    people: dict[str, np.ndarray] = field(default_factory=dict)  # outcome of each person, or NaN
    left_out: dict[str, int] = field(default_factory=dict)  # rows without a verdict, by reason
    silent: np.ndarray | None = None  # of all rows read: 1 where there is no verdict
    asked: np.ndarray | None = None  # of all rows read: number of the question
    unordered: bool = False  # of pairs: nothing says which of the two was shown first
    reads: list[FileRead] = field(default_factory=list)  # how the files were read
    troubles: Troubles = field(default_factory=Troubles)  # rows that could not be read


def arrays(
    rows: Sequence[Verdict], notes: Sequence[str] = (), path: str = "the file", reference=None
) -> Verdicts:
    """Verdicts as arrays. Rows without an outcome are counted and left out; those of people are
    held beside the judge's on the same answers. Raises ``UserError``."""
    notes, rows = list(notes), list(rows)
    if rows and rows[0].second is None and is_sentinel([row.outcome for row in rows]):
        rows = [replace(r, outcome=None, missing="-1") if r.outcome == -1 else r for r in rows]
    left_out = dict(Counter(r.missing or "blank" for r in rows if r.outcome is None))
    if left_out:
        why = ", ".join(f"{count} {reason}" for reason, count in left_out.items())
        notes.append(f"no verdict: {sum(left_out.values())} of {len(rows)} rows, left out ({why})")
    people = [row for row in rows if is_person(row.judge)]
    judged = [row for row in rows if not is_person(row.judge)]
    rows, people = (judged, people) if judged else (people, [])
    silent, asked = np.array([float(row.outcome is None) for row in rows]), clusters(rows)
    rows, people = ([row for row in some if row.outcome is not None] for some in (rows, people))
    if not rows:
        raise UserError(f"{path}: no row holds a verdict.")
    judges = list(dict.fromkeys(row.judge for row in rows if row.judge))
    if len(judges) > 1:
        notes.append(f"{len(judges)} judges, taken together: {listed(judges, 5)}")
    made = (_pairs if rows[0].second else _singles)(rows, people, notes, path, reference)
    return replace(made, left_out=left_out, silent=silent, asked=asked)


def _singles(rows, people, notes, path, reference) -> Verdicts:
    columns = {name: x for name in GIVEN if (x := _given(rows, name)) is not None}
    columns |= _of_items(rows, "first", notes)
    _typicality(columns, rows, path, reference, notes)
    outcome = np.array([row.outcome for row in rows])
    choice = _given(rows, "choice")
    alone = choice is not None and not any("score" in row.other for row in rows)
    label = columns.get("label")
    known = np.array([]) if label is None else label[~np.isnan(label)]
    if len(set(known)) == 1 and "human" not in columns:
        which, other = ("right", "wrong") if known[0] == 1 else ("wrong", "right")
        raise UserError(f"{path}: every label is {which}. Add verdicts on items that are {other}.")
    keys = [key_of(row, row.first) for row in rows]
    persons = by_person(people, [key_of(row, row.first) for row in people])
    return Verdicts(
        False,
        len(rows),
        columns,
        None if alone else outcome,
        choice,
        notes=notes,
        cluster=clusters(rows),
        judges=[row.judge for row in rows],
        item=numbers(keys),
        people={
            name: np.array([of.get(key, np.nan) for key in keys]) for name, of in persons.items()
        },
    )


def _pairs(rows, people, notes, path, reference) -> Verdicts:
    columns = {}
    for name in GIVEN:
        both = [_given(rows, f"{name}_{place}") for place in ("first", "second")]
        if both[0] is not None and both[1] is not None:
            columns[name] = both[0] - both[1]
    first, second = (_of_items(rows, place, notes) for place in ("first", "second"))
    columns |= {name: first[name] - second[name] for name in first if name in second}
    for part, place in ((first, "first"), (second, "second")):
        _typicality(part, rows, path, reference, notes, place)
    if "typicality" in first:
        columns["typicality"] = first["typicality"] - second["typicality"]
    pair, turned = orders(rows)
    chosen = np.array([row.outcome for row in rows])
    if (chosen == TIE).all():
        raise UserError(f"{path}: every choice is a tie. Add verdicts that are not.")
    persons = persons_of_pairs(people, rows)
    better = _given(rows, "better")
    if better is None and persons:
        given = np.array(list(persons.values()))
        count = (~np.isnan(given)).sum(0)
        better = np.where(count > 0, np.nansum(given, 0) / np.maximum(count, 1), np.nan)
        better = np.where(np.isnan(better), np.nan, (np.sign(better - 0.5) + 1) / 2)
        notes.append(f"better: the majority of {len(persons)} people")
    if better is not None:
        columns["better"] = 2 * better - 1
    named = all(row.first.model and row.second.model for row in rows)
    cluster, what = clusters(rows), "question"
    if cluster is None and pair is not None and (pair >= 0).all():
        cluster, what = pair, "pair"
    return Verdicts(
        True,
        len(rows),
        columns,
        None,
        None,
        chosen,
        pair,
        turned,
        notes,
        cluster,
        what,
        ([r.first.model for r in rows], [r.second.model for r in rows]) if named else None,
        [row.judge for row in rows],
        people=persons,
    )


def _given(rows: Sequence[Verdict], name: str) -> np.ndarray | None:
    """A column of numbers that the file gives; NaN where a row has none."""
    if not any(row.other.get(name) is not None for row in rows):
        return None
    read = kept if name.startswith("label") else float
    cells = [row.other.get(name) for row in rows]
    values = [x if isinstance(x, float) or x is None else read(x) for x in cells]
    values = [x[0] if isinstance(x, tuple) else x for x in values]
    return np.array([np.nan if x is None else x for x in values], float)


def _of_items(rows, place: str, notes: list[str]) -> dict[str, np.ndarray]:
    """What is told by an answer's text and model: length, format, and whether it is the judge's."""
    items: list[Shown] = [getattr(row, place) for row in rows]
    columns: dict[str, np.ndarray] = {}
    given = f"length_{place}" if rows[0].second else "length"
    texts = [item.text for item in items]
    if all(text is not None for text in texts):
        if not any(given in row.other for row in rows):
            columns["length"], note = length_column(texts, _every_text(rows))
            notes += [note] if note not in notes else []
        columns |= dict(zip(FORMATS, with_format(texts), strict=True))
    if any(row.judge for row in rows) and any(item.model for item in items):
        for name, own in OWN.items():
            pairs = ((row.judge, item.model) for row, item in zip(rows, items, strict=True))
            columns[name] = np.array([float(own(judge, model)) for judge, model in pairs])
    return columns


def _every_text(rows) -> list[str]:
    return [
        item.text
        for row in rows
        for item in (row.first, row.second)
        if item and item.text is not None
    ]


def _typicality(columns: dict, rows, path, reference, notes, place: str = "first") -> None:
    """Add the log-probability of texts under a reference."""
    if reference is None:
        return
    given = any(f"typicality{side}" in rows[0].other for side in ("", f"_{place}"))
    texts = [getattr(row, place).text for row in rows]
    if given or None in texts:
        why = "there is a column typicality" if given else "there is no text"
        raise UserError(f"{path}: --reference cannot be used, as {why}. Leave it out.")
    from collapse.commands.calibrate.typicality import log_probs

    columns["typicality"] = log_probs(texts, reference, _every_text(rows))
    note = "typicality: log-probability under a bigram model of the reference, smoothed"
    notes += [note] if note not in notes else []
