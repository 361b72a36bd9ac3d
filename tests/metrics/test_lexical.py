"""Wording against sets and Counters of tuples, against other packages, and on real jokes."""

import math
import zlib
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats

from collapse.metrics import lexical
from collapse.metrics.grams import documents_of, gram_counts, words
from tests.shared import shared

FEW = settings(max_examples=40, deadline=None, derandomize=True, database=None)
DOCUMENTS = st.lists(st.lists(st.sampled_from("abcdé"), max_size=9), min_size=2, max_size=8)
# 400 words whose MTLD and HD-D were computed by lexicalrichness 0.5.1.
TEXT = ["".join(chr(97 + (k * k * 7 + k // 3) % p) for p in (5, 7)) for k in range(400)]


def grams(document, n):
    return list(zip(*(document[i:] for i in range(n)), strict=False))


def counted(documents, n):
    return Counter(gram for document in documents for gram in grams(document, n))


@FEW
@given(DOCUMENTS, st.integers(1, 4))
def test_counts_are_those_of_tuples(documents, n):
    """Every n-gram inside documents, none across their borders, whatever the tokens are."""
    if not any(documents):
        return
    counter = counted(documents, n)
    assert sorted(gram_counts(documents_of(documents), n)) == sorted(counter.values())
    if counter:
        assert lexical.distinct(documents, n) == len(counter) / counter.total()
        entropy = stats.entropy(list(counter.values()))
        assert lexical.ngram_entropy(documents, n) == pytest.approx(entropy, abs=1e-12)


def test_large_vocabularies_are_counted_exactly():
    """4-grams of 2^20 tokens need 80 bits: shorter ones are ranked first, and nothing collides."""
    rng = np.random.default_rng(0)
    rows = (rng.integers(0, 4, (300, 12)) * 349_525).tolist()  # up to 2^20, with many repeats
    rows = [row[: 3 + i % 10] for i, row in enumerate(rows)]
    documents = documents_of(rows)
    wide = type(documents)(documents.tokens * 349_525, documents.lengths, 1 << 20)
    for n in (3, 4, 6):
        assert sorted(gram_counts(wide, n)) == sorted(counted(rows, n).values())


@pytest.mark.parametrize("low", [0, -5, 10**12])
def test_a_stream_of_integers_is_one_document(low):
    tokens = np.random.default_rng(1).integers(0, 50, 3000) + low
    for n in (1, 2, 3):
        found = counted([tokens.tolist()], n)
        assert lexical.distinct(tokens, n) == len(found) / found.total()
    assert lexical.distinct([tokens, tokens], 2) == len(counted([tokens.tolist()], 2)) / 5998


def test_expectation_adjusted_distinct_is_1_on_average_for_uniform_words():
    """At any length, if all words are equally likely; a mean of 200 texts, to 4 standard errors."""
    rng = np.random.default_rng(2)
    for length in (5, 50, 500):
        found = [
            lexical.expectation_adjusted_distinct(rng.integers(0, 100, length), 100)
            for _ in range(200)
        ]
        assert abs(np.mean(found) - 1) < 4 * np.std(found) / math.sqrt(200)
    assert lexical.expectation_adjusted_distinct([["a", "b"], ["a"]], 2) == pytest.approx(2 / 1.75)
    assert lexical.expectation_adjusted_distinct([["a", "a"]], 1) == 1


@FEW
@given(DOCUMENTS)
def test_naming_two_words_alike_never_adds_entropy_or_distinct_ngrams(documents):
    if not any(len(document) > 1 for document in documents):
        return
    merged = [["a" if token == "b" else token for token in document] for document in documents]
    for measure in (lexical.distinct, lexical.ngram_entropy):
        assert measure(merged, 2) <= measure(documents, 2) + 1e-12


def test_mtld_and_hdd_are_those_of_lexicalrichness():
    assert lexical.mtld([TEXT]) == pytest.approx(22.336317360014043, rel=1e-12)
    assert lexical.mtld([TEXT[:30]]) == pytest.approx(20.05167597765363, rel=1e-12)
    assert lexical.hdd([TEXT]) == pytest.approx(0.5791948009108323, rel=1e-12)
    assert lexical.type_token_ratio([TEXT]) == len(set(TEXT)) / 400


def test_hdd_is_the_expected_ratio_of_a_draw_without_replacement():
    left = [stats.hypergeom.pmf(0, 400, f, 42) for f in Counter(TEXT).values()]
    assert lexical.hdd([TEXT]) == pytest.approx(sum(1 - p for p in left) / 42, rel=1e-9)
    assert lexical.hdd([["a"] * 50]) == pytest.approx(1 / 42)
    assert lexical.hdd([[str(i) for i in range(42)]]) == pytest.approx(1)


def test_mtld_of_texts_without_and_with_nothing_but_repeats():
    assert lexical.mtld([list("abcdefgh")]) == 8
    assert lexical.mtld([["a"] * 10]) == 2  # "a a" is a stretch: its ratio is one half


def test_compression_is_that_of_zlib_once():
    texts = ["the cat sat on the mat"] * 50 + ["é"]
    data = "\n".join(texts).encode()
    packer = zlib.compressobj(9, wbits=31)  # 31: with gzip's head and foot
    assert lexical.compression_ratio(texts) == len(data) / len(
        packer.compress(data) + packer.flush()
    )
    assert lexical.compression_ratio(texts) > 10 > 1 > lexical.compression_ratio(["ab"])


@FEW
@given(DOCUMENTS, st.integers(1, 3))
def test_self_repetition_is_that_of_plain_sets(documents, n):
    if not any(documents):
        return
    sets = [set(grams(document, n)) for document in documents]
    repeats = [
        sum(gram in other for gram in own for j, other in enumerate(sets) if j != i)
        for i, own in enumerate(sets)
    ]
    expected = np.mean([math.log(1 + r) for r in repeats])
    assert lexical.self_repetition(documents, n) == pytest.approx(expected, abs=1e-12)


def test_all_see_a_document_that_is_repeated():
    rng = np.random.default_rng(3)
    varied = [[str(t) for t in rng.integers(0, 300, 30)] for _ in range(20)]
    collapsed = varied[:5] + [varied[0]] * 15
    for measure in (lexical.distinct, lexical.type_token_ratio, lexical.ngram_entropy):
        assert measure(collapsed) < 0.8 * measure(varied)
    # 42 tokens can hold 42 types of 145 as of 259: HD-D is the least sensitive of them.
    assert lexical.hdd(collapsed) < 0.9 * lexical.hdd(varied)
    assert lexical.mtld(collapsed) < lexical.mtld(varied)
    assert lexical.expectation_adjusted_distinct(
        collapsed, 300
    ) < 0.8 * lexical.expectation_adjusted_distinct(varied, 300)
    assert lexical.self_repetition(collapsed) > lexical.self_repetition(varied) + 1
    lines = [[" ".join(row) for row in rows] for rows in (varied, collapsed)]
    assert lexical.compression_ratio(lines[1]) > 1.5 * lexical.compression_ratio(lines[0])


@pytest.mark.data
def test_the_jokes_of_a_chatbot():
    """1,011 jokes of ChatGPT as one stream: 12,694 words, 373 types, published with the data."""
    jokes = shared("llm_outputs/jokegpt/jokes_clean.txt").read_text().splitlines()
    stream = [sum((words(joke) for joke in jokes), [])]
    assert len(stream[0]) == 12_694
    assert len(set(stream[0])) == 373
    found = [round(lexical.distinct(stream, n), 5) for n in (1, 2, 3)]
    assert found == [0.02938, 0.05625, 0.07296]
