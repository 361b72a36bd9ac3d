"""Verdicts from a table with columns of known names, such as choice, score, label and text_a."""

from collapse.commands.calibrate.sheet import Sheet
from collapse.errors import UserError
from collapse.files import spellings
from collapse.files.rows import Shown, Verdict

QUALITIES = ("label", "human")  # of an item: right or wrong, and a human rating
FEATURES = ("length", "typicality")  # in tokens, and in nats of log-probability under a reference
ITEM = ("text", *QUALITIES, *FEATURES, "model")
ROW = ("question", "turn", "judge", "repeat")  # of single items and of pairs
SINGLE = (*ITEM, "score", "choice", *ROW)
BESIDE = ("better", "position", "pair")  # columns of a pair, not of one of its items
PAIRED = (*(f"{name}_{side}" for name in ITEM for side in "ab"), *BESIDE, "choice", *ROW)
NAMES = tuple(dict.fromkeys((*SINGLE, *PAIRED)))
FIRST, SECOND, TIE = 1.0, 0.0, 0.5  # the chosen item, by the order in which they were shown
POSITIONS = {"a": True, "b": False, "1": True, "2": False, "first": True, "second": False}
TEXTS = ("response", "answer", "output", "completion")
ALIASES = {
    "choice": ("winner", "verdict", "preferred"),
    "score": ("rating", "grade"),
    "text": TEXTS,
    **{f"text_{s}": tuple(f"{t}_{end}" for t in TEXTS for end in (s, n)) for s, n in ("a1", "b2")},
    "question": ("question_id", "prompt_id", "prompt", "instruction"),
    "judge": ("annotator", "rater"),
    "model_a": ("model_1",),
    "model_b": ("model_2",),
}


def rows_of_columns(sheet: Sheet, names: list[str], notes: list[str]) -> list[Verdict]:
    """The verdicts of a table; errors are added to the sheet, guesses to the notes. ``names`` are
    settings NAME=COLUMN for columns with other names."""
    sheet.rename(names, NAMES)
    for name, others in ALIASES.items():
        sheet.also(name, others)
    paired = any(map(sheet.has, set(PAIRED) - {"choice", *ROW}))
    rows = (_pairs if paired else _singles)(sheet, notes)
    if sheet.errors:
        raise UserError(*sheet.errors)
    return rows


def _singles(sheet: Sheet, notes: list[str]) -> list[Verdict]:
    if not sheet.has("score") and not sheet.has("choice"):
        sheet.lacks("score (a number) or choice (1 or 0, keep or drop)", SINGLE)
    if not any(map(sheet.has, QUALITIES)) and not sheet.has("question"):
        sheet.lacks("label (right or wrong) or human (a number)", SINGLE)
    others = _item(sheet, "")
    given = []
    for name, parse, wanted in (
        ("score", spellings.score, spellings.SCORE),
        ("choice", spellings.kept, "one of " + ", ".join(spellings.ANSWERS)),
    ):
        if sheet.has(name):
            given.append(sheet.spelled(name, parse, wanted))
            others[name] = [value for value, _ in given[-1]]
    if not given:
        return []
    texts, models = _shown(sheet, "")
    rows = zip(texts, models, *given, strict=True)
    return [
        Verdict(where, Shown(text, model), None, value, why, **who, other=other)
        for (where, _), who, other, (text, model, (value, why), *_) in zip(
            sheet.records, _who(sheet), _turned_rows(others, sheet), rows, strict=True
        )
    ]


