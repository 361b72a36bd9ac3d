"""The answers of one record, by the plan of its file."""

from collections.abc import Sequence
from typing import Any

from collapse.files.formats import Format
from collapse.files.paths import MISSING, first, label, values
from collapse.files.plan import Plan
from collapse.files.rows import Answer
from collapse.files.said import ASSISTANTS, USERS, Said, Unfit, mark, said, speaker


def answers_of(record: dict, plan: Plan, place: str) -> list[Answer]:
    """The answers of a record. Raises ``Unfit``."""
    return (_by_format if plan.format else _by_columns)(record, plan, place)


def bare_answer(text: str | None, place: str) -> list[Answer]:
    """The answer of a record that is a text, or null."""
    return _marked(said(text, "text"), place, None, None, None, [])


def _marked(
    found: list[Said],
    place: str,
    prompt: str | None,
    model: str | None,
    group: str | None,
    finishes: list,
    failed: bool = False,
    scores: dict | None = None,
) -> list[Answer]:
    answers = []
    for i, one in enumerate(found):
        finish = finishes[i] if i < len(finishes) else None
        finish = str(finish) if finish is not None else None
        answers.append(
            Answer(
                one.text or "",
                place if len(found) == 1 else f"{place}, choice {i + 1}",
                prompt,
                model,
                group,
                one.reasoning,
                finish,
                scores or {},
                "failed" if failed else mark(one, finish),
            )
        )
    return answers


def _by_columns(record: dict, plan: Plan, place: str) -> list[Answer]:
    found: list[Said]
    if len(plan.answers) == 1:
        (path,) = plan.answers
        held = values(record, path)
        if not held:
            raise Unfit(f"it has no {path!r}")
        found = [one for value in held for one in said(value, repr(path))]
    else:
        parts = [_joined(record, path) for path in plan.answers]
        found = [Said(" ".join(part for part in parts if part))]
    prompt = None if plan.prompt is None else _label(record, plan.prompt)
    group = None if plan.group_by is None else _label(record, plan.group_by)
    return _marked(found, place, prompt, None, group, [])


def _joined(record: dict, path: str) -> str:
    held = values(record, path)
    if not held:
        raise Unfit(f"it has no {path!r}")
    return " ".join(one.text or "" for value in held for one in said(value, repr(path)))


def _label(record: dict, path: str) -> str:
    value = first(record, path)
    if value is MISSING or value is None:
        raise Unfit(f"it has no {path!r}")
    return label(value)


def _first_of(record: Any, paths: Sequence[str]) -> Any:
    """The first value at one of the paths that is not null; None if there is none."""
    for path in paths:
        for value in values(record, path):
            if value is not None:
                return value
    return None


def _by_format(record: dict, plan: Plan, place: str) -> list[Answer]:
    one = plan.format
    assert one is not None
    model = _first_of(record, one.model)
    model = plan.model if model is None else label(model)
    group = None
    if plan.group_by:
        group = model if plan.group_by == "(model)" else _label(record, plan.group_by)
    prompt = _label(record, plan.prompt) if plan.prompt else _prompt(record, one)
    if one.failed and _has_failed(record, one):
        return _marked([Said(None)], place, prompt, model, group, [], failed=True)
    if one.sides:
        return _two_sides(record, one, plan, place, prompt, group)
    if one.turns:
        return _turns(record, one, plan, place, model, group)
    scores = _scores(record, one) if one.scores else None
    if not one.each:
        found = [x for v in _held(record, one.answers) for x in said(v, one.answers[0])]
        finish = [_first_of(record, one.finish)]
        reason = _first_of(record, one.reasoning)
        if isinstance(reason, str) and len(found) == 1:
            found = [Said(found[0].text, reason)]
        return _marked(found, place, prompt, model, group, finish, scores=scores)
    found, finishes, prompts = [], [], []
    for item in next((x for path in one.each if (x := values(record, f"{path}[]"))), []):
        finish = _first_of(item, [path[1:] for path in one.finish])
        for k, value in enumerate(_held(item, [path[1:] for path in one.answers])):
            for each in said(value, one.answers[0]):
                found.append(_completed(each, item, one))
                finishes.append("refusal" if each.text is None and _refusal(item, one) else finish)
                prompts.append(f"{prompt}, turn {k + 1}" if one.numbered else prompt)
    if not found:
        return _marked([Said(None)], place, prompt, model, group, [])
    answers = _marked(found, place, prompt, model, group, finishes, scores=scores)
    if one.numbered:
        answers = [a._replace(prompt=p) for a, p in zip(answers, prompts, strict=True)]
    return answers


