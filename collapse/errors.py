"""The user's mistakes, as sentences. The command line prints them and exits with code 2."""

import re
from collections.abc import Callable
from typing import Any

# What a terminal obeys or is led astray by: C0 but tab and line feed, DEL and C1 (ESC and CSI
# among them), line and paragraph separators, the embeddings, overrides and isolates that turn the
# order of letters about (Boucher and Anderson 2021, "Trojan Source"), and halves of surrogate
# pairs, which cannot be written at all.
HARMFUL = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


class UserError(ValueError):
    """Things the user can put right, each a sentence: what is wrong, where, what to do. What they
    quote of names and files does nothing to a terminal."""

    def __init__(self, *sentences: str):
        self.sentences = [harmless(sentence) for sentence in sentences]
        super().__init__("\n".join(self.sentences))


def attempt(errors: list[str], function, *arguments, **named) -> Any:
    """The function's value, or None with its mistakes put on the list."""
    try:
        return function(*arguments, **named)
    except UserError as mistake:
        errors += mistake.sentences
        return None


def user_line(error: Exception) -> str:
    """The line of the user's file in which an error was raised, as text; empty if none."""
    trace, place = error.__traceback__, ""
    while trace:
        if trace.tb_frame.f_globals.get("__collapse_user_file__"):
            place = f"{trace.tb_frame.f_code.co_filename}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return place


def call_user(what: str, function: Callable, *arguments) -> Any:
    """The value of a user's function; what it raises becomes a sentence that begins with
    ``what``."""
    try:
        return function(*arguments)
    except UserError:
        raise
    except Exception as error:
        place = f" ({line})" if (line := user_line(error)) else ""
        raise UserError(
            f"{what} raised {type(error).__name__}: {error}{place}. Correct it and run again."
        ) from error


def harmless(text: str) -> str:
    """The text with whatever a terminal would obey written as backslash, u and four hexadecimal
    digits. A JSON document stays one, of the same value: such characters stand in its strings
    alone, where they are written so."""
    return HARMFUL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
