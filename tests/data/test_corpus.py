"""Corpora: rows and their ends, guesses and facts of the real files, splits and mistakes."""

from pathlib import Path

import numpy as np
import pytest

from collapse.data import from_items, load_corpus, prose
from collapse.errors import UserError
from tests.shared import shared

# path, unit, field, tokens, rows, facts: everything guessed
REAL = [
    ("text/jokes/reddit-cleanjokes.csv", None, "Joke", "word", 1622, {"distinct": 1611}),
    ("text/fortunes/fortunes.txt", "fortune", None, "word", 431, {"distinct": 431}),
    (
        "text/tinyshakespeare.txt",
        "blob",
        None,
        "char",
        1_115_394 // 64,
        {"tokens": 1_115_394, "types": 65, "length": 64},
    ),
    (
        "text/wikitext-2/train_sampled.txt.gz",
        "blob",
        None,
        "word",
        512_615 // 64,
        {"tokens": 512_615, "types": 23_070},
    ),
    ("llm_outputs/jokegpt/jokes_clean.txt", "line", None, "word", 1011, {"distinct": 118}),
    (
        "text/names.txt",
        "line",
        None,
        "char",
        32_033,
        {"distinct": 29_494, "tokens": 196_113, "types": 26, "length": 11},
    ),
    ("text/tinystories/tinystories_1000.json", None, None, "word", 1000, {"length": 128}),
    ("llm_outputs/jokegpt/responses.jsonl", None, "message", "word", 1002, {"distinct": 348}),
]


@pytest.mark.data
@pytest.mark.parametrize(
    ("path", "unit", "field", "tokens", "rows", "facts"), REAL, ids=[row[0] for row in REAL]
)
def test_real_files(path, unit, field, tokens, rows, facts):
    corpus = load_corpus(shared(path))
    assert (corpus.unit, corpus.field, corpus.tokenizer.name) == (unit, field, tokens)
    assert corpus.rows.shape == (rows, corpus.facts["length"])
    assert corpus.facts["items"] == rows
    assert {name: corpus.facts[name] for name in facts} == facts
    assert [guess for guess in corpus.guesses if guess.startswith(f"tokens: {tokens} (")]
    assert corpus.source == str(shared(path))
    assert corpus.name == Path(path).name.split(".")[0]
    assert len(corpus.facts["sha256"]) == 64


def test_rows_end_are_padded_or_are_cut():
    corpus = from_items(["abc", "ab", "abcdef", "abcd"], "letters", tokens="char", length=4)
    assert corpus.rows.dtype == np.int32
    assert corpus.rows.tolist() == [[1, 2, 3, 0], [1, 2, 0, 0], [1, 2, 3, 4], [1, 2, 3, 4]]
    assert [corpus.text(row) for row in corpus.rows] == ["abc", "ab", "abcd", "abcd"]
    told = {"items": 4, "distinct": 4, "tokens": 15, "types": 6, "cut": 2, "length": 4}
    assert {name: corpus.facts[name] for name in told} == told
    assert corpus.guesses == []


def test_the_length_guessed_holds_nearly_all_items():
    corpus = from_items(["ab cd ef"] * 199 + ["a " * 300], "x", tokens="word")
    assert (corpus.facts["length"], corpus.facts["cut"]) == (4, 1)
    assert corpus.guesses == ["length: 4 (holds 99% of the items)"]
    assert from_items(["a " * 300] * 2, "x", tokens="word").facts["length"] == 128
    assert from_items(["a", "b"], "x").facts["length"] == 2


def test_running_text_is_cut_into_blocks(tmp_path):
    path = tmp_path / "play.txt"
    path.write_text("abcde\n\nfghij", encoding="utf-8")
    corpus = load_corpus(path, length=5)
    assert corpus.unit == "blob"
    assert [corpus.text(row) for row in corpus.rows] == ["abcde", "\n\nfgh"]
    assert (corpus.facts["tokens"], corpus.facts["cut"]) == (12, 2)
    assert np.all(corpus.rows > 0)


def test_splits_are_fixed_and_whole():
    corpus = from_items(list("abcdefghij") * 3, "letters")
    train, held = corpus.split(0.2, key=7)
    assert (len(train), len(held)) == (24, 6)
    both = np.concatenate([train, held])
    assert sorted(both.tolist()) == sorted(corpus.rows.tolist())
    assert np.array_equal(held, corpus.split(0.2, key=7)[1])
    assert not np.array_equal(held, corpus.split(0.2, key=8)[1])
    assert [len(side) for side in corpus.split(0.0)] == [29, 1]
    assert [len(side) for side in corpus.split(1.0)] == [1, 29]


def test_prose_is_built_in():
    corpus = prose()
    assert corpus.rows.shape[1] == 64
    assert len(corpus.rows) > 500
    assert (corpus.source, corpus.unit, corpus.tokenizer.name) == ("built-in", "blob", "word")
    assert 1000 < corpus.tokenizer.vocab_size < 10_000
    assert prose(tokens="char", length=32).rows.shape[1] == 32


def test_mistakes_are_told_together(tmp_path):
    with pytest.raises(UserError) as caught:
        load_corpus(tmp_path / "none.txt", unit="lines", tokens="chars", length=1)
    told = caught.value.sentences
    assert len(told) == 4
    for part in ("no unit 'lines'", "no file", "did you mean char?", "length of 1 is too short"):
        assert sum(part in sentence for sentence in told) == 1


def test_too_little_text_is_told(tmp_path):
    path = tmp_path / "one.txt"
    path.write_text("one line only\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"one\.txt holds a single item"):
        load_corpus(path)
    with pytest.raises(UserError, match=r"its 14 tokens fill 1 block\(s\) of 8"):
        load_corpus(path, unit="blob", length=8)
    with pytest.raises(UserError, match="holds no items"):
        from_items([], "nothing")
    path.write_text("", encoding="utf-8")
    with pytest.raises(UserError, match="is empty"):
        load_corpus(path)
