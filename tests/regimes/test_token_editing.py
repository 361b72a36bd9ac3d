"""Tokens that a model is sure of are drawn anew, the others and the ends of rows stay."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c

# After 1: 2 with 0.9, 3 with 0.1. After 2 and 3, and at the start: 1, 2 and 3 alike.
EVEN = [0.0, 1 / 3, 1 / 3, 1 / 3]
TABLE = np.array([EVEN, [0.0, 0.0, 0.9, 0.1], EVEN, EVEN, EVEN])
LENGTH, ROWS = 6, 4000


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    rows = rng.integers(1, 4, (ROWS, LENGTH))
    rows[: ROWS // 2, 4:] = 0  # ended rows
    return rows


def edited(rows, threshold):
    model = c.TokenTable(TABLE, LENGTH)
    return np.asarray(model.edited(jax.random.key(1), jnp.asarray(rows), jnp.asarray(threshold)))


def test_only_tokens_above_the_threshold_change(rows):
    """At 0.5 that is a 2 behind a 1: it is drawn anew, given the token before it as it was."""
    new = edited(rows, 0.5)
    sure = (rows[:, 1:] == 2) & (rows[:, :-1] == 1)
    np.testing.assert_array_equal(new[:, 0], rows[:, 0])
    np.testing.assert_array_equal(new[:, 1:][~sure], rows[:, 1:][~sure])
    assert set(new[:, 1:][sure]) == {2, 3}
    share = (new[:, 1:][sure] == 3).mean()
    assert abs(share - 0.1) < 4.5 * np.sqrt(0.1 * 0.9 / sure.sum())


def test_all_tokens_of_any_probability_change_and_ends_stay(rows):
    """At 0 everything possible is drawn anew: from TABLE, given the row as it was."""
    new = edited(rows, 0.0)
    assert (new[rows == 0] == 0).all()
    assert (new[rows != 0] != 0).all()
    first = np.bincount(new[:, 0], minlength=4) / ROWS
    assert np.abs(first - EVEN).max() < 4.5 * np.sqrt(0.25 / ROWS)
    impossible = (rows[:, 1:] == 1) & (rows[:, :-1] == 1)
    np.testing.assert_array_equal(new[:, 1:][impossible], 1)


def test_text_above_any_probability_is_never_edited(rows):
    np.testing.assert_array_equal(edited(rows, 1.0), rows)


def test_a_model_without_tokens_is_refused():
    with pytest.raises(c.UserError, match="draw single tokens of rows anew, and Gaussian cannot"):
        c.prepare(c.Arm(truth=c.Gaussian(), regime=c.TokenEditing(), n=10, generations=2))
