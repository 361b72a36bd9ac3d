"""Recognise the format of records, and say where in it everything is."""

from collections.abc import Sequence

from collapse.files.formats import FORMATS, Format
from collapse.files.paths import has, values
from collapse.files.said import USERS, speaker

ENOUGH = 0.5  # share of the first records that must have the keys of a format
ROLES = ("answers", "verdicts", "prompt", "model")


def matching(rows: Sequence[dict]) -> Format | None:
    """The format of the first records of a file; None if it is none of the table."""
    for one in FORMATS:
        many = sum(fits(one, row) for row in rows)
        if many and many >= ENOUGH * len(rows):
            return one
    return None


def judging(rows: Sequence[dict]) -> Format | None:
    """The format of the verdicts in the first records of a file; None if it is none of the
    table."""
    for one in FORMATS:
        many = sum(_is_judged(one, row) for row in rows) if one.judged else 0
        if many and many >= ENOUGH * len(rows):
            return one
    return None


def _is_judged(one: Format, record: dict) -> bool:
    verdicts = one.judged
    assert verdicts is not None
    return fits(one, record) and not any(has(record, path) for path in verdicts.without)


def fits(one: Format, record: dict) -> bool:
    """Whether a record has the keys of a format."""
    return all(any(has(record, path) for path in key.split("|")) for key in one.keys) and all(
        _is_chat(record, path) for path in one.turns
    )


def _is_chat(record: dict, path: str) -> bool:
    """Whether there is a list of turns at a path that ends with an answer."""
    said = [turn for value in values(record, path) if isinstance(value, list) for turn in value]
    return (
        bool(said)
        and all(isinstance(turn, dict) and ({"role", "from"} & set(turn)) for turn in said)
        and speaker(said[-1]) not in USERS
    )


def paths_of(one: Format, rows: Sequence[dict] | None = None) -> dict[str, str]:
    """The paths of a format by role, for people to read; with ``rows`` those that they have."""
    bases = [f"{base}[]" for base in one.each]

    def whole(paths: Sequence[str]) -> list[str]:
        found = [b + p if p.startswith(".") else p for p in paths for b in (bases or [""])]
        here = [p for p in found if rows is not None and any(has(row, p) for row in rows)]
        return here if here or rows is not None else found

    answers = [*one.answers, *one.turns, *(side.answers for side in one.sides)]
    model = [*one.model, *(side.model for side in one.sides if side.model)]
    found = {
        "answers": whole(answers) or answers,
        "verdicts": list(one.judged.paths) if one.judged and rows is None else [],
        "prompt": whole(one.prompt)[: None if rows is None else 1],
        "model": ["the directory"] if one.by_directory else whole(model),
        "finish": whole(one.finish),
        "reasoning": whole(one.reasoning),
        "scores": whole(one.scores),
        "failed": whole(list(one.failed)),
    }
    return {role: ", ".join(dict.fromkeys(paths)) for role, paths in found.items() if paths}


def table() -> str:
    """The formats as a table in Markdown."""
    lines = [
        "| format | recognised by | answers | verdicts | prompt | model |",
        "|---|---|---|---|---|---|",
    ]
    for one in FORMATS:
        paths = paths_of(one)
        keys = " ".join(f"`{key.replace('|', '` or `')}`" for key in one.keys)
        cells = [
            ", ".join(f"`{p}`" for p in paths[r].split(", ")) if r in paths else "" for r in ROLES
        ]
        name = f"{one.name} ({one.about})" if one.about else one.name
        lines.append(f"| {name} | {keys} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
