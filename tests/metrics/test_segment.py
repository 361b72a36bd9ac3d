"""Words by Unicode's boundaries, against another implementation of UAX 29 and by hand."""

import sys
from types import ModuleType

import pytest
from hypothesis import given, settings, strategies as st
from uniseg import graphemecluster, wordbreak

from collapse.errors import UserError
from collapse.metrics import segment
from collapse.metrics.grams import words
from collapse.metrics.segment import CHARACTERS, ICU, PHRASES, Segmenter, clusters

MIXED = (
    "aB1 .,:'\u2019\"_-\u0301\u0902\u094d\u0928\u064e\u0645\u05d0\u05f3\U0001f469\u200d\U0001f3fd\n"
)


@pytest.fixture
def alone(monkeypatch):
    """Without a segmenter."""
    for name in ("icu", "budoux"):
        monkeypatch.setitem(sys.modules, name, None)
    segment._splitter.cache_clear()
    yield
    segment._splitter.cache_clear()


@given(st.text(MIXED, max_size=12))
@settings(deadline=None)
def test_words_are_those_of_another_implementation(text):
    every = wordbreak.words(text.lower())
    assert Segmenter()(text) == [word for word in every if segment.INSIDE.match(word)]
    marks = Segmenter(counts=("case", "punctuation"))(text)
    assert marks == [word for word in wordbreak.words(text) if not word[0].isspace()]


@given(st.text("ab\u0301\u0e01\u0e33\u0e31\U0001f1e9\U0001f1ea\u200d\U0001f469\u1100\u1161"))
@settings(deadline=None)
def test_characters_are_those_of_another_implementation(text):
    assert clusters(text) == list(graphemecluster.grapheme_clusters(text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Can't STOP, e.g. 3.14!", ["can't", "stop", "e.g", "3.14"]),
        ("it\u2019s \u2018so\u2019", ["it\u2019s", "so"]),
        (
            "\u0643\u0650\u062a\u064e\u0627\u0628\u064c \u062c",
            ["\u0643\u0650\u062a\u064e\u0627\u0628\u064c", "\u062c"],
        ),
        ("\u0928\u092e\u0938\u094d\u0924\u0947 a", ["\u0928\u092e\u0938\u094d\u0924\u0947", "a"]),
        ("cafe\u0301 x", ["cafe\u0301", "x"]),
        ("\U0001f600 ok \U0001f469\u200d\U0001f467", ["ok"]),
        ("...", []),
    ],
)
def test_words_by_hand(text, found):
    assert words(text) == found


def test_scripts_without_blanks_by_characters(alone):
    one = Segmenter()
    assert one("\u4eca\u5929\u3002 ok") == ["\u4eca", "\u5929", "ok"]
    assert one("iPhone15\u3092\u30ab\u30ca\u8cb7\u3046") == [
        *("iphone15", "\u3092", "\u30ab\u30ca", "\u8cb7", "\u3046")
    ]
    assert one("\u0e01\u0e33\u0e25\u0e31\u0e07") == ["\u0e01\u0e33", "\u0e25\u0e31", "\u0e07"]
    assert one.found == dict.fromkeys(("Chinese", "Japanese", "Thai"), CHARACTERS)


def test_scripts_without_blanks_by_budoux(monkeypatch):
    """Its parsers are asked for the runs of their scripts, without punctuation."""
    budoux = pytest.importorskip("budoux")
    monkeypatch.setitem(sys.modules, "icu", None)
    segment._splitter.cache_clear()
    one = Segmenter()
    japanese = "\u732b\u304c\u9b5a\u3092\u98df\u3079\u305f"
    phrases = budoux.load_default_japanese_parser().parse(japanese)
    assert len(phrases) == 3
    assert one(f"A {japanese}\u3002 b") == ["a", *phrases, "b"]
    thai = "\u0e27\u0e31\u0e19\u0e19\u0e35\u0e49"
    assert "".join(one(thai)) == thai
    assert one("\u1781\u17d2\u1798\u17c2") != []  # Khmer, of which it knows nothing
    assert one.found == {"Japanese": PHRASES, "Thai": PHRASES, "Khmer": CHARACTERS}
    segment._splitter.cache_clear()


def test_icu_counts_in_utf_16(monkeypatch):
    """Its offsets are turned into those of a text beyond the basic plane."""

    class Text:
        def __init__(self, text):
            self.units = text.encode("utf-16-le")

        def __getitem__(self, at):
            return self.units[2 * at.start : 2 * at.stop].decode("utf-16-le")

    class Breaks:
        def setText(self, text):
            self.length = len(text.units) // 2

        def __iter__(self):
            return iter([2, self.length])

    fake = ModuleType("icu")
    fake.Locale = type("Locale", (), {"getRoot": staticmethod(lambda: None)})
    fake.BreakIterator = type(
        "BreakIterator", (), {"createWordInstance": staticmethod(lambda _: Breaks())}
    )
    fake.UnicodeString = Text
    monkeypatch.setitem(sys.modules, "icu", fake)
    segment._splitter.cache_clear()
    one = Segmenter()
    assert one("\U00020bb7\u91ce\u5bb6") == ["\U00020bb7", "\u91ce\u5bb6"]
    assert one.found == {"Chinese": ICU}
    segment._splitter.cache_clear()


def test_other_kinds_of_words():
    text = "A b.B  \u0e01\u0e33!"
    assert Segmenter("whitespace")(text) == ["a", "b.b", "\u0e01\u0e33!"]
    assert Segmenter("char")(text) == ["a", "b", "b", "\u0e01\u0e33"]
    both = Segmenter("char", counts=("case", "punctuation"))
    assert both(text) == ["A", "b", ".", "B", "\u0e01\u0e33", "!"]
    assert Segmenter(lambda text: text.split("b"), "mine")("abc") == ["a", "c"]


@pytest.mark.parametrize("function", [lambda text: 1 / 0, lambda text: text, lambda text: [3]])
def test_functions_that_give_no_words_are_refused(function):
    with pytest.raises(UserError, match="mine"):
        Segmenter(function, "mine")("abc")
