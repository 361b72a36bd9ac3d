"""Indices of counts: closed forms, all subsets by hand, simulation in standard errors."""

from itertools import combinations
from math import comb, exp, inf, log

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from collapse.metrics import counts as metrics

LIMIT = 4.0
COUNTS = st.lists(st.integers(1, 30), min_size=1, max_size=12)
EXAMPLES = [[5, 3, 1], [1, 1, 1, 1], [7], [2, 2, 1, 1, 1], [1, 6]]


def subsets(counts, m):
    """The counts of every set of m of the answers."""
    answers = [i for i, x in enumerate(counts) for _ in range(x)]
    for chosen in combinations(answers, m):
        yield np.bincount(chosen, minlength=len(counts))


def test_even_answers_have_their_number_as_every_hill_number():
    for order in (0, 0.5, 1, 2, 3, inf):
        assert metrics.hill([4] * 7, order) == pytest.approx(7)
    assert metrics.entropy([4] * 7) == pytest.approx(log(7))
    assert metrics.hill([9], 1) == 1
    assert str(metrics.entropy([9])) == "0.0"


def test_closed_forms_by_hand():
    counts = [5, 3, 2]
    plug_in = -(0.5 * log(0.5) + 0.3 * log(0.3) + 0.2 * log(0.2))
    assert metrics.entropy(counts) == pytest.approx(plug_in)
    assert metrics.miller_madow(counts) == pytest.approx(plug_in + 2 / 20)
    assert metrics.hill(counts, 2) == pytest.approx(1 / (0.25 + 0.09 + 0.04))
    assert metrics.hill(counts, inf) == pytest.approx(2)
    assert metrics.collision(counts) == pytest.approx((20 + 6 + 2) / 90)
    assert metrics.collision_across([5, 3, 2], [0, 1, 1]) == pytest.approx((3 + 2) / 20)
    assert metrics.top_share(counts, 2) == pytest.approx(0.8)
    assert metrics.top_share(counts, 9) == 1
    assert metrics.sample_coverage([5, 3, 1, 1]) == pytest.approx(0.8)
    assert np.isnan(metrics.collision([1]))


def test_chao_shen_by_hand():
    """Counts 2, 1, 1: n = 4, C = 1/2, so that C p is 1/4, 1/8, 1/8."""
    first = 0.25 * log(0.25) / (1 - 0.75**4)
    other = 0.125 * log(0.125) / (1 - 0.875**4)
    assert metrics.chao_shen([2, 1, 1]) == pytest.approx(-(first + 2 * other))
    assert metrics.chao_shen([6]) == 0
    # All singletons: C = 1 / n.
    p = 1 / 9
    assert metrics.chao_shen([1, 1, 1]) == pytest.approx(-3 * p * log(p) / (1 - (1 - p) ** 3))
    assert metrics.chao_shen([1]) == 0


@pytest.mark.parametrize("counts", EXAMPLES)
def test_rarefaction_is_the_mean_over_all_subsets(counts):
    n = sum(counts)
    for m in range(1, n + 1):
        every = list(subsets(counts, m))
        different = np.mean([(one > 0).sum() for one in every])
        squares = np.mean([((one / m) ** 2).sum() for one in every])
        assert metrics.rarefied(counts, m) == pytest.approx(different)
        assert metrics.rarefied_entropy(counts, m) == pytest.approx(
            np.mean([metrics.entropy(one) for one in every]), abs=1e-12
        )
        assert metrics.rarefied_hill_2(counts, m) == pytest.approx(1 / squares)


def test_rarefaction_of_what_several_answers_hold():
    """Three answers, with the words ab, b, bc: of two of them, by hand."""
    held = {"a": 1, "b": 3, "c": 1}
    words = [{"a", "b"}, {"b"}, {"b", "c"}]
    mean = np.mean([len(x | y) for x, y in combinations(words, 2)])
    assert metrics.rarefied(list(held.values()), 2, n=3) == pytest.approx(mean)


def test_rarefaction_of_many_answers():
    """Large binomials: singletons are found in proportion; a curve, in the shape of m."""
    n = 1_000_000
    curve = metrics.rarefied(np.ones(n, int), np.array([0, 10, 1000, n]))
    np.testing.assert_allclose(curve, [0, 10, 1000, n], rtol=1e-6, atol=1e-6)
    assert metrics.rarefied([600, 400], 2) == pytest.approx(
        2 - (comb(600, 2) + comb(400, 2)) / comb(1000, 2)
    )
    for m in (-1, 1001):
        with pytest.raises(ValueError, match="between 0 and n = 1000"):
            metrics.rarefied([600, 400], m)
    with pytest.raises(ValueError, match="between 1 and"):
        metrics.rarefied_entropy([2], 0)


