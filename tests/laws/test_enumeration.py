"""Laws by listing all samples, against closed forms, and against longer lists in their order."""

import itertools
from collections import defaultdict

import numpy as np
import pytest

from collapse.laws import categorical, choice, enumeration, ngrams
from collapse.laws.pluralism import pluralist_step

P = np.array([0.5, 0.3, 0.2])
R = np.array([0.3, 1.0, -0.4])


def mean(law):
    return sum(chance * np.array(counts) for counts, chance in law.items())


def sequences(p, length):
    """Every sequence of outcomes, with its chance."""
    for drawn in itertools.product(range(len(p)), repeat=length):
        yield drawn, float(np.prod(np.array(p)[list(drawn)]))


def counted(kept, kinds=3):
    return tuple(np.bincount(list(kept), minlength=kinds).tolist())


def assert_same(law, other):
    assert sum(law.values()) == pytest.approx(1, abs=1e-12)
    for counts in law.keys() | other.keys():
        assert law.get(counts, 0) == pytest.approx(other.get(counts, 0), abs=1e-12)


def test_counts_and_draws():
    assert len(enumeration.compositions(6, 3)) == 28
    listed = defaultdict(float)
    for drawn, chance in sequences(P, 4):
        listed[counted(drawn)] += chance
    assert_same(enumeration.multinomial(4, P), listed)
    few = enumeration.drawn_without((2, 1, 3), 3)
    assert sum(few.values()) == pytest.approx(1)
    np.testing.assert_allclose(mean(few), np.array([2, 1, 3]) / 2)


@pytest.mark.parametrize("k", [1, 2, 4])
def test_groups_have_the_means_of_the_closed_forms(k):
    of = lambda pick: mean(enumeration.of_groups(P, k, pick, 5)) / 5  # noqa: E731
    chosen = choice.choice(P, R, k, 0.7)[1]
    np.testing.assert_allclose(of(enumeration.plackett_luce(R, 0.7)), chosen, rtol=1e-12)
    tied = np.array([0.0, 1.0, 1.0])
    np.testing.assert_allclose(
        of(enumeration.best_of(tied)), choice.best_of(P, tied, k), rtol=1e-12
    )
    two = (
        enumeration.plackett_luce(np.log([8.0, 1.0]), 1),
        enumeration.plackett_luce(np.log([1, 5.0]), 1),
    )
    law = enumeration.of_groups((0.3, 0.7), k, enumeration.one_of(two, (0.4, 0.6)), 1)
    assert mean(law)[0] == pytest.approx(float(pluralist_step(0.3, k, 0.4, 8.0, 5.0)))


def test_a_pair_of_opposite_tastes_drifts_as_if_unjudged():
    tastes = enumeration.best_of([1, 0]), enumeration.best_of([0, 1])
    pick = enumeration.one_of(tastes, (0.5, 0.5))
    kept = lambda p, t: enumeration.of_groups(p, 2, pick, 7)  # noqa: E731
    laws = enumeration.chain((0.5, 0.5), 7, kept, 4)
    spread = [enumeration.moments(law)[1][0] - 0.25 for law in laws]
    fallen = categorical.replace_heterozygosity(np.arange(1, 5), 7, 0.5)
    np.testing.assert_allclose(spread, 0.25 - fallen / 2, rtol=1e-9)
    assert spread[1] == pytest.approx(0.25 / 7 * (2 - 1 / 7))


def test_pairs_by_determinants_of_whole_kernels():
    similar = lambda i, j: np.exp(-abs(i - j))  # noqa: E731
    group = (0, 1, 1, 2)
    kernel = np.array([[np.exp(0.6 * (R[i] + R[j])) * similar(i, j) for j in group] for i in group])
    pairs = list(itertools.combinations(range(4), 2))
    det = np.array([np.linalg.det(kernel[np.ix_(s, s)]) for s in pairs])
    found = enumeration.determinantal_pair(R, similar, 0.6)(group)
    np.testing.assert_allclose([found[s] for s in pairs], det / det.sum(), atol=1e-12)
    assert set(enumeration.determinantal_pair(R, similar, 0.6)((1, 1, 1)).values()) == {1 / 3}


def test_relevance():
    """By hand: the best, then what is less like it than it is worse; alone the best are kept."""
    similar = lambda i, j: float(i == j)  # noqa: E731
    assert enumeration.marginal_relevance(R, similar, 0.5, 2)((1, 1, 0, 2)) == {(0, 2): 1.0}
    assert enumeration.marginal_relevance(R, similar, 0.9, 2)((1, 1, 0, 2)) == {(0, 1): 1.0}


def test_coins_by_every_sequence_and_every_toss():
    """The first two that are kept of four, by chances that depend on what was drawn."""
    chance_of = lambda counts: np.array([0.4, 0.9, 0.6]) / (1 + counts[0])  # noqa: E731
    listed = defaultdict(float)
    for drawn, chance in sequences(P, 4):
        coin = chance_of(counted(drawn))
        for tossed in itertools.product((0, 1), repeat=4):
            own = np.prod(
                [coin[i] if x else 1 - coin[i] for i, x in zip(drawn, tossed, strict=True)]
            )
            kept = [i for i, x in zip(drawn, tossed, strict=True) if x][:2]
            listed[counted(kept)] += chance * own
    assert_same(enumeration.of_coins(P, 4, 2, chance_of), listed)


