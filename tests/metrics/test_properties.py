"""Every metric on data that hypothesis looks for: limits, blindness, merging; and that it sees a
collapse.

What a metric declares (``needs``, ``low``, ``high``, ``blind_to``, ``better``) says what is tried:
one that is added is tried too.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st

from collapse.errors import UserError
from collapse.metrics import METRICS
from tests.metrics.test_declared import changed

FEW = settings(max_examples=20, deadline=None, derandomize=True, database=None)
SETTINGS = {
    "agreement_when_wrong": {"right": [None] * 3},
    "hill": {"order": 1.5},
    "top_share": {"m": 2},
    "expectation_adjusted_distinct": {"vocabulary": 9, "n": 1},
    "hdd": {"draws": 4},
    "vendi_rbf": {"bandwidth": 0.7},
    "mode_coverage": {"spread": 0.41},
    "pass_at": {"drawn": 9, "k": 2},
}
CLOSE = {"rel": 1e-7, "abs": 1e-7}
WORD = st.sampled_from("abcde")
DOCUMENTS = st.lists(st.lists(WORD, min_size=4, max_size=9), min_size=2, max_size=6)
GROUPS = st.lists(st.lists(WORD, min_size=2, max_size=6), min_size=3, max_size=3)
CELL = st.integers(-30, 30)
POINTS = st.lists(
    st.tuples(CELL, CELL).filter(any), min_size=10, max_size=14, unique=True
)  # copies have no density, and a zero vector no direction
LINE = st.lists(CELL, min_size=10, max_size=14, unique=True)
SHARES = st.lists(st.integers(0, 9), min_size=4, max_size=4).filter(any)


def as_rows(points) -> np.ndarray:
    return np.array(points, float) / 7


def as_shares(whole) -> np.ndarray:
    return np.array(whole) / sum(whole)


def pair(strategy, finish):
    """Two sets of equal size."""

    def even(both):
        many = min(map(len, both))
        return tuple(finish(one[:many]) for one in both)

    return st.tuples(strategy, strategy).map(even)


BY_NEEDS = {
    "counts": st.tuples(st.lists(st.integers(1, 20), min_size=2, max_size=8).map(np.array)),
    "tokens": st.tuples(DOCUMENTS),
    "texts": st.tuples(DOCUMENTS.map(lambda found: [" ".join(one) for one in found])),
    "tokens, reference": st.tuples(DOCUMENTS, DOCUMENTS),
    "vectors": st.tuples(POINTS.map(as_rows)),
    "numbers": st.tuples(LINE.map(as_rows)),
    "vectors, reference": pair(POINTS, as_rows),
    "vectors, modes": pair(POINTS, as_rows),
    "numbers, reference": pair(LINE, as_rows),
    "distributions": pair(SHARES, as_shares),
    "answers": st.tuples(GROUPS),
}
SCORE = st.floats(0, 10)
BY_NAME = {
    "collision_across": st.tuples(GROUPS, GROUPS),
    "agreement_when_wrong": st.tuples(GROUPS, GROUPS),
    "pass_at": st.tuples(st.lists(st.integers(0, 9), min_size=1, max_size=6).map(np.array)),
    "novelty_utility": st.tuples(
        st.lists(st.lists(SCORE, min_size=1, max_size=5), min_size=1, max_size=4)
    ),
    "frontier_area": st.lists(st.tuples(SCORE, SCORE), min_size=1, max_size=6).map(
        lambda tried: tuple(np.array(side) for side in zip(*tried, strict=True))
    ),
}


def data_for(name):
    return BY_NAME[name] if name in BY_NAME else BY_NEEDS[METRICS[name].needs]


def number(name, data) -> float:
    """The number of the data; data that it refuses are left out."""
    try:
        return METRICS[name].function(*data, **SETTINGS.get(name, {}))
    except UserError:
        assume(False)


@pytest.mark.parametrize("name", METRICS)
def test_within_its_limits(name):
    one = METRICS[name]

    @FEW
    @given(data_for(name))
    def check(data):
        slack = 1e-9 * (1 + max(abs(x) for x in (one.low, one.high, 0) if np.isfinite(x)))
        assert one.low - slack <= number(name, data) <= one.high + slack

    check()


@pytest.mark.parametrize("name", [n for n, one in METRICS.items() if one.blind_to])
def test_blind_to_what_it_says(name):
    """Any change of a kind that it is blind to leaves it as it is: another order, turn, factor."""
    one = METRICS[name]

    @FEW
    @given(data_for(name), st.integers(0, 1000))
    def check(data, seed):
        before = number(name, data)
        for how in sorted(one.blind_to):
            after = changed(one, how, data, seed)
            if after is not None:
                assert number(name, after) == pytest.approx(before, **CLOSE), how

    check()


def merged(one, data):
    """Two kinds of answer, or two outcomes, taken as one."""
    if one.needs == "counts":
        return (np.append(data[0][2:], data[0][:2].sum()),)
    if one.needs == "distributions":
        return tuple(np.append(x[2:], x[:2].sum()) for x in data)
    return tuple([["a" if w == "b" else w for w in group] for group in x] for x in data)


MERGED = [n for n, one in METRICS.items() if one.needs in ("counts", "distributions", "answers")]


@pytest.mark.parametrize("name", MERGED)
def test_to_merge_two_kinds_is_never_more_diverse(name):
    """Diversity of one set never rises, and no divergence of two (the data-processing
    inequality)."""
    one = METRICS[name]

    @FEW
    @given(data_for(name))
    def check(data):
        before, after = number(name, data), number(name, merged(one, data))
        falls = one.better == "more" or one.needs == "distributions"
        assert after <= before + 1e-9 if falls else after >= before - 1e-9

    check()


@pytest.mark.parametrize(
    ("name", "wrong", "check"),
    [
        ("hill", {"high": 2.0}, test_within_its_limits),
        ("collision", {"better": "more"}, test_to_merge_two_kinds_is_never_more_diverse),
    ],
)
def test_a_false_declaration_is_found(monkeypatch, name, wrong, check):
    monkeypatch.setitem(METRICS, name, replace(METRICS[name], **wrong))
    with pytest.raises(AssertionError):
        check(name)
