"""Errors of steps: by hand, on rows of which all is known."""

import jax.numpy as jnp
import numpy as np
import pytest

from collapse import StepErrors
from collapse.types import Batch, Pool, View

# Tokens 1 are right steps and 2 wrong ones; an item is solved if it has an even number of 2s.
ROWS = jnp.array([[1, 1, 0], [2, 2, 0], [1, 2, 0], [2, 1, 2]])
MEASURE = StepErrors(lambda x: x == 1, outcome=lambda x: ((x == 2).sum(1) % 2 == 0) * 1.0)


def measured(notes: dict, source=0, count=4):
    one, zero = jnp.ones(4), jnp.zeros(4, jnp.int32)
    weight = (jnp.arange(4) < count) * 1.0
    fresh = Pool(ROWS, one, weight, one, zero + source, zero, notes)
    view = View(Batch(ROWS, one, zero), None, None, None, jnp.array(1), 4, fresh=fresh)
    return {name: float(x) for name, x in MEASURE.measure(None, view).items()}


def test_shares_are_those_counted_by_hand():
    found = measured({})
    assert found["solved"] == 3 / 4
    assert found["steps_right"] == pytest.approx(4 / 9)
    assert found["wrong_when_solved"] == pytest.approx(4 / 7)
    assert np.isnan(found["reinforced"])


def test_reinforced_steps_are_wrong_ones_with_an_advantage():
    """Of a row, of a token; rows that are not kept, or real, do not count."""
    by_row = {"advantage": jnp.array([1.0, 1.0, -1.0, 0.0])}
    assert measured(by_row)["reinforced"] == pytest.approx(2 / 5)
    by_token = {"advantage": jnp.array([[1, 1, 0], [1, -1, 0], [1, 1, 0], [0, 0, 2.0]])}
    assert measured(by_token)["reinforced"] == pytest.approx(3 / 5)
    assert measured(by_token, count=2)["reinforced"] == pytest.approx(1 / 2)
    assert np.isnan(measured(by_row, source=-1)["reinforced"])
