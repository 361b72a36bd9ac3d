"""The user's mistakes, as sentences. The command line prints them and exits with code 2."""

from typing import Any


class Mistake(ValueError):
    """Things the user can put right, each a sentence: what is wrong, where, what to do."""

    def __init__(self, *sentences: str):
        self.sentences = list(sentences)
        super().__init__("\n".join(self.sentences))


def attempt(wrong: list[str], function, *arguments, **named) -> Any:
    """The function's value, or None with its mistakes put on the list."""
    try:
        return function(*arguments, **named)
    except Mistake as mistake:
        wrong += mistake.sentences
        return None
