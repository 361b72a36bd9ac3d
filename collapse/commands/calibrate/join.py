"""Join verdicts with files of the answers they are on, by question, turn and model."""

from collections.abc import Sequence
from dataclasses import replace

from collapse.errors import UserError
from collapse.files.read import read_objects
from collapse.files.rows import Shown, Verdict
from collapse.suggest import listed

QUESTION = ("question_id", "question", "prompt_id", "prompt", "instruction", "id")
MODEL = ("model_id", "model", "generator")
TEXT = ("answer", "output", "response", "text", "completion")


def joined(rows: Sequence[Verdict], paths) -> tuple[list[Verdict], list[str]]:
    """The verdicts with the texts of the answers, and a note on how many were found. Raises
    ``UserError`` if none are."""
    texts: dict[tuple, str] = {}
    for path in paths:
        texts |= read_answers(path)
    filled = [
        replace(row, first=_filled(row, row.first, texts), second=_filled(row, row.second, texts))
        for row in rows
    ]
    lacked = [[i for i in (r.first, r.second) if i and i.text is None] for r in rows]
    if not any(lacked):
        return filled, ["answers: the verdicts hold all texts themselves, so that none was joined"]
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
    return filled, [note]


def _filled(row: Verdict, item: Shown | None, texts: dict) -> Shown | None:
    if item is None or item.text is not None:
        return item
    for turn in (row.turn, None):
        text = texts.get((row.question, turn, item.model))
        if text is not None:
            return replace(item, text=text)
    return item


def read_answers(path) -> dict[tuple, str]:
    """The answers of a file by question, turn and model; of turns (MT-Bench), each by its
    number."""
    records, _ = read_objects(path)
    keys = {key for _, record in records for key in record}
    question, model = (next((k for k in names if k in keys), None) for names in (QUESTION, MODEL))
    text = next((k for k in TEXT if k in keys), None)
    if question is None or model is None or (text is None and "choices" not in keys):
        raise UserError(
            f"{path} is no file of answers: it needs a question ({listed(QUESTION)}), a model "
            f"({listed(MODEL)}) and the text ({listed(TEXT)}, or choices with turns). "
            f"It has: {listed(sorted(keys))}."
        )
    texts: dict[tuple, str] = {}
    for _, record in records:
        who = str(record.get(question)), str(record.get(model))
        if text is not None:
            texts.setdefault((who[0], None, who[1]), str(record.get(text, "")))
            continue
        turns = record["choices"][0]["turns"] if record.get("choices") else []
        for number, turn in enumerate(turns, 1):
            texts.setdefault((who[0], str(number), who[1]), str(turn))
    return texts
