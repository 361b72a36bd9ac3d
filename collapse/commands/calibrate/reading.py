"""Read the verdicts of a judge from files of any kind, by their format or by their columns."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from collapse.commands.calibrate.columns import rows_of_columns
from collapse.commands.calibrate.join import joined
from collapse.commands.calibrate.sheet import Sheet
from collapse.commands.calibrate.verdicts import Verdicts, arrays
from collapse.errors import UserError
from collapse.files.answers import LOOK, quoted
from collapse.files.cells import listed_columns, value_of
from collapse.files.containers import Source, sources
from collapse.files.formats import Format
from collapse.files.judged import MISFITS
from collapse.files.read import read_records
from collapse.files.recognise import judging, matching, paths_of
from collapse.files.rows import Verdict
from collapse.files.troubles import SHOWN, FileRead, Troubles
from collapse.suggest import listed

CHOSEN = {1.0: "the first", 0.0: "the second", 0.5: "tie"}
Report = Callable[[int, int, str], None]


def read_verdicts(
    paths,
    names: list[str] | None = None,
    reference=None,
    answers=(),
    troubles: Troubles | None = None,
    report: Report = lambda *_: None,
) -> Verdicts:
    """Read the verdicts of files.

    Args:
        paths: one file or several, of any kind that is read.
        names: settings NAME=COLUMN for columns with other names.
        reference: a text file for typicality.
        answers: files of the answers that were judged.
        troubles: where rows that cannot be read are counted.
        report: gets the bytes read, the bytes of all and the name of each file.

    Raises ``UserError`` with all errors.
    """
    paths = paths if isinstance(paths, (list, tuple)) else [paths]
    troubles = troubles or Troubles()
    rows, reads, errors = [], [], []
    found = sources(map(Path, paths), errors)
    sources(map(Path, answers), errors)
    for source in found:
        try:
            some, about = read_rows(source, names or [], troubles, report)
        except UserError as mistake:
            errors += mistake.sentences
            continue
        rows += some
        reads.append(about)
    if errors and reference:
        sources([Path(reference)], errors)
    if errors:
        raise UserError(*dict.fromkeys(errors))
    notes = list(dict.fromkeys(note for about in reads for note in _notes(about)))
    named = listed(list(map(str, paths)))
    if len({row.second is None for row in rows}) > 1:
        raise UserError(
            f"{named} hold verdicts on pairs and on single answers. Give one kind at a time."
        )
    if answers:
        rows, more, beside = joined(rows, answers, troubles, report)
        notes, reads = notes + more, reads + beside
    unordered = any(one.judged.unordered for about in reads if (one := _format(about)))
    made = arrays(rows, notes, named, reference)
    return replace(made, reads=reads, troubles=troubles, unordered=unordered)


def read_rows(
    source: Source,
    names: list[str],
    troubles: Troubles,
    report: Report = lambda *_: None,
) -> tuple[list[Verdict], FileRead]:
    """The verdicts of a source, of a known format, else by the names of columns, and how they were
    read. Raises ``UserError``."""
    about = FileRead(str(source))
    records = read_records(
        source, about, troubles, lambda done, size: report(done, size, source.stem)
    )
    first = [record for _, record in records[:LOOK]]
    if about.kind == "csv":
        records = _opened(records, first)
        first = [record for _, record in records[:LOOK]]
    one = None if names else judging(first)
    if one is None:
        rows = _of_columns(source, records, first, names, about)
    else:
        rows = _of_format(source, records, first, one, about, troubles)
    about.counts["verdicts"] = sum(row.outcome is not None for row in rows)
    about.counts["without a verdict"] = sum(row.outcome is None for row in rows)
    about.rows = [_shown(row) for row in rows[:SHOWN]]
    return rows, about


def _opened(records: list, first: list[dict]) -> list:
    """The records of a table, conversations in its cells opened."""
    lists = {
        name
        for name in listed_columns(first)
        if any(isinstance(value_of(row[name] or ""), list) and "{" in row[name] for row in first)
    }
    if not lists:
        return records
    return [(w, row | {name: value_of(row[name]) for name in lists}) for w, row in records]


def _of_format(source, records, first, one: Format, about: FileRead, troubles: Troubles):
    assert one.judged is not None
    about.format = one.name
    about.paths = {"verdicts": ", ".join(one.judged.paths)} | paths_of(one, first)
    if one.judged.note:
        about.note(one.judged.note)
    rows = []
    for where, record in records:
        try:
            rows += one.judged.rows(where, record)
        except MISFITS:
            troubles.note(source, where, f"it is not as {one.name} are written")
    if not rows:
        raise UserError(*troubles.sentences())
    return rows


def _of_columns(source, records, first, names, about: FileRead):
    sheet, notes = Sheet(str(source), records), []
    try:
        rows = rows_of_columns(sheet, names, notes)
    except UserError as mistake:
        other = matching(first)
        if other is None or names:
            raise
        raise UserError(
            f"{source} is taken for {other.name}, in which no verdicts are known: name their "
            "columns by --columns, or give it to collapse measure for the answers.",
            *mistake.sentences,
        ) from None
    for note in notes:
        about.note(note)
    about.paths = {"verdicts": str(sheet.own.get("choice", sheet.own.get("score", "")))}
    about.paths |= {role: str(sheet.own[name]) for role, name in ROLES if name in sheet.own}
    return rows


ROLES = (("prompt", "question"), ("model", "model"), ("answers", "text"))


def _format(about: FileRead) -> Format | None:
    from collapse.files.formats import FORMATS

    return next((one for one in FORMATS if one.judged and one.name == about.format), None)


def _notes(about: FileRead) -> list[str]:
    return [about.taken_for(), *about.notes]


def _shown(row: Verdict) -> dict:
    """A verdict as it is shown."""
    items = [item for item in (row.first, row.second) if item is not None]
    texts = [quoted(item.text) for item in items if item.text is not None]
    models = [item.model for item in items if item.model is not None]
    if row.outcome is None:
        verdict = f"none ({row.missing or 'blank'})"
    elif row.second is None:
        verdict = f"{row.outcome:g}"
    else:
        verdict = CHOSEN.get(row.outcome, f"the first by {row.outcome:g}")
    return {
        "place": row.place,
        "text": " | ".join(texts) or None,
        "prompt": row.question and quoted(row.question),
        "model": ", ".join(models) or None,
        "mark": "",
        "verdict": verdict,
    }
