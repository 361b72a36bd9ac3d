"""Built-in English prose: the Python language reference, as shown by `help()`."""

from collapse.data.corpus import BLOCK, Corpus, from_items
from collapse.data.tokens import VOCABULARY
from collapse.errors import UserError


def prose(tokens: str = "word", length: int | None = BLOCK, vocabulary: int = VOCABULARY) -> Corpus:
    """The topics of `pydoc` as one running text, split into rows of `length` tokens.

    The text has about 65,000 words and differs slightly between Python versions.
    """
    try:
        from pydoc_data.topics import topics
    except ImportError:
        raise UserError(
            "This Python has no pydoc_data, the source of the built-in prose. "
            "Install the full standard library, or give a text file of your own."
        ) from None
    text = "\n\n".join(topics.values())
    return from_items(
        [text], "prose", tokens=tokens, unit="blob", length=length, vocabulary=vocabulary
    )
