"""Vectors of answers in ``collapse measure``: parts of equal size, embedders of one's own."""

import re
from pathlib import Path

import numpy as np
import pytest

from collapse.commands.measure import embedding
from collapse.commands.measure.tally import Corpus
from collapse.metrics.similarity import character_ngrams, pairwise_cosine, vendi
from tests.commands.measure.test_command import measured, write
from tests.shared import ROOT

EMBEDDERS = '''
import numpy as np

CALLS = []

def one_hot(texts):
    """By the number at the end of a text: equal numbers, equal directions."""
    CALLS.append(len(texts))
    assert len(set(texts)) == len(texts)
    return np.eye(50)[[int(text.split()[-1]) for text in texts]]

def raw(texts):
    return 3 * one_hot(texts)

def not_a_number(texts):
    rows = one_hot(texts)
    rows[[0, 2]] = np.nan
    return rows

def zeros(texts):
    return one_hot(texts) * 0

def flat(texts):
    return [1.0] * len(texts)

def short(texts):
    return one_hot(texts)[1:]

def words(texts):
    return [["a"] for _ in texts]

def fails(texts):
    raise RuntimeError("no weights here")

class Made:
    def __call__(self, texts):
        return one_hot(texts)

class Unmade:
    def __init__(self, path): pass

number = 3
'''


def corpus(name, answer):
    return Corpus(name, np.array(answer, np.int32), None)


def test_small_corpora_are_measured_whole_and_exactly():
    texts = ["why", "why not", "a duck", "a duck walks", "knock"]
    one, other = corpus("a", [0, 1, 2, 3, 0]), corpus("b", [4, 4, 4, 0, 0])
    about, doubts, _ = embedding.embeddings([one, other], None, texts, embedding.Embedder())
    rows = character_ngrams(sorted(set(texts), key=texts.index))
    assert about["n"] == 5
    assert about["reference"] is None
    assert doubts == []
    for each in (one, other):
        found = about["corpora"][each.name]
        given = rows[each.answer]
        assert found["vendi"].value == pytest.approx(vendi(given), rel=1e-6)
        assert found["cosine_distance"].value == pytest.approx(1 - pairwise_cosine(given))
        assert np.isnan(found["vendi"].low)


def test_unequal_corpora_are_measured_in_parts_of_one_size():
    """One direction an answer, uniform over d: a part of n has exp(entropy of its counts) items in
    effect, in the mean, whatever n of the corpus is, and a mean distance of 1 - 1/d."""
    generator, d, n = np.random.default_rng(0), 8, 60
    texts = [f"t {i}" for i in range(d)]
    large, small = corpus("large", generator.integers(0, d, 5000)), corpus("small", [0] * n)
    about, _, _ = embedding.embeddings(
        [large, small], large, texts, embedding.Embedder("eye", lambda texts: np.eye(len(texts)))
    )
    assert about["n"] == n
    found = about["corpora"]["large"]
    means = [vendi(np.eye(d)[generator.integers(0, d, n)]) for _ in range(400)]
    spread = np.std(means) / np.sqrt(embedding.PARTS)
    assert abs(found["vendi"].value - np.mean(means)) < 4 * spread
    assert found["vendi"].low < found["vendi"].value < found["vendi"].high
    assert found["cosine_distance"].value == pytest.approx(1 - 1 / d, abs=0.02)
    whole = about["corpora"]["small"]
    assert whole["vendi"].value == pytest.approx(1)
    assert whole["cosine_distance"].value == pytest.approx(0)
    assert about["reference"]["answers"] == 5000