def _has_failed(record: dict, one: Format) -> bool:
    return any(
        value not in fine for path, fine in one.failed.items() for value in values(record, path)
    )


def _completed(each: Said, item: Any, one: Format) -> Said:
    """An answer with the reasoning beside it, or what was said to refuse it."""
    reason = _first_of(item, [path[1:] for path in one.reasoning])
    if each.text is None and isinstance(refusal := _refusal(item, one), str):
        return Said(refusal, each.reasoning)
    return Said(each.text, reason) if isinstance(reason, str) and reason else each


def _refusal(item: Any, one: Format) -> Any:
    return _first_of(item, [path[1:] for path in one.refusal])


def _held(record: Any, paths: Sequence[str]) -> list:
    """What is at the first of the paths that has anything but null."""
    found: list = []
    for path in paths:
        here = values(record, path)
        if any(value is not None for value in here):
            return here
        found = found or here
    return found or [None]


def _prompt(record: dict, one: Format) -> str | None:
    for path in one.prompt:
        value = first(record, path)
        if value is MISSING or value is None:
            continue
        if any(path == side.answers for side in one.sides):
            if not isinstance(value, list) or len(value) < 2:
                continue
            value = value[:-1]  # the turns before the answer
        return label(value) or None
    return None


def _two_sides(record, one: Format, plan: Plan, place, prompt, group) -> list[Answer]:
    answers = []
    for side in one.sides:
        model = _first_of(record, [side.model] if side.model else [])
        model = side.name if model is None else label(model)
        mine = model if plan.group_by == "(model)" else group or model
        for each in said(_first_of(record, [side.answers]), side.answers):
            answers += _marked([each], f"{place}, {side.name}", prompt, model, mine, [])
    return answers


def _turns(record, one: Format, plan: Plan, place, model, group) -> list[Answer]:
    """What the assistant says in a conversation, each with what was said before it."""
    turns = _first_of(record, one.turns)
    asked, found = None, []
    for turn in turns if isinstance(turns, list) else []:
        if speaker(turn) in USERS:
            asked = label(said([turn], "a turn")[0].text or "")
        elif speaker(turn) in ASSISTANTS:
            found.append((said([turn], "a turn")[0], asked))
    if not found:
        raise Unfit("its conversation has no turn of the assistant")
    answers = []
    for each, before in found[-1:] if one.last else found:
        prompt = _label(record, plan.prompt) if plan.prompt else before
        answers += _marked([each], place, prompt, model, group, [])
    return answers


def _scores(record: dict, one: Format) -> dict[str, float]:
    """The numbers logged with an answer, by name."""
    found: dict[str, float] = {}
    for path in one.scores:
        held = values(record, path)
        if len(held) == 1 and isinstance(held[0], dict):
            named = {k: v.get("value") if isinstance(v, dict) else v for k, v in held[0].items()}
            found |= {k: v for k, v in ((k, _number(v)) for k, v in named.items()) if v is not None}
        elif len(held) == 1 and (value := _number(held[0])) is not None:
            found[path.rpartition(".")[2]] = value
    return found


def _number(value: Any) -> float | None:
    value = (
        {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}.get(value, value)
        if isinstance(value, str)
        else value
    )
    return float(value) if isinstance(value, bool | int | float) else None
