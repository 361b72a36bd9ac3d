"""Verdicts as people and tools spell them."""

import pytest

from collapse.files.spellings import Unreadable, choice, is_sentinel, kept, preference, score

HUGE = 10**400  # JSON has numbers that no float holds


@pytest.mark.parametrize(
    ("cells", "side"),
    [
        (["a", "A", " A ", "[[A]]", "[A]", "A>B", "A>>B", "[[A>>B]]", "B<A", "A > B"], "a"),
        (["model_a", "model_1", "Assistant A", "output_1", "(a)", "Verdict: [[A]]"], "a"),
        (["b", "[[B]]", "B>A", "A<<B", "model_b", "Response B", "no, [[A]]. Finally [[B]]"], "b"),
        (["tie", "Tie", "[[C]]", "A=B", "[[A=B]]", "tie (bothbad)", "both bad", "draw"], "tie"),
        (["equal", "neither", "both", "tie_both_bad", "same"], "tie"),
        (["first", "1", 1, 1.0], "first"),
        (["second", "2", 2], "second"),
    ],
)
def test_sides(cells, side):
    for cell in cells:
        assert choice(cell) == (side, ""), cell


def test_what_says_nothing_has_a_reason():
    for cell in ("", None, " ", "null", "NaN", float("nan"), "n/a"):
        assert choice(cell) == score(cell) == kept(cell) == (None, "blank"), cell
    for cell in ("error", "$ERROR$", "abstain", "refused"):
        assert choice(cell) == score(cell) == kept(cell) == (None, "error"), cell
    assert kept("failed") == (0.0, "")  # of an item: it did not pass


@pytest.mark.parametrize("cell", ["c", "perhaps", "a>a", "better", "ab", "3", "a or b", "["])
def test_other_words_are_no_side(cell):
    with pytest.raises(Unreadable):
        choice(cell)


def test_scores():
    spelled = {"8/10": 8, "[[8]]": 8, "7.5": 7.5, 7: 7, True: 1, "Rating: [[6.5]]": 6.5, "-1": -1}
    spelled |= {"8 out of 10": 8, "**9**": 9, "1e-3": 1e-3, ".5": 0.5, "8 / 10": 8}
    for cell, value in spelled.items():
        assert score(cell) == (value, ""), cell
    for cell in ("good", "inf", float("inf"), HUGE, "7-8", "8/"):
        with pytest.raises(Unreadable):
            score(cell)


def test_preferences_of_alpacaeval():
    for cell, share in ((1, 1), (2, 0), (1.5, 0.5), (0, 0.5), (1.25, 0.75), (None, None)):
        assert preference(cell)[0] == share
    with pytest.raises(Unreadable):
        preference(3)


def test_minus_one_is_no_score_where_it_is_no_grade():
    assert is_sentinel([7, -1, 3, None])
    assert is_sentinel([0.5, -1, 0.2])
    assert not is_sentinel([-1, 0, 1])  # a scale of three
    assert not is_sentinel([-1, -2.5, 3])  # numbers of a reward model
    assert not is_sentinel([1, 2])
    assert not is_sentinel([-1])
