"""What counts in a text: spellings made equal, kinds of words, and what is said of them."""

import sys
from pathlib import Path

import pytest

from collapse.commands.measure.spelling import Spelling, spelling_of
from collapse.errors import UserError
from collapse.metrics import segment
from tests.commands.measure.test_command import measured, only, write
from tests.shared import ROOT

CASES = ROOT.parent / "shared" / "cases"
CURLY = ["Don\u2019t stop. It\u2019s fine.", "Don't stop. It's fine."] * 5
CHINESE = [
    "\u4eca\u5929\u5929\u6c14\u5f88\u597d\u3002",
    "\u4eca\u5929\u5929\u6c14\u4e0d\u597d\u3002",
]
LESS = {
    "nfc": ("cafe\u0301", "caf\u00e9"),
    "nfkc": ("\uff21\u2460", "A1"),
    "quotes": ("\u2018a\u2019 \u201cb\u201d", "'a' \"b\""),
    "case": ("Stra\u00dfe", "strasse"),
    "punctuation": ("yes, sir. (no)", "yes sir no"),
    "space": ("a b  c", "abc"),
}


def lines(name, answers):
    return write(name, "\n".join(answers) + "\n")


@pytest.fixture
def unsegmented(monkeypatch):
    """Without a segmenter for scripts without blanks."""
    for name in ("icu", "budoux"):
        monkeypatch.setitem(sys.modules, name, None)
    segment._splitter.cache_clear()
    yield
    segment._splitter.cache_clear()


@pytest.mark.parametrize("step", LESS)
def test_each_step(step):
    text, equal = LESS[step]
    spelling = spelling_of(None, step)
    assert (spelling(text), spelling(equal), spelling.changed) == (equal, equal, 1)
    assert spelling_of(None, "none")(text) == text


def test_steps_have_one_order():
    assert spelling_of(None, "case, quotes,nfc").steps == ("nfc", "quotes", "case")
    assert Spelling().steps == spelling_of(None, None).steps == ("nfc",)


@pytest.mark.parametrize(
    ("words", "normalise", "named"),
    [
        ("unicod", None, "unicode"),
        ("char,cas", None, "case, punctuation"),
        ("there_is.py:none", None, "there_is.py"),
        (None, "nfd", "nfkc"),
    ],
)
def test_unknown_choices_are_named(words, normalise, named):
    with pytest.raises(UserError, match=named):
        spelling_of(words, normalise)


def test_a_command_says_all_errors_at_once(run):
    lines("a.txt", CURLY)
    code, _, err = run("measure", "a.txt", "--words", "unicod", "--normalise", "nfd")
    assert code == 2
    assert "'unicod'" in err
    assert "'nfd'" in err


def test_nfc_is_applied_and_told(run):
    """Two spellings of one letter are one answer; as written they are two."""
    lines("a.txt", ["cafe\u0301", "caf\u00e9", "tea"])
    document = measured(run, "a.txt")
    assert only(document)["different"] == 2
    assert (document["text"]["normalise"], document["text"]["changed"]) == (["nfc"], 1)
    assert any("One answer was spelled anew (NFC)" in note for note in document["notes"])
    document = measured(run, "a.txt", "--normalise", "none", "--out", "b")
    assert only(document)["different"] == 3
    assert document["text"]["changed"] == 0


def test_prompts_and_the_reference_are_spelled_alike(run):
    lines("a.jsonl", [f'{{"prompt": "{p}", "text": "x"}}' for p in ("e\u0301", "\u00e9")])
    document = measured(run, "a.jsonl", "--prompt", "prompt", "--field", "text")
    assert only(document)["prompts"]["prompts"] == 1
    lines("b.txt", ["\u00e9", "b"] * 10)
    lines("c.txt", ["e\u0301", "c"] * 10)
    document = measured(run, "b.txt", "--reference", "c.txt", "--out", "r")
    assert document["reference"]["compared"]["b"]["copies"] == 0.5


def test_curly_apostrophes_as_written_and_made_equal(run):
    """Ten answers of four words: six words as written, four with apostrophes made equal."""
    lines("curly.txt", CURLY)
    document = measured(run, "curly.txt")
    assert only(document)["distinct_1"] == pytest.approx(0.15)
    assert document["text"]["quotes"]["curly"] == pytest.approx(
        {"as_written": 0.15, "made_equal": 0.1}
    )
    (note,) = [note for note in document["notes"] if "apostrophes" in note]
    assert "0.15 as written, and 0.1 with them made equal (--normalise nfc,quotes)" in note
    document = measured(run, "curly.txt", "--normalise", "nfc,quotes", "--out", "b")
    assert only(document)["distinct_1"] == pytest.approx(0.1)
    assert document["text"]["quotes"] == {}


def test_words_of_scripts_without_blanks_are_told(run, unsegmented):
    """Of 2 x 6 characters 6 are different, of 10 pairs 7, of 8 triples 6."""
    lines("a.txt", CHINESE)
    document = measured(run, "a.txt")
    one = only(document)
    assert [one[f"distinct_{n}"] for n in (1, 2, 3)] == pytest.approx([6 / 12, 7 / 10, 6 / 8])
    assert document["text"]["scripts"] == {"Chinese": "characters"}
    assert any("no blanks between words of Chinese" in note for note in document["notes"])
    assert measured(run, "a.txt", "--words", "whitespace", "--out", "w")["text"]["scripts"] == {}


def test_words_by_a_function_and_by_characters(run):
    lines("a.txt", ["a-b", "a-c"])
    Path("mine.py").write_text("def dashes(text):\n    return text.split('-')\n")
    document = measured(run, "a.txt", "--words", "mine.py:dashes")
    assert only(document)["distinct_1"] == 3 / 4
    assert document["text"]["words"] == "mine.py:dashes"
    document = measured(run, "a.txt", "--words", "char,punctuation", "--out", "c")
    assert (only(document)["words"], only(document)["distinct_1"]) == (6, 4 / 6)
    Path("mine.py").write_text("def dashes(text):\n    return 3\n")
    code, _, err = run("measure", "a.txt", "--words", "mine.py:dashes", "--out", "d")
    assert code == 2
    assert "mine.py:dashes raised TypeError" in err


@pytest.mark.parametrize("answers", [["red", "blue"], ["\U0001f600", "\U0001f389"], ["...", "!"]])
def test_answers_without_pairs_of_words(run, answers):
    lines("a.txt", answers)
    document = measured(run, "a.txt")
    assert document["verdict"] == ["No two of 2 answers are equal."]


@pytest.mark.data
@pytest.mark.parametrize("name", ["arabic_diacritics", "chinese", "japanese", "thai"])
def test_cases_of_the_field(run, name):
    if not CASES.exists():
        pytest.skip("the cases are not beside this checkout")
    one = only(measured(run, str(CASES / f"{name}.txt"), "--words", "char"))
    if name == "chinese":
        found = [one[f"distinct_{n}"] for n in (1, 2, 3)]
        assert found == pytest.approx([7 / 90, 8 / 75, 7 / 60])
    words = only(measured(run, str(CASES / f"{name}.txt"), "--out", "w"))["words"]
    assert 0 < words < one["words"]
