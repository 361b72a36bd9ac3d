"""The verdict in an answer of an LLM judge.

Servers and models answer in many ways: JSON, also nested or in a code fence; a number alone, as
``7/10``, ``[[7]]`` or ``seven``; reasoning that ends in a final score. What is not clearly one
verdict is an abstention, and nothing counts that the answer may only quote from a text.
"""

import json
import math
import re
from collections.abc import Iterator

from collapse.rewards.llm.prompts import HIGHEST, LOWEST

ALONE = 200  # largest length of an answer that is only a number or a letter
SHOWN = 80  # characters of an answer that are shown
WORDS = "one two three four five six seven eight nine ten".split()  # noqa: SIM905
KEYS = {  # of a verdict in JSON, in lower case; the first that occurs counts
    "rubric": ("final_score", "overall_score", "score", "rating", "grade"),
    "pairwise": ("better", "winner", "verdict", "choice"),
}
_THOUGHT = re.compile(
    r"<(think|thinking|thought|reasoning|reflection|analysis|seed:think)>.*?(?:</\1>|\Z)"
    r"|\[THINK\].*?(?:\[/THINK\]|\Z)|◁think▷.*?(?:◁/think▷|\Z)"
    r"|<\|channel\|>analysis<\|message\|>.*?(?:<\|end\|>|\Z)",
    re.S | re.I,
)
_THOUGHT_BEFORE = re.compile(  # the template of the model opened it, so that only its end is here
    r"\A.*(?:</(?:think|thinking|thought|reasoning|seed:think)>|\[/THINK\]|◁/think▷)", re.S | re.I
)
_SPECIAL = re.compile(r"<\|[^|<>]{1,40}\|>(?:assistant|final)?")
_FENCE = re.compile(r"```[a-z]*\s*(.*?)```", re.S | re.I)
_QUOTES = r"[\s*_\"'`:=()\[\]{}<>\\$]*"
_LABEL = r"(?:score|rating|grade|mark|verdict|answer|better|winner|judge?ment|decision)"
_ONE = {
    "rubric": rf"(?:[-+]?\d+(?:\.\d+)?|\b(?:{'|'.join(WORDS)})\b)",
    "pairwise": r"(?:text\s+)?\b(?:X|Y|tie)\b",
}
_SCALE = re.compile(
    rf"\s*(?:/|\bout of)\s*(?:{HIGHEST}\b(?!\.\d)|ten\b)|\b{LOWEST}\s*(?:-|–|to)\s*{HIGHEST}\b",
    re.I,
)
# What follows a number that is one end of a range, a choice of two, or part of a larger one.
_MORE = r"(?!\s*(?:[-–—/~]|to\b|or\b|and\b)\s*\d)(?!\w|[.,]\d|\s*%)"
_REFUSES = re.compile(
    r"\b(?:can\s?no?t|can['’]t|won['’]t|unable to|refuse to|decline to|not able to)\s+"
    r"(?:\w+\s+){0,3}?(?:score|rate|judge|evaluate|assess|grade|assign|give|provide|choose|comply)",
    re.I,
)


def _patterns(mode: str) -> dict[str, re.Pattern]:
    """How an answer says its verdict: ``final`` is a final score, in words or markup; ``labelled``
    any score; ``alone`` is the whole of a short answer."""
    one, gap = _ONE[mode], r"[\s*_\"'`:=(\[<)]{0,8}"
    says = rf"\s*(?:(?:is|of|would be)\b|[*_\"'`)\]]*\s*[:=]|\*\*){gap}({one}){_MORE}"
    final = r"\b(?:final|overall)"
    patterns = {
        "final": rf"\\boxed\{{\s*(?:\\text\{{)?({one})\}}|\[\[\s*({one})\s*\]\]"
        rf"|<score>\s*({one})\s*</score>|{final}(?:\s+{_LABEL})?\b{says}"
        rf"|{final}\s+{_LABEL}\s+({one}){_MORE}",
        "labelled": rf"\b{_LABEL}\b{says}",
        "alone": rf"{_QUOTES}(?:(?:(?:{final}\s+)?{_LABEL}|{final})\b\s*(?:is\b)?)?{_QUOTES}({one})"
        r"[\s*_\"'`.)\]}<>\\$]*",
    }
    return {name: re.compile(pattern, re.I | re.A) for name, pattern in patterns.items()}


_SAID = {mode: _patterns(mode) for mode in _ONE}
_SAID["rubric"]["of ten"] = re.compile(
    rf"(?<![\w.])({_ONE['rubric']})\s*(?:/|\bout of)\s*(?:{HIGHEST}\b(?!\.\d)|ten\b)", re.I | re.A
)
_WITHIN = {
    "rubric": re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d+)?(?!\w|\.\d)", re.A),
    "pairwise": re.compile(r"(?<![\w'])(?:X|Y|[Tt]ie)(?![\w'])", re.A),
}