def test_unbiased_where_it_is_said():
    """Means over 4,000 samples against the truth in standard errors; the plug-in of sum p^2, which
    is biased by (1 - sum p^2) / n, is told from it."""
    generator = np.random.default_rng(0)
    p = 1 / np.arange(1, 21)
    p /= p.sum()
    q = np.roll(p, 3)
    samples = generator.multinomial(30, p, 4000)
    within = np.array([metrics.collision(x) for x in samples])
    across = np.array(
        [
            metrics.collision_across(x, y)
            for x, y in zip(samples, generator.multinomial(20, q, 4000), strict=True)
        ]
    )
    for found, true in ((within, p @ p), (across, p @ q)):
        assert abs(found.mean() - true) < LIMIT * found.std(ddof=1) / 4000**0.5
    plain = ((samples / 30) ** 2).sum(1)
    assert abs(plain.mean() - p @ p) > LIMIT * plain.std(ddof=1) / 4000**0.5
    fewer = np.array([(x > 0).sum() for x in generator.multinomial(10, p, 4000)])
    rarefied = np.array([metrics.rarefied(x, 10) for x in samples])
    law = (1 - (1 - p) ** 10).sum()
    for found in (fewer, rarefied):
        assert abs(found.mean() - law) < LIMIT * found.std(ddof=1) / 4000**0.5
    # Good and Turing: the chance that a draw is new, over samples of one more.
    new = np.array([1 - metrics.sample_coverage(x) for x in samples])
    unseen = (p * (1 - p) ** 29).sum()
    assert abs(new.mean() - unseen) < LIMIT * new.std(ddof=1) / 4000**0.5


def test_chao_shen_is_nearer_than_plug_in():
    generator = np.random.default_rng(1)
    p = 1 / np.arange(1, 201)
    p /= p.sum()
    true = -(p * np.log(p)).sum()
    samples = generator.multinomial(150, p, 300)
    plug_in, corrected, miller = (
        np.mean([f(x) for x in samples])
        for f in (metrics.entropy, metrics.chao_shen, metrics.miller_madow)
    )
    assert plug_in < miller < corrected
    assert abs(corrected - true) < 0.15 < true - plug_in


@given(COUNTS, st.randoms(use_true_random=False), st.integers(0, 3))
@settings(deadline=None)
def test_order_and_zeros_change_nothing(counts, random, zeros):
    other = counts + [0] * zeros
    random.shuffle(other)
    m = (sum(counts) + 1) // 2
    for index in (
        metrics.entropy,
        metrics.miller_madow,
        metrics.chao_shen,
        metrics.collision,
        metrics.sample_coverage,
        lambda x: metrics.hill(x, 1.5),
        lambda x: metrics.top_share(x, 2),
        lambda x: float(metrics.rarefied(x, m)),
        lambda x: metrics.rarefied_entropy(x, m),
    ):
        assert index(counts) == pytest.approx(index(other), nan_ok=True)


@given(COUNTS)
@settings(deadline=None)
def test_bounds(counts):
    n, different = sum(counts), len(counts)
    hills = [metrics.hill(counts, order) for order in (0, 0.5, 1, 2, 5, inf)]
    assert all(a >= b - 1e-9 for a, b in zip(hills, hills[1:], strict=False))
    assert hills[0] == pytest.approx(different)
    assert hills[-1] >= 1 - 1e-12
    curve = metrics.rarefied(counts, np.arange(n + 1))
    assert curve[0] == pytest.approx(0, abs=1e-9)
    assert curve[-1] == pytest.approx(different)
    steps = np.diff(curve)
    assert (steps >= -1e-9).all()  # more answers hold no fewer different ones,
    assert (np.diff(steps) <= 1e-9).all()  # and ever fewer that are new
    assert metrics.rarefied_entropy(counts, n) == pytest.approx(metrics.entropy(counts), abs=1e-12)
    assert metrics.rarefied_hill_2(counts, n) == pytest.approx(metrics.hill(counts, 2))
    assert metrics.chao_shen(counts) >= -1e-12


@given(st.lists(st.integers(1, 30), min_size=2, max_size=12))
@settings(deadline=None)
def test_two_answers_taken_as_one_are_less_diverse(counts):
    merged = [counts[0] + counts[1], *counts[2:]]
    m = (sum(counts) + 1) // 2
    for index in (
        metrics.entropy,
        lambda x: metrics.hill(x, 0.5),
        lambda x: metrics.hill(x, 2),
        lambda x: float(metrics.rarefied(x, m)),
        lambda x: metrics.rarefied_entropy(x, m),
        lambda x: metrics.rarefied_hill_2(x, m),
        lambda x: -metrics.collision(x),
        lambda x: -metrics.top_share(x, 1),
    ):
        assert index(merged) <= index(counts) + 1e-9


def test_effective_number_is_exp_of_entropy():
    assert metrics.hill([5, 3, 1], 1) == pytest.approx(exp(metrics.entropy([5, 3, 1])))