def test_the_best_by_every_sequence():
    """Three of five, of equal ones those that came first; and the best two of two cells."""
    tied, listed, cells = np.array([0.0, 1.0, 1.0]), defaultdict(float), defaultdict(float)
    for drawn, chance in sequences(P, 5):
        order = sorted(range(5), key=lambda i: (-tied[drawn[i]], i))
        listed[counted(drawn[i] for i in order[:3])] += chance
        each = 2 if min(sum(i < 2 for i in drawn), sum(i == 2 for i in drawn)) >= 2 else 0
        both = [
            sorted((i for i in drawn if (i == 2) == cell), key=lambda i: -R[i]) for cell in (0, 1)
        ]
        sizes = [len(cell) for cell in both]
        each = max(q for q in range(1, 6) if sum(min(s, q) for s in sizes) <= 4)
        cells[counted(i for cell in both for i in cell[:each])] += chance
    assert_same(enumeration.of_best(P, 5, 3, tied), listed)
    assert_same(enumeration.of_cells(P, 5, 4, R, (0, 0, 1)), cells)


def test_unjudged_chains_drift():
    """A model that stays where nothing is kept, too."""
    kept = lambda p, t: enumeration.multinomial(5, p)  # noqa: E731
    laws = enumeration.chain(P, 5, kept, 4)
    heterozygosity = [1 - enumeration.moments(law)[1].sum() for law in laws]
    expected = categorical.replace_heterozygosity(np.arange(1, 5), 5, 1 - P @ P)
    np.testing.assert_allclose(heterozygosity, expected, rtol=1e-9)
    nothing = lambda p, t: {(0, 0, 0): 1.0}  # noqa: E731
    assert enumeration.chain(P, 5, nothing, 3)[2] == enumeration.chain(P, 5, nothing, 1)[0]


# N-grams


def plain(p):
    return p


def test_rows_of_an_n_gram_by_hand():
    """Two rows "1 2" and "1 1 2" that was cut: after 2 comes its end, behind 1 1 a 2."""
    every = ngrams.every_row(3, 3)
    assert len(every) == 15
    text = {(1, 2, 0): 1.0, (1, 1, 2): 1.0}
    law = dict(zip(every, ngrams.row_law(text, 2, every, plain), strict=True))
    expected = {(1, 2, 0): 2 / 3, (1, 1, 2): 2 / 9, (1, 1, 1): 1 / 9}
    assert {row: x for row, x in law.items() if x} == pytest.approx(expected)
    law = dict(zip(every, ngrams.row_law(text, 1, every, plain), strict=True))
    assert law[(0, 0, 0)] == pytest.approx(1 / 6)  # one end among six tokens
    assert law[(2, 1, 2)] == pytest.approx(1 / 3 * 1 / 2 * 1 / 3)
    cut = dict(zip(every, ngrams.row_law({(1, 1, 2): 1.0}, 2, every, plain), strict=True))
    assert cut[(1, 2, 1)] == pytest.approx(1 / 2 * 2 / 3)  # nothing came after 2: of all tokens


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_rows_sum_to_one_and_high_orders_repeat_the_text(order):
    every = ngrams.every_row(3, 3)
    weight = np.random.default_rng(order).random(len(every))
    weight = weight / weight.sum()
    law = ngrams.row_law(dict(zip(every, weight, strict=True)), order, every, plain)
    assert law.sum() == pytest.approx(1)
    if order > 2:  # a context tells the whole row before it
        np.testing.assert_allclose(law, weight, atol=1e-12)
    else:
        assert np.abs(law - weight).max() > 1e-3


def test_chains_of_whole_rows_are_martingales():
    """Order 4 of rows of three places; rows that weigh more are said more."""
    every = ngrams.every_row(2, 3)
    truth = np.array([0.4, 0.3, 0.2, 0.1])
    law = lambda held: ngrams.row_law(held, 4, every, plain)  # noqa: E731
    found = ngrams.chain(truth, 3, every, 3, law)
    np.testing.assert_allclose(found, np.tile(truth, (3, 1)), atol=1e-12)
    longer = ngrams.chain(truth, 3, every, 2, law, weigh=lambda counts: np.arange(1.0, 5))
    listed = np.zeros(4)
    for rows, chance in sequences(truth, 3):
        for said, again in sequences(np.bincount(rows, minlength=4) / 3, 3):
            weight = np.bincount(said, minlength=4) * np.arange(1.0, 5)
            listed += chance * again * weight / weight.sum()
    np.testing.assert_allclose(longer[1], listed, atol=1e-12)


def test_repetition_held_down_by_hand():
    """After "1 1 2" and "1 2": a 1 that was said weighs its square; after 2 nothing but the end,
    and after what was never seen all tokens alike."""
    every = ngrams.every_row(3, 3)
    text = {(1, 1, 2): 1.0, (1, 2, 0): 1.0}

    def held_down(text, theta):
        return ngrams.table_law(text, 2, every, lambda p, heard: ngrams.penalised(p, heard, theta))

    law = dict(zip(every, held_down(text, 2.0), strict=True))
    again = (1 / 9) / (1 / 9 + 2 / 3)
    assert law[(1, 2, 0)] == pytest.approx(1 - again)
    assert law[(1, 1, 1)] == pytest.approx(again**2)
    assert sum(law.values()) == pytest.approx(1)
    cut = dict(zip(every, held_down({(1, 1, 2): 1.0}, 1.0), strict=True))
    assert cut[(1, 2, 1)] == pytest.approx(1 / 2 * 1 / 3)
    np.testing.assert_allclose(
        held_down(text, 1.0), ngrams.row_law(text, 2, every, plain), atol=1e-12
    )
