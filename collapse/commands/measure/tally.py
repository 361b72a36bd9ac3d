"""Count answers while they are read: equal answers are stored once.

Two answers are equal if their texts are, after white space is replaced by single spaces and the
tally's ``spelling`` (by default NFC) is applied; case and punctuation count.
"""

from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from unicodedata import normalize

import numpy as np

from collapse.commands.measure import fields
from collapse.commands.measure.columns import Columns, Places, places_of
from collapse.commands.measure.records import Troubles, records
from collapse.commands.measure.sources import Source, kind_of, opened, sources
from collapse.commands.measure.spelling import Spelling
from collapse.errors import UserError
from collapse.files.open import LINE

FLAGS = dict.fromkeys(("1", "1.0", "true", "correct", "right"), 1)
FLAGS |= dict.fromkeys(("0", "0.0", "false", "incorrect", "wrong"), 0)
LOOK = 200  # records from which the columns are chosen
MOST = 200  # corpora of one measurement
EVERY = 5000  # records between two reports of progress
LOOKED = 4 * LINE  # bytes of the records that are looked at, if they are long
ANSWERS, HELD = 100_000_000, 1 << 30  # limits: answers; bytes of different answers and prompts
ENTRY = 150  # bytes of a text in a table, without its characters


@dataclass(frozen=True, eq=False)
class Corpus:
    """The answers of one model or generation. Arrays are (n,), one number per answer."""

    name: str
    answer: np.ndarray  # number in the table of texts
    group: np.ndarray | None  # number of the prompt; None without prompts
    classes: np.ndarray | None = None  # number of the class of equal meaning within a prompt
    scores: np.ndarray | None = None
    right: np.ndarray | None = None  # 1 right, 0 wrong, -1 unknown

    @property
    def n(self) -> int:
        return len(self.answer)


