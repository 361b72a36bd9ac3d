"""Byte pairs: nothing is lost, and what is joined is what the rule joins, step by step."""

import re
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from collapse.data import from_items, load_corpus
from collapse.data.bpe import PIECE
from collapse.data.tokens import Tokenizer
from collapse.errors import UserError
from tests.shared import ROOT, shared

pytest.importorskip("tokenizers", reason="the extra text is not installed")

ITEMS = [
    "the cat that sat on the other mat",
    "the hat is fatter than that cat,\n\nthen the rat  sat",
    "caf\u00e9 na\u00efve don\u2019t \u0939\u093f\u0928\u094d\u0926\u0940",
    "\u65e5\u672c\u8a9e \U0001f600\U0001f468\u200d\U0001f469 \u65e5\u672c \u65e5\u672c\u8a9e",
] * 3
STRANGE = ["", " ", "\0\x7f\x85\xa0\u2028", "\tquite other TEXT 0123\r\n", "\U0001f9ff", "~" * 99]


def joined(tokens, pair):
    """The tokens with every such pair of neighbours made one, from left to right."""
    out, i = [], 0
    while i < len(tokens):
        both = tuple(tokens[i : i + 2]) == pair
        out.append("".join(pair) if both else tokens[i])
        i += 2 if both else 1
    return out


def pieces(text):
    return [list(piece) for piece in re.findall(PIECE, text.encode().decode("latin-1"))]


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer.learn("bpe", ITEMS, vocabulary=300)


@pytest.mark.parametrize("text", [*ITEMS[:4], *STRANGE])
def test_any_text_comes_back_whole(tokenizer, text):
    ids = tokenizer.encode(text)
    assert all(0 < token < tokenizer.vocab_size for token in ids)
    assert tokenizer.decode(ids) == text
    assert tokenizer.decode([*ids, 0, 70, 71]) == text
    words = Tokenizer.learn("word", [*ITEMS, *STRANGE])  # the check can fail: words lose blanks
    assert words.decode(words.encode(ITEMS[1])) != ITEMS[1]


def test_each_joined_pair_was_the_most_frequent(tokenizer):
    """By counting anew before each step; a pair that was joined last is not the most frequent."""
    left = [piece for item in ITEMS for piece in pieces(item)]

    def counts():
        return Counter(pair for x in left for pair in zip(x, x[1:], strict=False))

    last = tuple(tokenizer.merges[-1])
    assert counts()[last] < max(counts().values())
    for pair in tokenizer.merges:
        seen = counts()
        assert seen[pair] == max(seen.values()) > 1
        left = [joined(piece, pair) for piece in left]
    # The vocabulary is the end, the bytes in order, and what was joined, in order.
    new = dict.fromkeys("".join(pair) for pair in tokenizer.merges)
    assert tokenizer.vocabulary == ("", *map(chr, range(256)), *new)
    assert tokenizer.vocab_size == 300


def test_text_is_cut_by_joining_in_the_order_learned(tokenizer):
    for text in (*ITEMS[:4], *STRANGE, "that other fat cat"):
        tokens = []
        for piece in pieces(text):
            for pair in tokenizer.merges:
                piece = joined(piece, pair)
            tokens += piece
        assert [tokenizer.vocabulary[i] for i in tokenizer.encode(text)] == tokens
    assert len(tokenizer.encode(ITEMS[0])) < len(ITEMS[0]) / 2


def test_learning_repeats_and_more_tokens_make_shorter_rows(tokenizer):
    assert Tokenizer.learn("bpe", ITEMS, vocabulary=300) == tokenizer
    bare = Tokenizer.learn("bpe", ITEMS, vocabulary=257)
    assert bare.encode("the cat") == Tokenizer.learn("byte", []).encode("the cat")
    lengths = [
        sum(len(Tokenizer.learn("bpe", ITEMS, size).encode(item)) for item in ITEMS)
        for size in (257, 270, 300)
    ]
    assert lengths[0] > lengths[1] > lengths[2]
    assert Tokenizer.learn("bpe", ["ab"]).vocab_size < 512  # nothing left to join


@pytest.mark.slow
def test_corpora_and_the_command_line(run, tmp_path):
    corpus = from_items(ITEMS, "cats", tokens="bpe", vocabulary=280)
    assert (corpus.tokenizer.name, corpus.tokenizer.vocab_size) == ("bpe", 280)
    assert [corpus.text(row) for row in corpus.rows if row[-1] == 0][0] in ITEMS
    path = tmp_path / "cats.txt"
    path.write_text("\n".join(ITEMS), encoding="utf-8")
    assert load_corpus(path, unit="line", tokens="bpe").tokenizer.vocab_size < 512
    code, _, err = run("run", "--data", path, "--unit", "line", "--tokens", "bpe", "--dry-run")
    assert code == 0, err
    code, _, err = run("run", "--data", path, "--tokens", "bpee", "--dry-run")
    assert code == 2
    assert "did you mean bpe?" in err


@pytest.mark.data
def test_a_real_corpus_in_512_tokens():
    path = shared("text/names.txt")
    corpus = load_corpus(path, unit="line", tokens="bpe")
    assert corpus.tokenizer.vocab_size == 512
    assert corpus.facts["tokens"] < 0.6 * 196_113  # characters
    names = path.read_text().split("\n")
    whole = np.flatnonzero(corpus.rows[:, -1] == 0)[:2000]
    assert [corpus.text(corpus.rows[i]) for i in whole] == [names[i] for i in whole]


def test_what_is_missing_is_told(monkeypatch, tmp_path, tokenizer):
    with pytest.raises(UserError, match="vocabulary of 256 is too small"):
        Tokenizer.learn("bpe", ITEMS, vocabulary=256)
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(UserError, match=r"pip install 'collapse\[text\]'"):
        Tokenizer.learn("bpe", ITEMS)
    with pytest.raises(UserError) as caught:
        load_corpus(tmp_path / "none.txt", tokens="bpe", length=1, vocabulary=10)
    assert len(caught.value.sentences) == 4
    fresh = Tokenizer("bpe", tokenizer.vocabulary, merges=tokenizer.merges)
    assert fresh.decode([117]) == "t"  # reading needs no package
    with pytest.raises(UserError, match="tokenizers package"):
        fresh.encode("t")


def test_other_tokens_import_no_tokenizers():
    source = "import sys; from collapse import Tokenizer; Tokenizer.learn('word', ['a b']); "
    source += "sys.exit('tokenizers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", source], cwd=ROOT).returncode == 0
