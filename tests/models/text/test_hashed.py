"""Hashed n-grams: addresses, the likelihood of a table, and what a small memory mixes up."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from tests.models.text.test_token_table import pool_of, random_table

V, L = 4, 5
ROWS = np.asarray(random_table(V, L, 3).sample(jax.random.key(0), 300))


def model(**settings):
    return c.HashedNGram(V, L, training=c.Training(steps=400, learning_rate=0.05), **settings)


def test_contexts_have_rows_of_their_own_where_there_is_room():
    wide, small = model(buckets=25), model(buckets=24)
    before = jnp.stack(jnp.meshgrid(jnp.arange(5), jnp.arange(5)), -1).reshape(-1, 2)
    assert len(np.unique(wide.addresses(before)[2])) == 25
    assert len(np.unique(wide.addresses(before)[1])) == 5
    hashed = np.asarray(small.addresses(before)[2])
    assert len(np.unique(hashed)) < 25
    assert hashed.max() < 24


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{}, {"width": 3}, {"order": 1}, {"buckets": 7}])
def test_reading_token_by_token_gives_the_probabilities_of_rows(settings):
    own = model(**settings)
    net = jax.tree.map(
        lambda x: jax.random.normal(jax.random.key(x.size), x.shape), own.initial(jax.random.key(0))
    )
    own = own.with_params(net)
    rows, p = own.support()
    assert float(p.sum()) == pytest.approx(1, abs=1e-4)
    state, token = own.opened(len(ROWS)), jnp.zeros(len(ROWS), jnp.int32)
    each = own.token_log_probs(jnp.asarray(ROWS))
    for place in range(L):
        logits, state = own.read(state, token, jnp.array(place))
        token = jnp.asarray(ROWS[:, place])
        found = jax.nn.log_softmax(logits)[jnp.arange(len(ROWS)), token]
        going = (ROWS[:, :place] != 0).all(1)
        np.testing.assert_allclose(found[going], each[going, place], rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_a_fit_is_that_of_the_table_and_weight_decay_falls_short_of_it():
    """Its likelihood comes near that of relative frequencies, the best there is."""
    table = c.TokenTable.uniform(V, L, order=3).fit(jax.random.key(0), pool_of(ROWS))
    best = float(table.log_prob(jnp.asarray(ROWS)).mean())
    large = model().fit(jax.random.key(1), pool_of(ROWS))
    small = model(buckets=7).fit(jax.random.key(1), pool_of(ROWS))
    decayed = c.HashedNGram(V, L, training=c.Training(steps=400, learning_rate=0.05, decay=1.0))
    decayed = decayed.fit(jax.random.key(1), pool_of(ROWS))
    fits = [float(m.log_prob(jnp.asarray(ROWS)).mean()) for m in (large, small, decayed)]
    assert best - 0.05 < fits[0] <= best + 1e-3
    assert fits[1] < fits[0] - 0.02
    assert fits[2] < fits[0] - 0.02


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"buckets": 0}, "HashedNGram buckets must be at least 1"),
        ({"order": 5}, "HashedNGram order must be 1, 2, 3 or 4"),
        ({"width": -1}, "HashedNGram width must be at least 0"),
    ],
)
def test_bad_settings_are_told(settings, sentence):
    with pytest.raises(c.UserError, match=sentence):
        c.prepare(c.Arm(truth=c.TokenTable.uniform(V, L), model=c.HashedNGram(V, L, **settings)))
