"""The answers of files, by their format or by their columns: one reader for all commands."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

from collapse.errors import attempt
from collapse.files import columns
from collapse.files.cells import listed_columns, value_of
from collapse.files.containers import Source
from collapse.files.extract import answers_of, bare_answer
from collapse.files.open import LINE
from collapse.files.paths import first
from collapse.files.plan import Columns, Plan, plan_of, roots
from collapse.files.rows import Answer
from collapse.files.said import Unfit
from collapse.files.syntax import Stream, stream
from collapse.files.troubles import SHOWN, FileRead, Troubles

LOOK = 200  # records by which the columns are told
LONGEST_LOOK = 100_000  # the same where all of these have no answer
LOOKED = 4 * LINE  # bytes of the records that are looked at, if they are long
EVERY = 5000  # records between two reports of progress
QUOTED = 200  # characters of a text that is shown


class Row(NamedTuple):
    """The answers of one record, and the record."""

    answers: list[Answer]
    record: Any
    place: str


@dataclass
class Reader:
    """Reads the answers of one file. ``plan`` and ``about`` are known once reading has begun."""

    source: Source
    wanted: Columns
    troubles: Troubles
    about: FileRead = field(default_factory=lambda: FileRead(""))
    plan: Plan = Plan()

    def rows(self, report: Callable[[int, int], None]) -> Iterator[Row]:
        """The answers, record by record; ``report`` gets the bytes read so far, and of all. Raises
        ``UserError``."""
        self.about.file = str(self.source)
        with stream(self.source, self.about, self.troubles, self.wanted.field is not None) as held:
            looked = self._look(held)
            records = [record for _, record in looked if isinstance(record, dict)]
            lists = listed_columns(records) if held.kind == "csv" else set()
            if lists:
                records = [_with_lists(record, lists) for record in records]
            self.plan = plan_of(self.source, records, self.wanted, lists, self.about)
            if held.used is not None:
                held.used.update(roots(self.plan, self.wanted))
            for count, (number, record) in enumerate(chain(looked, held.records)):
                if count % EVERY == 0:
                    report(held.done(), held.size)
                place = held.place(number)
                try:
                    row = self._row(record, place)
                except Unfit as why:
                    self.troubles.note(self.source, place, str(why))
                    continue
                if row is not None:
                    yield row
            report(held.size, held.size)

    def _look(self, held: Stream) -> list[tuple[int, Any]]:
        """The first records: more of them where a column of answers is null in all so far."""
        looked, due = [], LOOK
        for one in held.records:
            looked.append(one)
            if held.kind != "json" and held.out() > LOOKED:
                break
            if len(looked) >= due:
                records = [record for _, record in looked if isinstance(record, dict)]
                if len(looked) >= LONGEST_LOOK or not records or not columns.wants_more(records):
                    break
                due *= 4
        return looked

    def _row(self, record: Any, place: str) -> Row | None:
        plan = self.plan
        if record is None or isinstance(record, str):
            if not plan.bare:
                raise Unfit("it is a bare text, but other records have columns")
            answers = bare_answer(record, place)
        elif plan.bare:
            raise Unfit("it is an object, but other records are bare texts")
        else:
            if plan.lists:
                record = _with_lists(record, plan.lists)
            if plan.once and first(record, plan.once) != plan.once_value:
                self.about.counts["repeated"] += 1
                return None
            answers = answers_of(record, plan, place)
        self._count(answers)
        return Row(answers, record, place)

    def _count(self, answers: list[Answer]) -> None:
        about = self.about
        about.counts["answers"] += len(answers)
        for one in answers:
            if one.mark:
                about.counts[one.mark] += 1
            if one.reasoning:
                about.counts["reasoning"] += 1
            if len(about.rows) < SHOWN:
                about.rows.append(shown(one))


def column_errors(found: Iterable[Source], wanted: Columns) -> list[str]:
    """What is wrong with the columns that options name, by the first records of each file."""
    errors: list[str] = []
    for source in found:
        reader = Reader(source, wanted, Troubles())
        attempt(errors, next, reader.rows(lambda *_: None), None)
    return errors


def shown(one: Answer) -> dict:
    """An answer as it is shown."""
    return {
        "place": one.place,
        "text": quoted(one.text) if one.mark != "null" else None,
        "prompt": one.prompt and quoted(one.prompt),
        "model": one.model,
        "mark": one.mark,
    }


def quoted(text: str) -> str:
    """A text that is not too long to be shown."""
    return text if len(text) <= QUOTED else f"{text[:QUOTED]}..."


def _with_lists(record: dict, lists) -> dict:
    return record | {
        name: value_of(record[name]) for name in lists if isinstance(record.get(name), str)
    }
