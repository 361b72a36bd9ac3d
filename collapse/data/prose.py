"""English prose that comes with Python itself: the language reference, as `help()` shows it."""

from collapse.data.corpus import BLOCK, Corpus, from_items
from collapse.data.tokens import VOCABULARY
from collapse.errors import UserError


def prose(tokens: str = "word", length: int | None = BLOCK, vocabulary: int = VOCABULARY) -> Corpus:
    """The topics of `pydoc` as one running text, cut into rows of `length` tokens.

    The text, about 65,000 words, differs a little from one version of Python to the next.
    """
    try:
        from pydoc_data.topics import topics
    except ImportError:
        raise UserError(
            "This Python comes without pydoc_data, the source of the built-in prose. "
            "Install the full standard library, or give a text file of your own."
        ) from None
    text = "\n\n".join(topics.values())
    return from_items(
        [text], "prose", tokens=tokens, unit="blob", length=length, vocabulary=vocabulary
    )
