"""What ``--over`` says: lists, ranges, and sentences for what is neither."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import collapse as c
from collapse.sweeps.axes import axes_of, points_of


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("n=100,1000", ["100", "1000"]),
        ("n=100", ["100"]),
        ("judge=top-fraction,best-of", ["top-fraction", "best-of"]),
        ("judge=mine.py:A,mine.py:B", ["mine.py:A", "mine.py:B"]),
        ("one:judge.fraction=0.05:0.5:10", [f"{0.05 * k:.10g}" for k in range(1, 11)]),
        ("n=10:1000:3:log", ["10", "100", "1000"]),
        ("x=1e-3:1:4:log", ["0.001", "0.01", "0.1", "1"]),
        ("x=1:-1:3", ["1", "0", "-1"]),
    ],
)
def test_lists_and_ranges(text, values):
    (axis,) = axes_of([text])
    assert list(axis.values) == values
    assert axis.path == text.partition("=")[0]


def test_whole_numbers_keep_their_digits():
    (axis,) = axes_of({"n": [10, 12_345_678_901, np.int64(2**40)]})
    assert axis.texts == ["10", "12345678901", str(2**40)]


def test_the_last_axis_is_the_fastest():
    axes = axes_of({"n": [1, 2], "judge": [c.KeepAll(), "top-fraction"]})
    assert [axis.texts for axis in axes] == [["1", "2"], ["KeepAll", "top-fraction"]]
    assert axes[1].numbers is None
    assert [one[0] for one in points_of(axes)] == ["1", "1", "2", "2"]
    np.testing.assert_array_equal(axes[0].numbers, [1, 2])


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ([], "Say what to vary: --over PATH=VALUES"),
        (["n"], "--over n: there is an empty value"),
        (["=1,2"], "write it as PATH=VALUES"),
        (["n=1,,2"], "there is an empty value"),
        (["n=1,1"], "a value is given twice in 1, 1."),
        (["n=1,2", "n=3"], "--over n is given twice"),
        (["n=1:2:1"], "the COUNT of a range must be a whole number from 2 on, not 1."),
        (["n=1:2:2.5"], "not 2.5."),
        (["n=1:2:nan"], "not nan."),
        (["n=1:2:inf"], "not inf."),
        (["n=1:1:3"], "two different finite ends"),
        (["n=0:inf:3"], "two different finite ends"),
        (["n=0:1:3:log"], "both ends above 0"),
        (["n=1:2:3:lin"], "'lin' is no spacing"),
        (["a=1:2:1000", "b=1:2:1000"], "The sweep has 1,000,000 points, and the limit is 100,000"),
    ],
)
def test_what_is_neither_is_refused(over, sentence):
    with pytest.raises(c.UserError) as caught:
        axes_of(over)
    assert any(sentence in each for each in caught.value.sentences)


def test_all_errors_are_told_at_once():
    with pytest.raises(c.UserError) as caught:
        axes_of(["n=1,1", "m=", "k=1:2:1"])
    assert len(caught.value.sentences) == 3


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text("n=:,.1-elogaif \x1b", max_size=12), max_size=3))
def test_no_text_is_more_than_a_sentence(over):
    with suppress(c.UserError):
        assert all(axis.values for axis in axes_of(over))
