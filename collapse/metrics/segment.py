"""Words of text in any script, by the word boundaries of Unicode (UAX 29).

Chinese, Japanese, Thai, Lao, Khmer and Burmese have no blanks between words. There a segmenter that
is installed is asked: ICU (PyICU), else BudouX (Chinese, Japanese and Thai), else every character
(grapheme cluster), or run of Katakana, is taken for a word.
"""

from collections.abc import Callable, Iterable
from functools import cache

import regex

from collapse.errors import UserError

WORD = regex.compile(r"(?w)\b\w.*?\b", regex.DOTALL)  # from boundary to boundary
PIECE = regex.compile(r"(?w)\b\S.*?\b", regex.DOTALL)  # the same, with punctuation
CLUSTER = regex.compile(r"\X")
CHARACTER = regex.compile(r"[\p{Katakana}\u30fc\uff70\uff9e\uff9f]+|\X")
INSIDE = regex.compile(r"\w")
KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}\u30fc\uff70\uff9e\uff9f]")
SCRIPTS = {  # without blanks between words
    "Japanese": rf"\p{{Han}}*{KANA.pattern}(?:\p{{Han}}|{KANA.pattern})*",
    "Chinese": r"\p{Han}+",
    "Thai": r"\p{Thai}+",
    "Lao": r"\p{Lao}+",
    "Khmer": r"\p{Khmer}+",
    "Burmese": r"\p{Myanmar}+",
}
RUN = regex.compile("|".join(f"(?P<{name}>{runs})" for name, runs in SCRIPTS.items()))
BUDOUX = {
    "Japanese": "load_default_japanese_parser",
    "Chinese": "load_default_simplified_chinese_parser",
    "Thai": "load_default_thai_parser",
}
CHARACTERS, ICU, PHRASES = "characters", "ICU words", "BudouX phrases"
KINDS = ("unicode", "whitespace", "char")
COUNTS = ("case", "punctuation")


class Segmenter:
    """Splits a text into words. ``found`` says how each script without blanks that was met was
    split.

    Args:
        by: "unicode"; "whitespace": runs between blanks; "char": grapheme clusters but blanks; or a
            function from a text to a list of words.
        name: what it is called, if it is a function.
        counts: of "case" (else words are in lower case) and "punctuation" (else what holds no
            letter or digit is no word). A function decides on both itself.
    """

    def __init__(
        self,
        by: str | Callable[[str], Iterable[str]] = "unicode",
        name: str | None = None,
        counts: tuple[str, ...] = (),
    ):
        self.by, self.name, self.counts = by, name or str(by), counts
        self.found: dict[str, str] = {}

    def __call__(self, text: str) -> list[str]:
        if callable(self.by):
            return self._by_function(self.by, text)
        marks = "punctuation" in self.counts
        text = text if "case" in self.counts else text.lower()
        if self.by == "whitespace":
            words = text.split()
        elif self.by == "char":
            words = [c for c in CLUSTER.findall(text) if not c.isspace()]
        else:
            return self._unicode(text, PIECE if marks else WORD)
        return words if marks else [word for word in words if INSIDE.search(word)]

    def _unicode(self, text: str, word: regex.Pattern) -> list[str]:
        if text.isascii() or not RUN.search(text):
            return word.findall(text)
        words, end = [], 0
        japanese = KANA.search(text)
        for run in RUN.finditer(text):
            script = "Japanese" if japanese and run.lastgroup == "Chinese" else run.lastgroup
            how, split = _splitter(script)
            self.found[script] = how
            words += word.findall(text[end : run.start()])
            words += [word for word in split(run.group()) if INSIDE.search(word)]
            end = run.end()
        return words + word.findall(text[end:])

    def _by_function(self, function: Callable, text: str) -> list[str]:
        try:
            words = function(text)
            words = words if isinstance(words, str) else list(words)
        except Exception as error:
            raise UserError(
                f"The words of {text[:40]!r} could not be found: {self.name} raised "
                f"{type(error).__name__}: {error}. Correct it and run again."
            ) from error
        if isinstance(words, str) or not all(isinstance(word, str) for word in words):
            raise UserError(
                f"{self.name} must give a list of words (str) for a text, and not "
                f"{str(words)[:40]!r} as for {text[:40]!r}."
            )
        return words


@cache
def _splitter(script: str) -> tuple[str, Callable[[str], list[str]]]:
    """How runs of a script are split, in words, and the function that does it."""
    try:
        from icu import BreakIterator, Locale, UnicodeString
    except ImportError:
        pass
    else:
        iterator = BreakIterator.createWordInstance(Locale.getRoot())

        def by_icu(run: str) -> list[str]:
            whole, start, words = UnicodeString(run), 0, []  # counted in UTF-16
            iterator.setText(whole)
            for end in iterator:
                words.append(str(whole[start:end]))
                start = end
            return words

        return ICU, by_icu
    try:
        import budoux
    except ImportError:
        return CHARACTERS, CHARACTER.findall
    if script not in BUDOUX:
        return CHARACTERS, CHARACTER.findall
    return PHRASES, getattr(budoux, BUDOUX[script])().parse


def cut(text: str, most: int) -> str:
    """The text, or as many of its characters (grapheme clusters) as fit in ``most`` code points
    with an ellipsis after them."""
    if len(text) <= most:
        return text
    end = 0
    for cluster in CLUSTER.finditer(text):
        if cluster.end() > most - 1:
            break
        end = cluster.end()
    return text[:end] + "\u2026"


def clusters(text: str) -> list[str]:
    """The characters of a text as people see them: grapheme clusters."""
    return list(text) if text.isascii() else CLUSTER.findall(text)
