"""The user's mistakes, as sentences. The command line prints them and exits with code 2."""

from typing import Any

from collapse.terminal import harmless


class Mistake(ValueError):
    """Things the user can put right, each a sentence: what is wrong, where, what to do. What they
    quote of names and files does nothing to a terminal."""

    def __init__(self, *sentences: str):
        self.sentences = [harmless(sentence) for sentence in sentences]
        super().__init__("\n".join(self.sentences))


def attempt(wrong: list[str], function, *arguments, **named) -> Any:
    """The function's value, or None with its mistakes put on the list."""
    try:
        return function(*arguments, **named)
    except Mistake as mistake:
        wrong += mistake.sentences
        return None