def test_the_embedder_in_the_docs_works(run):
    """Anagrams have the same letters, so that by them there is one answer in effect."""
    page = (ROOT / "docs" / "measure.md").read_text()
    (source,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    write("mine.py", source)
    write("a.txt", "listen\nsilent\nenlist\n" * 4)
    found = measured(run, "a.txt", "--embed", "mine.py:embed")["embedding"]["corpora"]["a"]
    assert found["vendi"]["value"] == pytest.approx(1)
    assert found["cosine_distance"]["value"] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("many", [1, 60, 200])
def test_what_is_embedded_is_bounded(many):
    seen = []
    embed = embedding.Embedder(
        "seen", lambda texts: seen.append(len(texts)) or np.ones((len(texts), 2))
    )
    texts = [str(i) for i in range(9000)]
    corpora = [corpus(str(i), range(9000)) for i in range(many)]
    about, _, _ = embedding.embeddings(corpora, None, texts, embed)
    assert about["n"] == min(embedding.PART, embedding.EMBEDDED // (embedding.PARTS * many))
    assert len(seen) == 1
    assert seen[0] <= min(9000, about["n"] * embedding.PARTS * many)


def test_one_answer_has_no_distance():
    found = embedding.embeddings([corpus("a", [0])], None, ["x"], embedding.Embedder())
    assert found[:2] == (None, [])


def test_an_embedder_of_ones_own(run):
    write("e.py", EMBEDDERS)
    write("a.txt", "\n".join(f"t {i % 4}" for i in range(40)))
    write("b.txt", "\n".join(f"t {i % 2}" for i in range(30)))
    for name in ("one_hot", "Made"):
        document = measured(run, "a.txt", "b.txt", "--embed", f"e.py:{name}", "--out", name)
        about = document["embedding"]
        assert (about["embedder"], about["n"]) == (f"e.py:{name}", 30)
        assert about["corpora"]["b"]["vendi"]["value"] == pytest.approx(2)
        assert about["corpora"]["b"]["cosine_distance"]["value"] == pytest.approx(15 / 29)
        assert 3.5 < about["corpora"]["a"]["vendi"]["value"] <= 4
        assert not any("unit length" in note for note in document["notes"])
    code, out, err = run("measure", "a.txt", "b.txt", "--out", "one_hot")
    assert (code, out) == (2, "")
    assert "differs in embed" in err
    code, out, _ = run("measure", "a.txt", "b.txt", "--embed", "e.py:one_hot", "--out", "one_hot")
    assert code == 0
    assert "By vectors (e.py:one_hot): 30 answers each" in out


def test_raw_vectors_are_noted(run):
    write("e.py", EMBEDDERS)
    write("a.txt", "\n".join(f"t {i % 4}" for i in range(40)))
    notes = measured(run, "a.txt", "--embed", "e.py:raw")["notes"]
    said = [note for note in notes if "not of unit length (3 to 3)" in note]
    assert [note.split()[0] for note in said] == ["vendi", "pairwise_cosine"]
    assert all("use vendi_rbf, nearest_entropy" in note for note in said)


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ("e.py:not_a_number", "gave 't 0' a row that holds a NaN or an infinity, and 1 more"),
        ("e.py:zeros", "gave 't 0' a row that is all zeros"),
        ("e.py:flat", "returned numbers of shape (4,), not (n, d) with a row for each of 4 texts"),
        ("e.py:short", "returned numbers of shape (3, 50)"),
        ("e.py:words", "returned a list, not numbers of shape (n, d)"),
        ("e.py:fails", "raised RuntimeError for 4 texts: no weights here"),
        ("e.py:Unmade", "could not be made"),
        ("e.py:number", "is no embedder: make it a function of a list of texts"),
        ("e.py:one_hat", "no embedder one_hat in e.py (did you mean one_hot?)"),
        ("e.py", "is missing the name of the embedder: write e.py:NAME; in it are: one_hot, raw"),
        ("f.py:one_hot", "no embedder file f.py (did you mean e.py?)"),
        ("broken.py:x", "The embedder file broken.py raised SyntaxError at line 1"),
    ],
)
def test_mistakes_of_an_embedder_are_sentences(run, where, sentence):
    write("e.py", EMBEDDERS)
    write("broken.py", "def (")
    write("a.txt", "\n".join(f"t {i % 4}" for i in range(40)))
    code, out, err = run("measure", "a.txt", "--embed", where)
    assert (code, out) == (2, "")
    assert sentence in err.replace("\n", " ")
    assert not Path("measures").exists()


def test_corpora_of_unequal_size_are_noted(run):
    write("a.txt", "x\ny\n" * 20)
    write("b.txt", "x\ny\n" * 30)
    notes = measured(run, "a.txt", "b.txt")["notes"]
    (note,) = [note for note in notes if "differ in size" in note]
    assert "from 40 answers (a) to 60 (b)" in note
    write("b.txt", "x\ny\n" * 20)
    assert not any(
        "differ in size" in x for x in measured(run, "a.txt", "b.txt", "--out", "c")["notes"]
    )
