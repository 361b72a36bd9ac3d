"""Text of others in a figure: drawn as it stands, by fonts that have its characters.

matplotlib takes what stands between two dollar signs for mathematics, leaves out of a legend what
begins with an underscore, fails at characters without width, and warns of every one that no font
has.
"""

from collections.abc import Iterable
from functools import cache
from unicodedata import category

from matplotlib.font_manager import FontProperties, findfont, get_font

from collapse.errors import harmless
from collapse.suggest import listed

# Both come with matplotlib; the second has more scripts. For ``font.family`` of a figure.
FAMILIES = ("STIXGeneral", "DejaVu Sans")
SQUARE = "\N{WHITE SQUARE}"


def legible(text: str, most: int = 26) -> str:
    """The text on one line of at most ``most`` characters, to be given to matplotlib."""
    text = _shown(text)
    text = text if len(text) <= most else text[: most - 1] + "\u2026"
    text = "".join(c if ord(c) in _drawable() else SQUARE for c in text)
    # A space in front keeps a name such as _x in the legend.
    return (" " * text.startswith("_") + text).replace("$", r"\$")


def lacking(texts: Iterable[str]) -> list[str]:
    """The sentence on characters that ``legible`` replaces by squares, if there are any."""
    every = dict.fromkeys(c for text in texts for c in _shown(text))
    missing = [c for c in every if ord(c) not in _drawable()]
    if not missing:
        return []
    told = f"The figure shows {SQUARE} for characters that its fonts lack: {listed(missing, 5)}."
    return [f"{told} They are whole in the tables and in the JSON."]


def _shown(text: str) -> str:
    """Without line breaks and characters of no width, such as a byte order mark."""
    seen = (" " if c.isspace() else c for c in text if category(c) != "Cf")
    return harmless("".join(seen))


@cache
def _drawable() -> frozenset[int]:
    """The characters that the fonts have."""
    fonts = [get_font(findfont(FontProperties(family=name))) for name in FAMILIES]
    return frozenset(code for font in fonts for code in font.get_charmap())
