"""What is counted in the text of an answer: tokens, and whether it is formatted."""

import re
from collections.abc import Sequence

import numpy as np

from collapse.data.tokens import Tokenizer, guess_tokens

FORMATS = ("markdown", "lists")
MARKDOWN = re.compile(
    r"^#{1,6} |\*\*\S|^```|^\|.*\|\s*$", re.MULTILINE
)  # heading, bold, code, table
LIST = re.compile(r"^\s*(?:[-*+\u2022]|\d{1,3}[.)])\s+\S", re.MULTILINE)


def length_column(texts: Sequence[str], every: Sequence[str]) -> tuple[np.ndarray, str]:
    """Tokens of each text (n,), with the tokenizer guessed from all texts, and a note on it."""
    tokens, reason = guess_tokens(every, None)
    tokenizer = Tokenizer.learn(tokens, every)
    counts = np.array([float(len(tokenizer.encode(text))) for text in texts])
    return counts, f"length: {tokens} tokens of the text ({reason})"


def with_format(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Whether each text has a heading, bold words, code or a table (n,), and whether it has two or
    more items of a list (n,), as 1 or 0."""
    markdown = np.array([float(bool(MARKDOWN.search(text))) for text in texts])
    lists = np.array([float(len(LIST.findall(text)) > 1) for text in texts])
    return markdown, lists
