"""Text from users and data in a figure: drawn as it is, by fonts that have its characters.

matplotlib reads text between dollar signs as mathematics, leaves labels out of a legend that begin
with an underscore, fails at characters without width, and warns about characters without a glyph.
"""

from collections.abc import Iterable
from functools import cache
from unicodedata import category

from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

from collapse.errors import harmless
from collapse.metrics.segment import clusters, cut
from collapse.suggest import listed

# For scripts that the fonts of matplotlib lack: of Noto, of Linux, of Windows and of macOS.
FALLBACKS = (
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Noto Sans SC", "Noto Sans JP"),
    *("Noto Sans KR", "Noto Sans Thai", "Noto Sans Devanagari", "Noto Sans Khmer", "Noto Sans Lao"),
    *("Noto Sans Myanmar", "Noto Emoji", "Droid Sans Fallback", "WenQuanYi Zen Hei", "IPAGothic"),
    *("Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "Leelawadee UI", "Nirmala UI", "Tahoma"),
    *("PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo", "Thonburi", "Arial Unicode MS"),
)
JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
VARIANTS = "\N{VARIATION SELECTOR-15}\N{VARIATION SELECTOR-16}"  # text or picture, without a glyph
SEEN = 1000  # characters of a text that are looked at, as a label shows the first


def families(fallbacks: Iterable[str] = FALLBACKS) -> tuple[str, ...]:
    """Families of fonts for ``font.family`` of a figure: two that come with matplotlib, of which
    the second has more scripts, and those of the fallbacks that are installed."""
    there = set(fontManager.get_font_names())
    return ("STIXGeneral", "DejaVu Sans", *(name for name in fallbacks if name in there))


FAMILIES = families()
SQUARE = "\N{WHITE SQUARE}"


def legible(text: str, most: int = 26) -> str:
    """The text on one line of at most ``most`` characters, escaped for matplotlib."""
    text = cut(_shown(text[: max(SEEN, most)]), most)
    text = "".join(each if _has_glyphs(each) else SQUARE for each in clusters(text))
    # A space in front keeps a name such as _x in the legend.
    return (" " * text.startswith("_") + text).replace("$", r"\$")


def lacking(texts: Iterable[str]) -> list[str]:
    """A sentence on characters that ``legible`` replaces by squares, if there are any."""
    every = dict.fromkeys(each for text in texts for each in clusters(_shown(text[:SEEN])))
    missing = [each for each in every if not _has_glyphs(each)]
    if not missing:
        return []
    lacks = f"The figure shows {SQUARE} for characters that its fonts lack: {listed(missing, 5)}."
    return [f"{lacks} Tables and JSON have them; a font such as Noto Sans would show them."]


def _shown(text: str) -> str:
    """The text without line breaks and characters of no width, such as a byte order mark; with
    joiners, which decide how letters before and after them are written."""
    seen = (" " if c.isspace() else c for c in text if category(c) != "Cf" or c in JOINERS)
    return harmless("".join(c for c in seen if c not in VARIANTS))


def _has_glyphs(cluster: str) -> bool:
    """Whether the fonts have every character of a grapheme cluster, such as an emoji of several."""
    return all(ord(c) in _drawable() or c in JOINERS for c in cluster)


@cache
def _drawable() -> frozenset[int]:
    """The characters that the fonts have."""
    fonts = [get_font(findfont(FontProperties(family=name))) for name in FAMILIES]
    return frozenset(code for font in fonts for code in font.get_charmap())