def read(mode: str, envelope: dict, texts: tuple[str, ...]) -> float:
    """The verdict in an answer: a score, or +1, 0, -1 for the first, neither, the second text; NaN
    (an abstention) if it contains no reliable verdict.

    Tried in this order: the answer, or what is in its only code fence, is JSON; one verdict in JSON
    objects within it; it is only a number (or letter); a final score (``Final score: 7``, a box,
    double brackets); one labelled score (``Score: 7``); exactly one number (or letter). All but the
    first and third ignore what also occurs in the texts, which the answer may only quote. An answer
    that was cut short must be JSON, since "1" may be a part of "10".
    """
    answer, whole = answer_text(envelope)
    fenced = _FENCE.findall(answer)
    verdict = _from_json(mode, fenced[0].strip() if len(fenced) == 1 else answer)
    if verdict is not None or not whole or answer.count("{") > answer.count("}"):
        return math.nan if verdict is None else verdict
    values = {_from_json(mode, o) for o in _objects(answer) if not any(o in t for t in texts)}
    if len(values - {None}) == 1:
        return (values - {None}).pop()
    bare = _SCALE.sub(" ", answer) if mode == "rubric" else answer
    if len(bare) <= ALONE and (alone := _SAID[mode]["alone"].fullmatch(bare)):
        return _value(mode, alone[1])
    for name, said in (("final", bare), ("labelled", bare), ("of ten", answer)):
        found = _found(mode, name, said) - {v for text in texts for v in _found(mode, name, text)}
        if found:
            return found.pop() if len(found) == 1 else math.nan
    if _REFUSES.search(answer):
        return math.nan
    quotable = {_value(mode, word) for text in texts for word in _WITHIN[mode].findall(text)}
    if mode == "rubric":  # also inside a word, as in "score=10!" or "v10"
        quotable |= {float(digits) for text in texts for digits in re.findall(r"(?a:\d+)", text)}
    values = {_value(mode, word) for word in _WITHIN[mode].findall(bare)} - quotable
    return values.pop() if len(values) == 1 else math.nan


def why_not(mode: str, envelope: dict, texts: tuple[str, ...]) -> str:
    """Why an answer is an abstention, for an error sentence: the same words for the same cause."""
    if refused := envelope.get("refused"):
        return f"the server refused the text (status {refused['status']}{refused['message']})"
    answer, whole = answer_text(envelope)
    message = _choice(envelope).get("message")
    message = message if isinstance(message, dict) else {}
    reasoned = any(message.get(name) for name in ("reasoning_content", "reasoning"))
    reasoned = reasoned or _content(envelope).strip() != answer
    if not whole and not answer:
        thought = ", all of which went into reasoning" if reasoned else ""
        return f"max_tokens was used up before the answer{thought}"
    if not whole:
        return "the answer was cut off by max_tokens"
    if _choice(envelope).get("finish_reason") == "content_filter":
        return "a content filter of the server withheld the answer"
    if not answer:
        return "the answer is empty" + (" but for its reasoning" if reasoned else "")
    what = "score from 1 to 10" if mode == "rubric" else "X, Y or tie"
    return f"no {what} is in answers such as {_shown(answer)}"


def _shown(answer: str) -> str:
    text = " ".join(answer.split())
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}...")


def _choice(envelope: dict) -> dict:
    choices = envelope.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    return choice if isinstance(choice, dict) else {}


def _content(envelope: dict) -> str:
    """The text of the answer, which may come in parts."""
    message = _choice(envelope).get("message")
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        content = "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def answer_text(envelope: dict) -> tuple[str, bool]:
    """The text of the answer without reasoning, and whether it is complete (not truncated)."""
    text = _THOUGHT_BEFORE.sub("", _THOUGHT.sub("", _content(envelope)))
    return _SPECIAL.sub("", text).strip(), _choice(envelope).get("finish_reason") != "length"


def _objects(answer: str) -> Iterator[str]:
    """The outermost {...} in a text, with what is nested in them."""
    depth = start = 0
    for brace in re.finditer(r"[{}]", answer):
        if brace[0] == "{":
            start = brace.start() if not depth else start
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                yield answer[start : brace.end()]


def _from_json(mode: str, text: str) -> float | None:
    """The one verdict in a JSON object, at any depth; None if it has none, or several."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    pairs = list(_entries(parsed)) if isinstance(parsed, dict) else []
    for key in KEYS[mode]:
        if values := {_valid(mode, value) for name, value in pairs if name == key}:
            return values.pop() if len(values) == 1 else None
    return None


def _entries(value) -> Iterator[tuple[str, object]]:
    """All keys, in lower case, with their values."""
    for key, inner in value.items() if isinstance(value, dict) else ():
        yield key.lower().replace(" ", "_"), inner
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from _entries(inner)


def _valid(mode: str, value) -> float | None:
    """A JSON value as a verdict; None if it is none."""
    if isinstance(value, str):
        text = _SCALE.sub(" ", value) if mode == "rubric" else value
        match = _SAID[mode]["alone"].fullmatch(text) if len(text) <= ALONE else None
        verdict = _value(mode, match[1]) if match else math.nan
    elif mode == "pairwise" or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    else:
        verdict = _value(mode, value)
    return None if math.isnan(verdict) else verdict


def _found(mode: str, name: str, text: str) -> set[float]:
    """The different verdicts that a pattern finds in a text."""
    if name not in _SAID[mode]:
        return set()
    groups = (next(filter(None, m.groups())) for m in _SAID[mode][name].finditer(text))
    return {_value(mode, group) for group in groups}


def _value(mode: str, answer) -> float:
    """A number or letter as a verdict; NaN if it is out of range."""
    if mode == "pairwise":
        return {"x": 1.0, "y": -1.0, "tie": 0.0}[answer.lower().removeprefix("text").strip()]
    if isinstance(answer, str) and answer.lower() in WORDS:
        return 1.0 + WORDS.index(answer.lower())
    score = float(answer)
    return score if LOWEST <= score <= HIGHEST else math.nan
