"""Overlap of documents against plain tables and loops, and against nltk's values."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from collapse.metrics import overlap

FEW = settings(max_examples=40, deadline=None, derandomize=True, database=None)
DOCUMENTS = st.lists(st.lists(st.sampled_from("abc"), max_size=9), min_size=2, max_size=7).filter(
    any
)
ROWS = [[(i * i + 3 * j * j + i * j) % (5 + j % 7) for j in range(4 + i % 9)] for i in range(30)]


def bleu(own, others):
    """Sentence BLEU-4 by its definition, with nltk's method1 where a clipped count is nothing."""
    logs = 0.0
    for n in (1, 2, 3, 4):
        count = lambda row, n=n: Counter(zip(*(row[i:] for i in range(n)), strict=False))  # noqa: E731
        most = Counter()
        for other in others:
            most |= count(other)
        clipped = sum((count(own) & most).values())
        if n == 1 and clipped == 0:
            return 0.0
        logs += math.log((clipped or 0.1) / max(len(own) - n + 1, 1)) / 4
    closest = min((len(other) for other in others), key=lambda m: (abs(m - len(own)), m))
    return math.exp(logs) * (1 if len(own) > closest else math.exp(1 - closest / len(own)))


@FEW
@given(DOCUMENTS)
def test_self_bleu_is_that_of_its_definition(documents):
    """Unequal lengths, empty documents and documents without a word in common included."""
    expected = [bleu(row, documents[:i] + documents[i + 1 :]) for i, row in enumerate(documents)]
    assert overlap.self_bleus(documents) == pytest.approx(expected, abs=1e-14)


def test_self_bleu_is_nltks():
    """Mean of nltk 3.10.4's sentence_bleu with method1 over 30 documents of 4 to 12 tokens."""
    assert overlap.self_bleu(ROWS) == pytest.approx(0.4106163267710416, rel=1e-14)


def test_self_bleu_of_copies_and_of_strangers():
    assert overlap.self_bleu([list("abcdef")] * 5) == 1
    assert overlap.self_bleu([list("abcd"), list("efgh")]) == 0
    varied = np.random.default_rng(0).integers(0, 30, (20, 12)).tolist()
    assert overlap.self_bleu(varied[:10] + [varied[0]] * 10) > 0.3 + overlap.self_bleu(varied)


def longest_common(a, b):
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            table[i + 1][j + 1] = (
                table[i][j] + 1 if x == y else max(table[i][j + 1], table[i + 1][j])
            )
    return table[-1][-1]


def edits(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y)))
    return row[-1]


WORDS = st.text("abcé", max_size=70)


@FEW
@given(WORDS, WORDS, WORDS)
def test_lengths_of_pairs_are_those_of_the_tables(a, b, c):
    """Beyond 64 characters too; edit distance is a metric."""
    edited = overlap.Levenshtein.distance
    assert overlap.LCSseq.similarity(a, b) == longest_common(a, b)
    assert edited(a, b) == edits(a, b) == edited(b, a)
    assert edited(a, c) <= edited(a, b) + edited(b, c)


def test_means_over_pairs():
    texts = ["kitten", "sitting", "", ""]
    # 3 of 7; four pairs of a text and nothing; one of nothing and nothing.
    assert overlap.levenshtein_diversity(texts) == pytest.approx((3 / 7 + 4) / 6)
    assert overlap.rouge_l_homogenisation([list(x) for x in texts]) == pytest.approx(
        (8 / 13 + 1) / 6
    )
    assert overlap.rouge_l_homogenisation([["a"]] * 3) == 1
    assert overlap.levenshtein_diversity(["a"] * 3) == 0


def test_a_subsample_of_pairs_is_near_the_mean_of_all():
    rows = np.random.default_rng(1).integers(0, 4, (200, 10)).tolist()
    every, some = (overlap.rouge_l_homogenisation(rows, pairs) for pairs in (19_900, 4000))
    assert abs(every - some) < 4 * 0.1 / math.sqrt(4000)  # 0.1: the spread of a pair, measured


@pytest.mark.parametrize("items", [2, 3, 50, 100_000])
def test_pairs_are_different_ones_in_range(items):
    chosen = overlap.pairs_of(items, 1000)
    assert len(set(chosen)) == len(chosen) == min(1000, items * (items - 1) // 2)
    assert all(0 <= i < j < items for i, j in chosen)
