"""Count answers while they are read: equal answers are stored once.

Two answers are equal if their texts are, after white space is replaced by single spaces and the
tally's ``spelling`` (by default NFC) is applied; case and punctuation count.
"""

from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from unicodedata import normalize

import numpy as np

from collapse.commands.measure import fields
from collapse.commands.measure.spelling import Spelling
from collapse.errors import UserError
from collapse.files.answers import Columns, Plan, Reader, Row
from collapse.files.columns import Unclear
from collapse.files.containers import Source, sources
from collapse.files.names import last
from collapse.files.paths import MISSING, first, has, line
from collapse.files.rows import Answer
from collapse.files.said import Unfit
from collapse.files.troubles import DEFAULT_LEFT_OUT, FileRead, Troubles, told

FLAGS = dict.fromkeys(("1", "1.0", "true", "correct", "right"), 1)
FLAGS |= dict.fromkeys(("0", "0.0", "false", "incorrect", "wrong"), 0)
MOST = 200  # corpora of one measurement
ROLLOUTS = "verl rollouts"  # the format of ``files.formats`` that --by step is for
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
    left_out: list[str] = field(default_factory=list)  # errors of skipped files of an archive
    reads: list[FileRead] = field(default_factory=list)  # how each file was read
    without: frozenset[str] = DEFAULT_LEFT_OUT  # marks of answers that are left out
    blank: int = 0  # answers of which the spelling leaves nothing
    columned: bool = False  # whether any file has columns
    fields: dict[str, list[str]] = field(default_factory=dict)  # where the answers are: file names
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
        """Count an answer; one of which the spelling leaves nothing is counted apart."""
        whole, text = text, self.spelling(text)
        if whole and not text:
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
        if value is not None and value is not MISSING and len(seen) < MOST:
            seen.add(str(value))

    def several(self, usual: frozenset) -> dict[str, int]:
        """The number of values, up to ``MOST``, of columns without a role that have a usual name
        and more than one value."""
        found = {name: len(seen) for name, seen in self.beside.items() if last(name) in usual}
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
    errors, left_out = [], tally.left_out
    found = sources(paths, errors)
    tally.without = wanted.without
    names = _names(found)
    for source in found:
        try:
            _read_one(source, names[source], wanted, tally, report)
        except UserError as mistake:
            beside = sum(other.path == source.path for other in found) > 1
            beside = beside and not isinstance(mistake, Unclear)
            (left_out if beside else errors).extend(mistake.sentences)
    if errors or not tally.labels:
        none = [] if errors else _none_left(tally)
        raise UserError(*errors, *left_out, *tally.troubles.sentences(), *none)
    if len(tally.labels) > MOST:
        raise UserError(
            f"--group-by {wanted.group_by} has {len(tally.labels):,} different values, and at most "
            f"{MOST} are compared. Name a column such as the model or the generation."
        )
    _note(tally)


def _none_left(tally: Tally) -> list[str]:
    counts = sum((about.counts for about in tally.reads), Counter())
    if tally.blank or (counts["empty"] and counts["empty"] == counts["answers"]):
        return ["Every answer is blank."]
    return [f"No answer is left. {sentence}" for sentence in told(tally.reads, tally.without)[:1]]


def _note(tally: Tally) -> None:
    for where, files in tally.fields.items():
        many = f" In {len(files)} files." if len(files) > 1 else ""
        tally.notes.append(f"{where}{many}")
    for about in tally.reads:
        before = f"{about.file}: " if len(tally.reads) > 1 else ""
        tally.notes += [f"{before}{note}" for note in about.notes]
    if tally.blank:
        tally.notes.append(f"Blank answers are left out: {tally.blank:,}.")
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
    tally.notes += told(tally.reads, tally.without)
    if any(about.format == ROLLOUTS for about in tally.reads):
        tally.notes.append(
            "These are rollouts of RL training: --by step gives entropy, pass@k and the share of "
            "groups without a gradient by step."
        )


def _names(found: list[Source]) -> dict[Source, str]:
    """A short name for every file, or its path if the short name is not unique; shards of one set
    have its name."""
    times = Counter(source.stem for source in found if not source.shard)
    return {s: s.stem if s.shard or times[s.stem] == 1 else str(s) for s in found}


def _read_one(source: Source, name: str, wanted: Columns, tally: Tally, report) -> None:
    reader = Reader(source, wanted, tally.troubles)
    troubles = tally.troubles.count
    scores, begun = None, False
    for row in reader.rows(lambda done, size: report(done, size, name)):
        if not begun:
            begun, scores = True, _begin(source, reader.plan, row, wanted, tally)
        tally.refuse_many(source)
        try:
            _count(row, reader.plan, name, wanted, scores, tally)
        except Unfit as why:
            tally.troubles.note(source, row.place, str(why))
    tally.reads.append(reader.about)
    if not begun and troubles == tally.troubles.count:
        raise UserError(f"{source} is empty: it holds no answers.")
    if not reader.plan.bare:
        tally.columned = True
        if reader.plan.guessed:
            tally.fields.setdefault(reader.about.taken_for(), []).append(reader.about.file)


def _begin(source: Source, plan: Plan, row: Row, wanted: Columns, tally: Tally) -> str | None:
    """Check the columns of classes; the path of the scores."""
    if not wanted.classes:
        return wanted.scores
    if row.answers[0].prompt is None:
        raise UserError(
            f"{source}: --classes are within a prompt: name the column of prompts by --prompt."
        )
    if wanted.scores is None and has(row.record, fields.SCORES):
        tally.scored = fields.SCORES
        return fields.SCORES
    return wanted.scores


def _count(
    row: Row, plan: Plan, name: str, wanted: Columns, scores: str | None, tally: Tally
) -> None:
    answers, record, _ = row
    classes = wanted.classes
    rights = fields.rights(record, wanted.right, len(answers))
    for column in plan.beside:
        tally.see(column, first(record, column))
    if classes is None:
        for one, right in zip(answers, rights, strict=True):
            if one.mark not in tally.without:
                tally.add(line(one.text), _label(one, name), one.prompt, right=right)
        return
    kinds = fields.classes(record, classes, len(answers))
    worth = fields.scores(record, scores, len(answers))
    if isinstance(first(record, classes), list):
        key = (_label(answers[0], name), answers[0].prompt)
        tally.again += key in tally._rows
        tally._rows.add(key)
    for one, class_, score, right in zip(answers, kinds, worth, rights, strict=True):
        if one.mark not in tally.without:
            tally.add(line(one.text), _label(one, name), one.prompt, class_, score, right)


def _label(one: Answer, name: str) -> str:
    return name if one.group is None else one.group or "(blank)"
