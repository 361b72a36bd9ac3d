"""Tokenizers: round trips, the rule for words, and the counts of words in the real files."""

import re

import pytest

from collapse.data.tokens import Tokenizer, guess_tokens, pretokenised
from collapse.errors import UserError
from collapse.files.read import read_items
from tests.shared import shared

TEXTS = [
    'Hello, world! (It\'s "fine"; really.)',
    "\tWhy did 2.5 hens -- and one [red] hen_house -- cross?\n\nTo get\x0cthere...",
    "Caf\u00e9 na\u00efve don\u2019t \u201cquote\u201d \u0130stanbul \u039f\u0394\u03a3 e\u0301",
    "dogs ' bones and 'quoted' rock 'n' roll '",
    "\u0939\u093f\u0928\u094d\u0926\u0940 \u65e5\u672c\u8a9e \U0001f600\U0001f468\u200d\U0001f469",
]
# path, field, words and types by runs of [a-z0-9'] after lower-casing
WORDS = [
    ("text/jokes/reddit-cleanjokes.csv", None, 24_289, 4_776),
    ("text/jokes/official_joke_api.json", "setup,punchline", 5_958, 1_650),
    ("text/jokes/yesinteractive_dadjokes.txt", None, 6_884, 1_510),
    ("llm_outputs/jokegpt/jokes_clean.txt", None, 12_694, 373),
    ("text/fortunes/computers.txt", None, 40_921, 7_535),
    ("text/fortunes/definitions.txt", None, 28_592, 6_526),
    ("text/fortunes/fortunes.txt", None, 4_288, 1_286),
    ("text/fortunes/miscellaneous.txt", None, 8_184, 2_611),
    ("text/fortunes/people.txt", None, 26_472, 5_140),
    ("text/fortunes/platitudes.txt", None, 5_873, 1_901),
    ("text/fortunes/riddles.txt", None, 3_708, 1_107),
    ("text/fortunes/science.txt", None, 21_932, 5_042),
    ("text/fortunes/wisdom.txt", None, 10_949, 2_650),
    ("text/fortunes/work.txt", None, 18_391, 4_214),
]
# path, white space tokens, types
SPACED = [
    ("text/wikitext-2/valid.txt", 213_886, 13_776),
    ("text/wikitext-2/test.txt", 241_211, 14_142),
    ("text/wikitext-2/train_sampled.txt.gz", 512_615, 23_070),
]


def shared_items(path, field=None):
    return read_items(shared(path), field).items


@pytest.mark.parametrize("name", ["char", "byte"])
@pytest.mark.parametrize("text", TEXTS)
def test_characters_and_bytes_come_back_whole(name, text):
    tokenizer = Tokenizer.learn(name, TEXTS)
    ids = tokenizer.encode(text)
    assert 0 not in ids
    assert tokenizer.decode(ids) == text
    assert tokenizer.decode([*ids, 0, 1, 2]) == text


@pytest.mark.parametrize("text", TEXTS)
def test_words_written_are_read_back_the_same(text):
    tokenizer = Tokenizer.learn("word", TEXTS)
    ids = tokenizer.encode(text)
    assert tokenizer.encode(tokenizer.decode(ids)) == ids


def test_how_words_are_cut_and_written():
    tokenizer = Tokenizer.learn("word", TEXTS)
    written = [tokenizer.decode(tokenizer.encode(text)) for text in TEXTS]
    assert written[0] == 'hello, world! (it\'s " fine "; really.)'
    assert written[2].startswith("caf\u00e9 na\u00efve don\u2019t \u201cquote\u201d")
    assert written[4].startswith("\u0939\u093f\u0928\u094d\u0926\u0940 \u65e5\u672c\u8a9e")
    assert not tokenizer.split


def test_the_vocabulary_falls_by_frequency_then_alphabet():
    tokenizer = Tokenizer.learn("char", ["bca", "cc", "a"])
    assert tokenizer.vocabulary == ("", "c", "a", "b")
    assert (tokenizer.vocab_size, tokenizer.encode("cab")) == (4, [1, 2, 3])
    assert tokenizer.decode([0, 1]) == ""
    assert Tokenizer.learn("char", ["bca", "cc", "a"]) == tokenizer


def test_bytes_have_a_fixed_vocabulary():
    tokenizer = Tokenizer.learn("byte", [])
    assert tokenizer.vocab_size == 257
    assert len(set(tokenizer.vocabulary)) == 257
    assert tokenizer.encode("\x00\u00e9") == [1, 0xC3 + 1, 0xA9 + 1]
    assert tokenizer.decode([0xC3 + 1, 66]) == "\ufffdA"


def test_text_that_came_cut_is_split_at_white_space():
    items = ["The <unk> 's shell , it is said , is red .", "( U.S. )"]
    tokenizer = Tokenizer.learn("word", items)
    assert tokenizer.split
    assert "'s" in tokenizer.vocabulary
    assert tokenizer.decode(tokenizer.encode(items[0])) == items[0]
    assert pretokenised("a , b . c.")
    assert pretokenised("a , b.")
    assert not pretokenised("a, b. c .")
    assert not pretokenised("no points at all")


def test_unknown_tokens_and_tokenizers_are_told():
    with pytest.raises(UserError, match=r"does not know 'red', 'dog'") as caught:
        Tokenizer.learn("word", ["a hen", "a cat"]).encode("red hen dog red")
    assert len(caught.value.sentences) == 1
    with pytest.raises(UserError, match=r"no tokenizer 'words' \(did you mean word\?\)"):
        Tokenizer.learn("words", ["a"])


def test_guesses():
    assert guess_tokens(["emma", "ava lee"], "line") == ("char", "items of 1.5 words on average")
    assert guess_tokens(["what a day", "or is it so"], "line")[0] == "word"
    assert guess_tokens(["Well, now.\n\nYes."], "blob") == ("char", "running text")
    assert guess_tokens(["Well , <unk> .\n\nYes ."], "blob")[0] == "word"


@pytest.mark.parametrize(("path", "field", "words", "types"), WORDS)
def test_words_of_the_real_files(path, field, words, types):
    items = shared_items(path, field)
    runs = [word for item in items for word in re.findall("[a-z0-9']+", item.lower())]
    assert (len(runs), len(set(runs))) == (words, types)
    ascii_items = [item for item in items if item.isascii()]
    expected = [word for item in ascii_items for word in re.findall("[a-z0-9']+", item.lower())]
    tokenizer = Tokenizer.learn("word", items)
    tokens = [tokenizer.vocabulary[i] for item in ascii_items for i in tokenizer.encode(item)]
    assert [token for token in tokens if re.fullmatch("[a-z0-9']+", token)] == expected


@pytest.mark.parametrize(("path", "tokens", "types"), SPACED)
def test_tokens_of_text_that_came_cut(path, tokens, types):
    items = shared_items(path)
    tokenizer = Tokenizer.learn("word", items)
    assert tokenizer.split
    assert (len(tokenizer.encode(items[0])), tokenizer.vocab_size) == (tokens, types + 1)
