"""Where training data come from, and how likely given rows are: written down by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from collapse.types import REAL, Pool
from tests.measures.test_declared import view_of

TABLE = np.array([[1.0, 0, 0], [0.2, 0.5, 0.3], [0.0, 1.0, 0], [0, 0.6, 0.4]])
ROWS = np.array([[1, 0], [2, 1], [1, 1], [2, 2]], np.int32)
P = np.array([0.6 * 0.2, 0.4 * 1.0, 0.6 * 0.5, 0.0])


def data_of(source, count):
    one, zero = jnp.ones(len(source)), jnp.zeros(len(source), jnp.int32)
    return Pool(zero, one, jnp.asarray(count), one, jnp.asarray(source), zero, {})


def test_synthetic_share_weighs_rows():
    model = c.uniform(2)
    data = data_of([REAL, REAL, 0, 1, 0], [1.0, 0.5, 0.25, 0.25, 0.0])
    view = view_of(np.zeros(2, int), model, model, data=data)
    assert float(c.SyntheticShare().measure(None, view)["synthetic_share"]) == 0.25
    empty = view_of(np.zeros(2, int), model, model, data=data_of([REAL], [0.0]))
    assert float(c.SyntheticShare().measure(None, empty)["synthetic_share"]) == 0


def test_given_rows_and_their_ends():
    view = view_of(ROWS, c.TokenTable(TABLE, 2), None)
    found = c.GivenRows(ROWS).measure(None, view)
    assert float(found["given_probability"]) == pytest.approx(P.mean())
    assert float(found["given_lost"]) == 0.25
    ends = c.GivenRows(ROWS, name="ends", given=1).measure(None, view)
    assert float(ends["ends_probability"]) == pytest.approx(np.mean([0.2, 1.0, 0.5, 0.0]))
    assert float(ends["ends_lost"]) == 0.25


def test_a_truth_without_tokens_has_no_ends():
    truth = c.Empirical.of(ROWS, 3)
    ends = c.GivenRows(ROWS, given=1).measure(None, view_of(ROWS, truth, truth))
    assert np.isnan(float(ends["given_probability"]))
    whole = c.GivenRows(ROWS).measure(None, view_of(ROWS, truth, truth))
    assert float(whole["given_probability"]) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("measure", "sentence"),
    [
        (c.GivenRows(), "GivenRows needs rows of tokens"),
        (c.GivenRows(ROWS, given=2), "nothing follows the first 2"),
        (c.GivenRows(ROWS, given=-1), "GivenRows given must be at least 0"),
    ],
)
def test_bad_settings_are_told(measure, sentence):
    truth = c.TokenTable(TABLE, 2)
    with pytest.raises(c.UserError, match=sentence):
        c.prepare(c.Arm(truth=truth, measures=(measure,), n=9), checked=False)
