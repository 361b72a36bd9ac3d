"""Perplexity against dictionaries of counts, closed forms, and what collapse and noise do to it."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from collapse.metrics.grams import documents_of
from collapse.metrics.perplexity import bigrams, perplexities, perplexity, surprise

FEW = settings(max_examples=60, deadline=None, derandomize=True, database=None)
DOCUMENT = st.lists(st.sampled_from("abcd"), max_size=5)
REFERENCE = st.lists(DOCUMENT, min_size=1, max_size=4).filter(any)
START, END = object(), object()


def chances(reference):
    """p(w | v) of any two tokens, from dictionaries of pairs."""
    steps = [step for d in reference for step in zip([START, *d], [*d, END], strict=True)]
    pairs, before, alone = Counter(steps), Counter(), Counter()
    for (v, w), times in pairs.items():
        before[v] += times
        alone[w] += times
    after = Counter(v for v, _ in pairs)

    def chance(v, w):
        base = (alone[w] + 1) / (len(steps) + len(alone) + 1)
        if v not in before:
            return base
        return (pairs[v, w] + after[v] * base) / (before[v] + after[v])

    return chance


@FEW
@given(st.lists(DOCUMENT, min_size=1, max_size=4), REFERENCE)
def test_each_document_is_as_counted_by_hand(documents, reference):
    chance, total, size = chances(reference), 0.0, 0
    found = perplexities(documents, reference)
    for document, one in zip(documents, found, strict=True):
        steps = zip([START, *document], [*document, END], strict=True)
        logs = [math.log(chance(*step)) for step in steps]
        assert one == pytest.approx(math.exp(-sum(logs) / len(logs)), rel=1e-12)
        total, size = total - sum(logs), size + len(logs)
    assert perplexity(documents, reference) == pytest.approx(math.exp(total / size), rel=1e-12)


@FEW
@given(REFERENCE)
def test_what_can_follow_sums_to_one(reference):
    """After the start, after each token of the reference and after one it does not have: over its
    tokens, the end, and one that it does not have."""
    outcomes = sorted({token for document in reference for token in document}) + ["unseen"]
    for v in outcomes:
        chance = np.exp(-surprise([[v, w] for w in outcomes], reference)).reshape(-1, 3)
        (_, end), closed = np.exp(-surprise([[v]], reference)), surprise([[]], reference)
        assert chance[:, 1].sum() + end == pytest.approx(1, rel=1e-12)
        first = np.exp(-surprise([[w] for w in outcomes], reference))[::2]
        assert first.sum() + np.exp(-closed[0]) == pytest.approx(1, rel=1e-12)


def test_closed_forms():
    """One document "a" and its end: c(a) = c(end) = 1, N = V = 2, p(w) = 2/5, each v has T = 1, so
    that p(a | start) = p(end | a) = (1 + 2/5) / 2. A word it lacks has 1/5, and (1/5) / 2 at the
    start; after that word the end has p = 2/5."""
    assert perplexity([["a"]], [["a"]]) == pytest.approx(1 / 0.7, rel=1e-15)
    assert perplexity([["b"]], [["a"]]) == pytest.approx((0.1 * 0.4) ** -0.5, rel=1e-15)
    assert perplexity([[]], [["a"]]) == pytest.approx(1 / 0.2)
    # As often: counts win over smoothing, and the one document becomes certain.
    assert perplexity([["a"]], [["a"]] * 10_000) == pytest.approx(1, abs=1e-3)
    stream = np.array([3, 1, 3, 1])
    assert perplexity(stream, stream) == perplexity([[3, 1, 3, 1]], [[3, 1, 3, 1]])


def test_counts_may_be_weights():
    """A document taken three times is three documents."""
    once, thrice = documents_of([list("ab"), list("ac")]), [list("ab")] * 3 + [list("ac")]
    weighted = bigrams(once, np.array([3, 1])).perplexities(once)
    assert weighted == pytest.approx(perplexities([list("ab"), list("ac")], thrice), rel=1e-14)


def test_uniform_words_surprise_as_their_number():
    """Documents of 9 uniform words of V = 20, and the end at every tenth place: the entropy of a
    step is .9 ln 20 + 0 for an order that knows the place; a bigram does not know the place, so
    that it pays -(.9 ln .9 + .1 ln .1) more where a word comes before."""
    generator = np.random.default_rng(0)
    draw = lambda n: generator.integers(0, 20, (n, 9)).tolist()  # noqa: E731
    ends = [-math.log(8 / 9)] * 8 + [-math.log(1 / 9)]
    expected = math.exp((9 * math.log(20) + sum(ends)) / 10)
    found = perplexity(draw(4000), draw(40_000))
    assert found == pytest.approx(expected, rel=0.01)


def test_collapse_lowers_and_noise_raises_it():
    """Against another half of the reference: the commonest documents alone surprise less, shuffled
    and unknown words more."""
    generator = np.random.default_rng(1)
    after = {v: generator.permutation(30) for v in range(31)}

    def document():
        v, words = 30, []
        for _ in range(8):
            v = int(after[v][min(generator.zipf(1.6) - 1, 29)])
            words.append(v)
        return words

    reference, held_out = ([document() for _ in range(2000)] for _ in range(2))
    floor = perplexity(held_out, reference)
    order = np.argsort(perplexities(held_out, reference))
    likely = [held_out[i] for i in order[:200]]
    assert perplexity(likely, reference) < 0.7 * floor
    shuffled = [generator.permutation(d).tolist() for d in held_out]
    assert perplexity(shuffled, reference) > 1.3 * floor
    unknown = [[99 if i == 3 else w for i, w in enumerate(d)] for d in held_out]
    assert perplexity(unknown, reference) > 2 * floor
    # More of the reference surprises less; more of the sample changes nothing.
    assert perplexity(held_out, reference[:200]) > 1.05 * floor
    assert perplexity(held_out * 2, reference) == pytest.approx(floor, rel=1e-12)
