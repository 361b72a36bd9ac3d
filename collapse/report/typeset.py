"""Text in figures: text from users as it is, units and names of claims typeset."""

import re
from textwrap import wrap

from collapse.report.labels import legible

INNER = "[A-Za-z0-9 ./+*,-]"  # characters without another meaning in mathematics
POWER = re.compile(rf"([\^_])(\((?:{INNER}|\({INNER}*\))*\)|-?[A-Za-z0-9]+)")
RAISED = re.compile(rf"(\([^()]*\))?{POWER.pattern}")  # with what is raised, if it is in brackets
KEPT = "\N{NO-BREAK SPACE}"  # where no line breaks


def escaped(text: str) -> str:
    """A user's text in full, escaped for matplotlib."""
    return legible(text, 6 * len(text))  # a character that is written out takes six


def typeset(text: str) -> str:
    """A unit or the name of a claim: "nats^2" and "(1 - 1/n)^t" with real superscripts, "H_t" with
    a real subscript."""
    return POWER.sub(_raised, escaped(text))


def _raised(found: re.Match) -> str:
    sign, what = found.groups()
    whole = found.string
    if sign == "_" and not re.search(r"(^|\W)[A-Za-z]$", whole[: found.start()]):
        return found.group()  # a name of two words
    inner = what[1:-1] if what[0] == "(" else what
    return rf"${sign}{{\mathrm{{{inner}}}}}$".replace(" ", r"\ ")


def paragraph(text: str, width: int, letters=escaped) -> str:
    """Text in lines of at most ``width`` characters, each ``escaped`` or ``typeset``, without
    breaks inside an exponent or between a number and its unit."""
    held = re.sub(r"(\d) (%|seed)", rf"\1{KEPT}\2", text)
    held = RAISED.sub(lambda found: found.group().replace(" ", KEPT), held)
    return "\n".join(letters(line.replace(KEPT, " ")) for line in wrap(held, width))
