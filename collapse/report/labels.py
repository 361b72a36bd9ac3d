"""Text from users and data in a figure: drawn as it is, by fonts that have its characters.

matplotlib reads text between dollar signs as mathematics, leaves labels out of a legend that begin
with an underscore, fails at characters without width, and warns about characters without a glyph.
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
    """The text on one line of at most ``most`` characters, escaped for matplotlib."""
    text = _shown(text)
    text = text if len(text) <= most else text[: most - 1] + "\u2026"
    text = "".join(c if ord(c) in _drawable() else SQUARE for c in text)
    # A space in front keeps a name such as _x in the legend.
    return (" " * text.startswith("_") + text).replace("$", r"\$")


def lacking(texts: Iterable[str]) -> list[str]:
    """A sentence on characters that ``legible`` replaces by squares, if there are any."""
    every = dict.fromkeys(c for text in texts for c in _shown(text))
    missing = [c for c in every if ord(c) not in _drawable()]
    if not missing:
        return []
    lacks = f"The figure shows {SQUARE} for characters that its fonts lack: {listed(missing, 5)}."
    return [f"{lacks} Tables and JSON have them."]


def _shown(text: str) -> str:
    """The text without line breaks and characters of no width, such as a byte order mark."""
    seen = (" " if c.isspace() else c for c in text if category(c) != "Cf")
    return harmless("".join(seen))


@cache
def _drawable() -> frozenset[int]:
    """The characters that the fonts have."""
    fonts = [get_font(findfont(FontProperties(family=name))) for name in FAMILIES]
    return frozenset(code for font in fonts for code in font.get_charmap())