def _pairs(sheet: Sheet, notes: list[str]) -> list[Verdict]:
    for name in ITEM:
        sides = [side for side in "ab" if sheet.has(f"{name}_{side}")]
        if len(sides) == 1:
            other = "ba"["ab".index(sides[0])]
            sheet.lacks(f"{name}_{other}, which {name}_{sides[0]} needs", PAIRED)
            sheet.own.pop(f"{name}_{sides[0]}")
    a_first = [True] * len(sheet.records)
    if sheet.has("position"):
        a_first = sheet.words("position", POSITIONS)
    else:
        notes.append("position: no such column, so that a counts as shown first in every row")
    a, b = (_item(sheet, f"_{side}") for side in "ab")
    shown = {}
    for name in a:
        both = list(zip(a[name], b[name], a_first, strict=True))
        shown[f"{name}_first"] = [x if first else y for x, y, first in both]
        shown[f"{name}_second"] = [y if first else x for x, y, first in both]
    if sheet.has("better"):
        better = sheet.spelled("better", spellings.choice, "one of a, b, tie")
        shown["better"] = [
            _won(x, None, first) for (x, _), first in zip(better, a_first, strict=True)
        ]
    if sheet.has("pair"):
        shown |= {"pair": sheet.names("pair"), "a_first": a_first}
    if not sheet.has("choice"):
        sheet.lacks("choice (a, b, first, second or tie)", PAIRED)
        return []
    choice = _by_name(sheet) or sheet.spelled("choice", spellings.choice, spellings.CHOICE)
    if sheet.has("position") and {"first", "second"} & {side for side, _ in choice}:
        notes.append("choice: first, second, 1 and 2 are positions in the order shown")
    sides = [
        [Shown(*each) for each in zip(*_shown(sheet, f"_{side}"), strict=True)] for side in "ab"
    ]
    rows = []
    for (where, _), who, other, (side, why), first, items in zip(
        sheet.records,
        _who(sheet),
        _turned_rows(shown, sheet),
        choice,
        a_first,
        zip(*sides, strict=True),
        strict=True,
    ):
        one, two = items if first else items[::-1]
        rows.append(Verdict(where, one, two, _won(side, None, first), why, **who, other=other))
    return rows


def _by_name(sheet: Sheet) -> list[tuple] | None:
    """The choices of a file that names the model that won; None if it does not."""
    names = list(zip(*map(sheet.names, ("choice", "model_a", "model_b")), strict=True))
    if not any(name and name in models for name, *models in names):
        return None
    sides = []
    for name, a, b in names:
        try:
            side = "a" if name and name == a else "b" if name and name == b else None
            sides.append((side, "") if side else spellings.choice(name))
        except spellings.Unreadable:
            return None
    return sides


def _won(side: str | None, nothing, a_first: bool):
    """The outcome of a chosen side, in the order shown."""
    if side is None:
        return nothing
    if side == "tie":
        return TIE
    return FIRST if side == "first" or side == ("a" if a_first else "b") else SECOND


def _item(sheet: Sheet, side: str) -> dict[str, list]:
    """The given columns of an item by name, but its text and model."""
    columns = {}
    if sheet.has(f"label{side}"):
        wanted = "one of " + ", ".join(spellings.ANSWERS)
        columns["label"] = [x for x, _ in sheet.spelled(f"label{side}", spellings.kept, wanted)]
    if sheet.has(f"human{side}"):
        human = sheet.spelled(f"human{side}", spellings.score, spellings.SCORE)
        columns["human"] = [x for x, _ in human]
    for name in FEATURES:
        if sheet.has(name + side):
            columns[name] = sheet.numbers(name + side)
    return columns


def _shown(sheet: Sheet, side: str) -> tuple[list, list]:
    texts = sheet.texts(f"text{side}") if sheet.has(f"text{side}") else [None] * len(sheet.records)
    return texts, sheet.names(f"model{side}")


def _who(sheet: Sheet) -> list[dict]:
    columns = [sheet.names(name) for name in ROW]
    return [dict(zip(ROW, cells, strict=True)) for cells in zip(*columns, strict=True)]


def _turned_rows(columns: dict[str, list], sheet: Sheet) -> list[dict]:
    """Rows of columns."""
    return [{name: x[i] for name, x in columns.items()} for i in range(len(sheet.records))]
