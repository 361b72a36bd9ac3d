"""What an answer says: its text, its reasoning, and whether it is one at all."""

import re
from typing import Any, NamedTuple

ASSISTANTS = frozenset(("assistant", "gpt", "chatgpt", "model", "bot", "ai"))
USERS = frozenset(("user", "human", "prompter"))
REASONED = re.compile(
    r"\s*(?:<(think|thinking|reasoning)>(.*?)(?:</\1>|\Z)|\[THINK\](.*?)(?:\[/THINK\]|\Z))",
    re.DOTALL | re.IGNORECASE,
)
CLOSED = re.compile(r"\A(.*?)(?:</think(?:ing)?>|\[/THINK\])", re.DOTALL | re.IGNORECASE)
# The first words of refusals, in English; an answer is counted by them and kept.
REFUSAL = re.compile(
    r"\W*(?:(?:i['\u2019]m|i am|we['\u2019]re)?\s*(?:so |very |really )?(?:sorry|afraid)\b"
    r"[^.!?]{0,40}\b(?:can['\u2019]?t|cannot|unable|not able|won['\u2019]?t)"
    r"|(?:as an ai(?: language)? model,? )?i (?:cannot|can['\u2019]t|can not|won['\u2019]t|will not"
    r"|am unable to|['\u2019]m unable to|am not able to|must decline)"
    r"(?: \w+)? (?:help|assist|provide|create|write|generate|fulfil|comply|support|engage|answer"
    r"|discuss|do that|participate))",
    re.IGNORECASE,
)
CUT = frozenset(("length", "max_tokens", "max_output_tokens", "model_length"))
FILTERED = frozenset(("content_filter", "refusal", "safety"))


class Unfit(Exception):
    """A record without a usable answer, and why."""


class Said(NamedTuple):
    """One answer: its text (None: null) and its reasoning."""

    text: str | None
    reasoning: str | None = None


def said(value: Any, what: str) -> list[Said]:
    """The answers in a value: one of a text, a number, a message or a conversation, several of a
    list. Raises ``Unfit``."""
    if isinstance(value, str):
        return [split(value)]
    if value is None or value != value:  # NaN
        return [Said(None)]
    if isinstance(value, bool):
        return [Said(str(value).lower())]
    if isinstance(value, int | float):
        return [Said(repr(value))]
    if isinstance(value, dict):
        return [_message(value, what)]
    if not isinstance(value, list | tuple):
        return [Said(str(value))]  # a date of a table, for example
    if not value:
        return [Said(None)]
    if all(isinstance(one, dict) for one in value):
        return [_conversation(value, what) if _is_turn(value[0]) else _parts(value, what)]
    if len(value) == 2 and str(value[1]) in ("True", "False") and _is_number(value[0]):
        raise Unfit(f"{what} holds log-likelihoods of choices, not texts")
    return [each for one in value for each in said(one, f"an element of {what}")]


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def speaker(turn) -> str:
    """Who speaks in a turn of a conversation."""
    if not isinstance(turn, dict):
        return ""
    return str(turn.get("role", turn.get("from", ""))).lower()


def split(text: str) -> Said:
    """A text without the reasoning at its beginning, and that."""
    if "hink" not in text and "HINK" not in text and "<reason" not in text:
        return Said(text)
    found = REASONED.match(text) or CLOSED.match(text)
    if not found:
        return Said(text)
    inside = next((part for part in reversed(found.groups()) if part is not None), "")
    return Said(text[found.end() :].strip(), inside.strip())


def _is_turn(value: dict) -> bool:
    return "role" in value or "from" in value


def _conversation(turns: list[dict], what: str) -> Said:
    """The last turn of the assistant."""
    spoken = [turn for turn in turns if speaker(turn) in ASSISTANTS]
    return _message((spoken or turns)[-1], what)


def _message(value: dict, what: str) -> Said:
    for name in ("content", "value", "text"):
        if name in value:
            held = value[name]
            one = _parts(held, what) if isinstance(held, list) else said(held, what)[0]
            apart = value.get("reasoning_content") or value.get("thinking")
            return Said(one.text, apart) if isinstance(apart, str) and apart else one
    raise Unfit(f"{what} is an object, not text")


def _parts(parts: list, what: str) -> Said:
    """A message in parts: what is text, together, and what is reasoning."""
    texts, reasons = [], []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict):
            thought = part.get("thinking", part.get("reasoning"))
            if isinstance(part.get("text"), str) and part.get("type") != "reasoning":
                texts.append(part["text"])
            elif isinstance(thought, str):
                reasons.append(thought)
            elif isinstance(part.get("content"), str | list):
                texts.append(_message(part, what).text or "")
    if not texts and not reasons:
        if any("type" in part for part in parts if isinstance(part, dict)):
            return Said(None)
        raise Unfit(f"{what} is a list of objects without text")
    one = split("".join(texts))
    return Said(one.text, one.reasoning or "".join(reasons) or None)


def mark(one: Said, finish: str | None) -> str:
    """Why an answer may be left out: ``null``, ``empty``, ``cut``, ``refusals``, or nothing."""
    if one.text is None:
        return "null"
    if not one.text or one.text.isspace():
        return "empty"
    if finish in CUT:
        return "cut"
    if finish in FILTERED or REFUSAL.match(one.text, 0, 200):
        return "refusals"
    return ""
