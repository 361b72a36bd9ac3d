"""How verdicts are spelt: which of two won, a score, keep or drop, and what stands for no verdict.

Each function gives what a cell says, or None with the reason why it says nothing ("blank",
"error"). A cell that is neither raises ``Unreadable``.
"""

import math
import re

BLANKS = "null none nan na n/a - --"
ERRORS = (
    "error errored err $error$ failed failure invalid unparsed abstain abstained refused refusal "
    "skip skipped unknown undecided ?"
)
NOTHING = dict.fromkeys(["", *BLANKS.split()], "blank") | dict.fromkeys(ERRORS.split(), "error")
YES = "1 true t yes y right correct accept accepted keep kept pass passed"
NO = "0 false f no n wrong incorrect reject rejected drop dropped fail failed"
ANSWERS = dict.fromkeys(YES.split(), 1.0) | dict.fromkeys(NO.split(), 0.0)
TIES = "tie tied draw equal same both neither bothbad tiebothbad bothgood tiebothgood"
PLACES = {"first": "first", "second": "second", "1": "first", "2": "second"}
LETTER = r"(?:model|assistant|response|answer|output|candidate)?[\s_-]*\(?([ab12])\)?"
SIDE = re.compile(rf"(?:{LETTER})(?:\s*(?:wins?|is better))?")
ORDER = re.compile(r"([ab])\s*(>{1,3}|<{1,3}|={1,2}|~)\s*([ab])")
BRACKETS = re.compile(r"\[\[\s*([^\[\]]{1,20}?)\s*\]\]")
NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
OUT_OF = re.compile(rf"({NUMBER})\s*(?:/|out of)\s*(\d+(?:\.0+)?)")
SCORE = "a number, such as 7.5, 8/10 or [[8]]"
CHOICE = "one of a, b, tie, first, second, A>B, [[A]], model_a"


class Unreadable(ValueError):
    """A cell that is no verdict, and no sign that there is none."""


def choice(cell) -> tuple[str | None, str]:
    """Which of two a verdict chose: "a" or "b" (an item), "first" or "second" (a place) or
    "tie"."""
    word, why = _word(cell)
    if why:
        return None, why
    if word in PLACES:
        return PLACES[word], ""
    if found := ORDER.fullmatch(word.strip("[]")):
        left, sign, right = found.groups()
        if left == right:
            raise Unreadable
        better = left if ">" in sign else right
        return ("tie" if sign[0] in "=~" else better), ""
    if word == "[c]" or re.sub(r"[^a-z]", "", word) in TIES.split():  # a bare c is no sign of a tie
        return "tie", ""
    if found := SIDE.fullmatch(word.strip("[]")):
        return {"1": "a", "2": "b"}.get(found[1], found[1]), ""
    raise Unreadable


def score(cell) -> tuple[float | None, str]:
    """The number of a score: 8/10 is 8."""
    if isinstance(cell, bool):
        return float(cell), ""
    if isinstance(cell, (int, float)):
        return _finite(cell)
    word, why = _word(cell)
    if why:
        return None, why
    word = word.strip("[]* ")
    if found := OUT_OF.fullmatch(word):
        word = found[1]
    if not re.fullmatch(NUMBER, word):
        raise Unreadable
    return _finite(word)


def kept(cell) -> tuple[float | None, str]:
    """1 for yes, right or keep, 0 for no, wrong or drop."""
    word = str(cell).strip().lower().removesuffix(".0")  # "failed" is a no here
    if word in ANSWERS:
        return ANSWERS[word], ""
    _, why = _word(cell)
    if why:
        return None, why
    raise Unreadable


def preference(cell) -> tuple[float | None, str]:
    """The share of the first from a number of AlpacaEval: 1 the first, 2 the second, between them a
    probability, 0 and 1.5 a tie."""
    value, why = score(cell)
    if value is None:
        return None, why
    if value == 0:
        return 0.5, ""
    if not 1 <= value <= 2:
        raise Unreadable
    return 2 - value, ""


def is_sentinel(scores) -> bool:
    """Whether -1 among scores stands for no score, as in MT-Bench: no other is negative, and some
    other is neither 0 nor 1, since -1, 0 and 1 are a scale."""
    others = {value for value in scores if value is not None and value != -1}
    return -1 in scores and min(others, default=-1) >= 0 and not others <= {0, 1}


def _word(cell) -> tuple[str, str]:
    """A cell in lower case, without the outer pair of brackets; the last verdict in brackets of
    longer text. Also why it holds nothing."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "", "blank"
    word = str(cell).strip()
    marked = BRACKETS.findall(word)
    word = f"[{marked[-1]}]" if marked else word
    word = word.lower().removesuffix(".0")
    return word, NOTHING.get(word, "")


def _finite(value) -> tuple[float | None, str]:
    try:
        number = float(value)
    except (TypeError, OverflowError):  # JSON has numbers that no float holds
        raise Unreadable from None
    if math.isnan(number):
        return None, "blank"
    if math.isinf(number):
        raise Unreadable
    return number, ""
