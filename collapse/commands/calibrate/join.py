"""Join verdicts with files of the answers they are on, by question, turn and model."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from collapse.errors import UserError
from collapse.files.answers import Reader, Row
from collapse.files.containers import Source, sources
from collapse.files.names import MODELS, PROMPTS
from collapse.files.paths import label
from collapse.files.plan import Columns
from collapse.files.rows import Shown, Verdict
from collapse.files.troubles import FileRead, Troubles
from collapse.suggest import listed

QUESTIONS = PROMPTS | {"id"}  # columns by which a question may be known, in lower case
TURN = ", turn "  # between a question and the turn, where a format has several


def joined(
    rows: Sequence[Verdict], paths, troubles: Troubles, report
) -> tuple[list[Verdict], list[str], list[FileRead]]:
    """The verdicts with the texts of the answers, a note on how many were found, and how the files
    were read. Raises ``UserError`` if none are."""
    texts: dict[tuple, str] = {}
    reads = []
    for source in sources(list(map(Path, paths))):
        reads.append(_read_answers(source, texts, troubles, report))
    filled = [
        replace(row, first=_filled(row, row.first, texts), second=_filled(row, row.second, texts))
        for row in rows
    ]
    lacked = [[i for i in (r.first, r.second) if i and i.text is None] for r in rows]
    if not any(lacked):
        none = "answers: the verdicts hold all texts themselves, so that none was joined"
        return filled, [none], reads
    items = [item for row in filled for item in (row.first, row.second) if item is not None]
    there = sum(item.text is not None for item in items)
    lacking = list(dict.fromkeys(str(item.model) for item in items if item.text is None))
    if not there:
        held = list(dict.fromkeys(str(key[2]) for key in texts))
        raise UserError(
            f"None of the answers in {listed(paths)} was judged: by question and model, the"
            f" verdicts are on answers of {listed(lacking)}, and the files hold answers of"
            f" {listed(held)}."
        )
    note = f"answers: {there} of {len(items)} found by question and model"
    if lacking:
        note += f"; none for {len(items) - there}, by {listed(lacking, 5)}"
        kept = [row for row in filled if row.first.text and (row.second is None or row.second.text)]
        if not kept:
            note += "; no pair has both, so that texts are not used"
    return filled, [note], reads


def _filled(row: Verdict, item: Shown | None, texts: dict) -> Shown | None:
    if item is None or item.text is not None:
        return item
    question, model = (None if x is None else label(x) for x in (row.question, item.model))
    for turn in (row.turn, None):
        text = texts.get((question, turn, model))
        if text is not None:
            return replace(item, text=text)
    return item


def _read_answers(source: Source, texts: dict, troubles: Troubles, report) -> FileRead:
    """Add the answers of a file by question, turn and model; without a model the file stands for
    it."""
    reader = Reader(source, Columns(), troubles)
    known, row = False, None
    for row in reader.rows(lambda done, size: report(done, size, source.stem)):
        numbered = reader.plan.format is not None and reader.plan.format.numbered
        for question, turn, model, text in _keys(row, numbered, source.stem):
            known = True
            texts.setdefault((question, turn, model), text)
    if not known:
        columns = sorted(row.record) if row and isinstance(row.record, dict) else []
        raise UserError(
            f"{source} is no file of answers to questions: it needs a column such as question_id, "
            f"prompt or instruction. It has: {listed(columns) or 'none'}."
        )
    return reader.about


def _keys(row: Row, numbered: bool, name: str):
    """The question, turn, model and text of the answers of a record, by each of its questions."""
    record = row.record if isinstance(row.record, dict) else {}
    cells = {str(column).lower(): value for column, value in record.items() if value is not None}
    asked = [label(cells[name]) for name in cells if name in QUESTIONS]
    own = next((label(cells[name]) for name in cells if name in MODELS), name)
    for one in row.answers:
        if one.mark in ("failed", "null"):
            continue
        question, _, turn = (
            (one.prompt or "").rpartition(TURN) if numbered else (one.prompt, "", "")
        )
        for each in dict.fromkeys([question, *asked]):
            if each:
                yield each, turn or None, one.model or own, one.text