@dataclass(eq=False)
class Tally:
    """What has been read. The table of texts may be shared with another tally."""

    texts: dict[str, int] = field(default_factory=dict)  # text: its number
    groups: dict[str, int] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    troubles: Troubles = field(default_factory=Troubles)
    left_out: list[str] = field(default_factory=list)  # errors of skipped files of a zip file
    blank: int = 0
    columned: bool = False  # whether any file has columns
    fields: dict[tuple[str, ...], list[str]] = field(default_factory=dict)  # guessed: file names
    grouped: str | None = None  # the guessed column of the prompts
    scored: str | None = None  # the guessed column of the scores
    beside: dict[str, set] = field(default_factory=dict)  # values of columns without a role
    classes: dict[str, int] = field(default_factory=dict)
    spelling: Spelling = field(default_factory=Spelling)
    rights: dict[str, int] = field(default_factory=dict)  # values of the column of right answers
    again: int = 0  # records with lists of answers that repeat a prompt
    _rows: set = field(default_factory=set)  # label and prompt of records with lists of answers
    _held: int = 0  # approximate bytes of the tables
    _answer: array = field(default_factory=lambda: array("i"))
    _group: array = field(default_factory=lambda: array("i"))
    _label: array = field(default_factory=lambda: array("i"))
    _class: array = field(default_factory=lambda: array("i"))
    _score: array = field(default_factory=lambda: array("d"))
    _right: array = field(default_factory=lambda: array("i"))

    def add(
        self,
        text: str,
        label: str,
        group: str | None,
        class_: str | None = None,
        score: float = float("nan"),
        right: str | None = None,
    ) -> None:
        """Count an answer; blank ones are counted apart."""
        text = self.spelling(text)
        if not text:
            self.blank += 1
            return
        self._answer.append(self._number(self.texts, text))
        self._label.append(self._number(self.labels, label))
        number = -1 if group is None else self._number(self.groups, normalize("NFC", group))
        self._group.append(number)
        if class_ is not None:
            self._class.append(self._number(self.classes, class_))
            self._score.append(score)
        self._right.append(-1 if right is None else self._number(self.rights, right))

    def _number(self, table: dict[str, int], text: str) -> int:
        number = table.get(text)
        if number is None:
            number = table[text] = len(table)
            self._held += len(text) + ENTRY
        return number

    def refuse_many(self, source: Source) -> None:
        """Raise ``UserError`` if the answers exceed the limits."""
        if len(self._answer) > ANSWERS or self._held > HELD:
            raise UserError(
                f"{source}: with this file there are more than {ANSWERS:,} answers, or different "
                f"ones of more than {HELD >> 30} GiB. Give a part of them."
            )

    def see(self, column: str, value) -> None:
        """Remember a value of a column that looks like models or prompts but has no role."""
        seen = self.beside.setdefault(column, set())
        if value is not None and len(seen) < MOST:
            seen.add(str(value))

    def several(self, usual: frozenset) -> dict[str, int]:
        """The number of values, up to ``MOST``, of columns without a role that have a usual name
        and more than one value."""
        found = {name: len(seen) for name, seen in self.beside.items() if name.lower() in usual}
        return {name: many for name, many in found.items() if many > 1}

    def corpora(self) -> list[Corpus]:
        """A corpus for each label, in the order of ``sorted_labels``."""
        answer, group, label = (
            np.frombuffer(a, np.int32) if len(a) else np.zeros(0, np.int32)
            for a in (self._answer, self._group, self._label)
        )
        classes, scores = np.array(self._class, np.int32), np.array(self._score)
        right = self._right_or_wrong(answer) if self.rights else None
        found = []
        for name in sorted_labels(self.labels):
            mine = label == self.labels[name]
            of = group[mine]
            corpus = Corpus(name, answer[mine], of if (of >= 0).all() else None)
            if len(classes):
                known = scores[mine] if np.isfinite(scores[mine]).all() else None
                corpus = replace(corpus, classes=classes[mine], scores=known)
            if right is not None:
                corpus = replace(corpus, right=right[mine])
            found.append(corpus)
        return found

    def flagged(self) -> bool:
        """Whether the column of right answers says of each answer if it is right: all its values
        are such as "true" and 0, and not all answers are."""
        flags = all(value.lower() in FLAGS for value in self.rights)
        return flags and not all(text.lower() in FLAGS for text in self.texts)

    def _right_or_wrong(self, answer: np.ndarray) -> np.ndarray:
        """(n,) 1 for a right answer, 0 for a wrong one, -1 where the column is empty."""
        values = np.array(self._right, np.int32)
        if self.flagged():
            of = np.array([FLAGS[value.lower()] for value in self.rights], np.int8)
            found = of[values]
        else:
            numbers = [self.texts.get(self.spelling.steps_of(value), -1) for value in self.rights]
            found = (np.array(numbers)[values] == answer).astype(np.int8)
        return np.where(values < 0, np.int8(-1), found)

    def whole(self, name: str) -> Corpus:
        """All answers as one corpus, without prompts."""
        return Corpus(name, np.frombuffer(self._answer, np.int32), None)


def sorted_labels(labels) -> list[str]:
    """Labels by value if all are numbers, such as generations, else in the order of the file."""
    try:
        return sorted(labels, key=float)
    except ValueError:
        return list(labels)


def read(paths: list[Path], wanted: Columns, tally: Tally, report: Callable) -> None:
    """Count the answers of all files into ``tally``; without ``group_by`` every file is a corpus.
    ``report(done, size, name)`` gets the bytes read of each file.

    Raises ``UserError`` with all errors of files; errors of lines are in ``tally.troubles``."""
    found, errors, left_out = sources(paths), [], tally.left_out
    names = _names(found)
    for source in found:
        try:
            _read_one(source, names[source], wanted, tally, report)
        except UserError as mistake:
            beside = sum(other.path == source.path for other in found) > 1
            (left_out if beside else errors).extend(mistake.sentences)
    if errors or not tally.labels:
        blank = [] if errors or not tally.blank else ["Every answer is blank."]
        raise UserError(*errors, *left_out, *tally.troubles.sentences(), *blank)
    if len(tally.labels) > MOST:
        raise UserError(
            f"--group-by {wanted.group_by} has {len(tally.labels):,} different values, and at most "
            f"{MOST} are compared. Name a column such as the model or the generation."
        )
    _note(tally)


