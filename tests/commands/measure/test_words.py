"""Words and runs of words against sets of tuples in plain Python."""

import re
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from uniseg import wordbreak

from collapse.commands.measure.words import Words

TEXTS = st.lists(st.text("ab c'.,", max_size=12), min_size=1, max_size=6, unique=True)


def runs(text, order):
    words = [word for word in wordbreak.words(text.lower()) if re.search(r"\w", word)]
    return list(zip(*(words[i:] for i in range(order)), strict=False))


def plain(texts, order):
    """distinct-n of a list of answers."""
    every = [run for text in texts for run in runs(text, order)]
    return len(set(every)) / len(every) if every else float("nan")


@given(TEXTS, st.lists(st.integers(0, 4), min_size=6, max_size=6))
@settings(deadline=None)
def test_distinct_runs_are_those_of_plain_sets(texts, times):
    counts = np.array(times[: len(texts)])
    words = Words(texts)
    answers = [text for text, x in zip(texts, counts, strict=True) for _ in range(x)]
    assert words.total(counts) == sum(len(runs(text, 1)) for text in answers)
    for order in (1, 2, 3):
        found = words.distinct(order, counts)
        assert found == pytest.approx(plain(answers, order), nan_ok=True)


def test_runs_stay_inside_an_answer():
    words = Words(["a b", "c d"])
    held, total = words.runs(2, np.array([1, 1]))
    assert (len(held), total) == (2, 2)
    assert np.isnan(words.distinct(3, np.array([1, 1])))


def test_case_and_punctuation_make_no_other_word_and_accents_do():
    counts = np.ones(2, int)
    assert words_of(["Don't stop!", "don't, STOP"]).distinct(1, counts) == 0.5
    assert words_of(["cafe", "caf\u00e9"]).distinct(1, counts) == 1


def words_of(texts):
    return Words(texts)


def test_fewer_answers_by_all_subsets():
    """Different runs expected of m answers over the runs expected of m, by hand."""
    texts, counts = ["a b a", "b c", "a b c d"], np.array([2, 1, 1])
    answers = [0, 0, 1, 2]
    words = Words(texts)
    for m in (1, 2, 3, 4):
        for order in (1, 2, 3):
            every = [
                [r for i in s for r in runs(texts[i], order)] for s in combinations(answers, m)
            ]
            law = np.mean([len(set(x)) for x in every]) / np.mean([len(x) for x in every])
            assert words.distinct(order, counts, m) == pytest.approx(law)


def test_shares_of_words():
    words = Words(["a b a", "c"])
    np.testing.assert_allclose(np.sort(words.shares(np.array([2, 2]))), [0.25, 0.25, 0.5])
    np.testing.assert_allclose(words.shares(np.array([0, 1])).sum(), 1)
    assert words.shares(np.array([0, 0])).sum() == 0


@pytest.mark.parametrize("texts", [[], [""], ["..."]])
def test_texts_without_words(texts):
    words = Words(texts)
    counts = np.ones(len(texts), int)
    assert words.total(counts) == 0
    assert np.isnan(words.distinct(2, counts))
