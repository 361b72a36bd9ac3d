"""Items: sizes and kinds that there are, and their words."""

import pytest

import collapse as cl
from collapse.items import SAID, SIZES


def test_a_kind_or_size_that_does_not_exist_is_told_with_those_that_do():
    for kind, sizes, said in (
        ("points", {"dimension": 1}, "Items has no size `dimension`; `points` has: d."),
        ("counts", {"d": 1}, "Items has no size `d`; `counts` has none."),
        ("point", {"d": 1}, "There is no kind of items 'point' (did you mean points"),
    ):
        with pytest.raises(cl.UserError) as told:
            cl.Items(kind, sizes)
        assert told.value.sentences[0].startswith(said)
    with pytest.raises(cl.UserError, match="no kind of items 'text'"):
        cl.Items("tokens", {}, ("text",))


@pytest.mark.parametrize("kind", SAID)
def test_a_size_that_is_left_out_is_any(kind):
    assert str(cl.Items(kind)) == str(cl.Items(kind, dict.fromkeys(SIZES[kind])))


def test_points_in_words():
    assert str(cl.Items("points", {"d": 2})) == "points of 2 numbers"
    assert str(cl.Items("points")) == "points of any number of numbers"