def _note(tally: Tally) -> None:
    for names, files in tally.fields.items():
        where = f" in {len(files)} files" if len(files) > 1 else ""
        tally.notes.append(f"The answers are in the column {' and '.join(names)}{where}.")
    if tally.grouped:
        tally.notes.append(f"The prompts are in the column {tally.grouped}.")
    if tally.scored:
        tally.notes.append(f"The scores are in the column {tally.scored}.")
    for option, usual in (("group-by", fields.MODELS), ("prompt", fields.PROMPTS)):
        for name, many in tally.several(usual).items():
            tally.notes.append(
                f"The column {name} has {many} different values, which are pooled: "
                f"--{option} {name} separates them."
            )
    if tally.again:
        tally.notes.append(
            f"{tally.again:,} rows repeat the prompt of an earlier row, and equal classes are taken"
            " as equal across these rows: if they are not, name the column that separates the rows"
            " by --group-by."
        )
    if tally.left_out:
        more = len(tally.left_out) - 1
        rest = f" And {more} more files are left out." if more else ""
        tally.notes.append(f"Left out: {tally.left_out[0]}{rest}")
    if tally.blank:
        tally.notes.append(f"Blank answers are left out: {tally.blank:,}.")


def _names(found: list[Source]) -> dict[Source, str]:
    """A short name for every file, or its path if the short name is not unique."""
    times = Counter(source.stem for source in found)
    return {s: s.stem if times[s.stem] == 1 else str(s) for s in found}


def _read_one(source: Source, name: str, wanted: Columns, tally: Tally, report) -> None:
    kind = kind_of(source)
    place = "item" if kind == "json" else "line"
    before = len(tally._answer) + tally.blank + tally.troubles.count
    with opened(source) as file:
        stream = records(source, kind, file.text, tally.troubles, wanted.field is not None)
        first = []
        for record in islice(stream, LOOK):
            first.append(record)
            if kind != "json" and file.out() > LOOKED:
                break
        columns = places_of(source, [r for _, r in first if isinstance(r, dict)], wanted, tally)
        for count, (number, record) in enumerate(chain(first, stream)):
            if count % EVERY == 0:
                report(file.done(), file.size, name)
            tally.refuse_many(source)
            try:
                _count(record, columns, name, tally, wanted.right)
            except fields.Unfit as why:
                tally.troubles.note(source, f"{place} {number}", str(why))
        report(file.size, file.size, name)
    if before == len(tally._answer) + tally.blank + tally.troubles.count:
        raise UserError(f"{source} is empty: it holds no answers.")


def _count(
    record, places: Places | None, name: str, tally: Tally, right: str | None = None
) -> None:
    if isinstance(record, str):
        if places is not None:
            raise fields.Unfit("it is a bare text, but other records have columns")
        tally.add(fields.text_of(record, "text"), name, None)
        return
    if places is None:
        raise fields.Unfit("it is an object, but other records are bare texts")
    by, group = places.group_by, places.prompt
    for column in places.beside:
        tally.see(column, record.get(column))
    label = name if by is None else fields.label_of(record.get(by), repr(by)) or "(blank)"
    prompt = None if group is None else fields.label_of(record.get(group), repr(group))
    texts = fields.answers(record, places.answer)
    marks = _rights(record, right, len(texts))
    if places.classes is None:
        for text, mark in zip(texts, marks, strict=True):
            tally.add(text, label, prompt, right=mark)
        return
    classes = fields.classes(record, places.classes, len(texts))
    scores = fields.scores(record, places.scores, len(texts))
    if isinstance(record.get(places.classes), list):
        tally.again += (label, prompt) in tally._rows
        tally._rows.add((label, prompt))
    for text, class_, score, mark in zip(texts, classes, scores, marks, strict=True):
        tally.add(text, label, prompt, class_, score, mark)


def _rights(record: dict, column: str | None, many: int) -> list[str | None]:
    """What the column of right answers says of each answer of a record: its value, or that for
    each in a list. None where it is empty. Raises ``Unfit``."""
    value = None if column is None else record.get(column)
    values = value if isinstance(value, list) else [value] * many
    if len(values) != many:
        raise fields.Unfit(f"{column!r} holds {len(values)} values for {many} answers")
    labels = [None if v is None else fields.label_of(v, repr(column)) for v in values]
    return [label or None for label in labels]
