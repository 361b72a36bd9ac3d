"""Samplers that go token by token, on every kind of model that writes so: against an enumeration
of all rows with each next-token distribution reshaped in plain NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from collapse.loop.generation import advance
from collapse.models.networks.autoregressive import Autoregressive
from collapse.numerics.pytree import seed_keys
from tests.samplers.enumerated import (
    MODELS,
    L,
    V,
    counted,
    next_tokens,
    p_value,
    row_law,
    rows_up_to,
    table,
)
from tests.samplers.test_samplers import reshaped

N = 20_000
ROWS = rows_up_to(V, L)


def held(theta, **settings):
    """The penalty of a network's positive logits is not that of log-probabilities: here these."""

    def shape(p, said):
        q = np.array([p[v] ** (theta if v in said else 1.0) for v in range(len(p))])
        return reshaped(q / q.sum(), **settings)

    return shape


CASES = {
    "cold": (c.Tempered(0.5), lambda p, said: reshaped(p, 0.5)),
    "top 2, hot": (c.TopK(2, temperature=1.5), lambda p, said: reshaped(p, 1.5, k=2)),
    "nucleus": (c.TopP(0.6), lambda p, said: reshaped(p, top=0.6)),
    "held down": (c.Penalised(2.0), held(2.0)),
    "favoured, top 2": (
        c.Penalised(0.5, of=c.TopK(2, temperature=0.8)),
        held(0.5, temperature=0.8, k=2),
    ),
}


def normalised(model):
    """A network that writes log-probabilities, as a table does."""
    return Normalised(model) if hasattr(model, "net") and not hasattr(model, "p") else model


class Normalised(Autoregressive):
    model: Autoregressive

    vocab_size = property(lambda self: self.model.vocab_size)
    length = property(lambda self: self.model.length)

    def opened(self, n):
        return self.model.opened(n)

    def segments(self):
        return self.model.segments()

    def widened(self, state, places):
        return self.model.widened(state, places)

    def read(self, state, token, place):
        logits, state = self.model.read(state, token, place)
        return jax.nn.log_softmax(logits), state

    def token_log_probs(self, rows):
        return self.model.token_log_probs(rows)

    def fit(self, key, pool):
        raise NotImplementedError


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", MODELS)
def test_rows_have_the_reshaped_law(name, case):
    """Frequencies by chi-square, log-probabilities of the reshaped model to 1e-4 for every row;
    neither those of the model as it is."""
    model, (sampler, shape) = normalised(MODELS[name]), CASES[case]
    after = next_tokens(model)
    law, plain = row_law(ROWS, after, shape), row_law(ROWS, after)
    assert law.sum() == pytest.approx(1, abs=1e-6)
    draw = jax.jit(lambda key: model.draw(key, N, 1, sampler).rows)
    counts = counted(ROWS, draw(jax.random.key(0)))
    assert p_value(counts, law) > 1e-4
    assert p_value(counts, plain) < 1e-9
    told = np.asarray(model.reshaped(sampler).log_prob(jnp.asarray(ROWS, jnp.int32)), float)
    np.testing.assert_allclose(np.exp(told), law, atol=1e-5)
    np.testing.assert_allclose(told[law > 0], np.log(law[law > 0]), atol=1e-3)


@pytest.mark.slow
def test_a_table_reads_as_it_looks_up():
    """Reading place for place gives the rows that the table's own draws have, of every order; the
    start is no token."""
    for order in (1, 2, 3, 4):
        model = table(order=order, seed=order)
        law = row_law(ROWS, next_tokens(model))
        redraw = jax.jit(lambda key, model=model: Autoregressive.sample(model, key, N))
        assert p_value(counted(ROWS, redraw(jax.random.key(1))), law) > 1e-4
        own = jax.jit(lambda key, model=model: model.sample(key, N))(jax.random.key(1))
        assert p_value(counted(ROWS, own), law) > 1e-4
        assert p_value(counted(ROWS, own), row_law(ROWS, next_tokens(table(order=order)))) < 1e-9


def test_networks_are_penalised_in_their_own_logits():
    """Positive logits are divided, negative ones multiplied, as they stand."""
    logits = jnp.array([[2.0, -1.0, 0.5], [2.0, -1.0, 0.5]])
    memory = jnp.array([[False, True, True], [True, False, False]])
    found = c.Penalised(2.0).shaped(logits, memory)
    np.testing.assert_allclose(found, [[2.0, -2.0, 0.25], [1.0, -1.0, 0.5]])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gru", "transformer"])
def test_a_penalty_of_one_is_plain(name):
    """Bit for bit where rows are drawn place for place; another theta draws other rows."""
    model = MODELS[name]
    draw = jax.jit(lambda key, sampler: model.draw(key, 500, 1, sampler).rows)
    plain = np.asarray(draw(jax.random.key(2), c.Plain()))
    same = draw(jax.random.key(2), c.Penalised(jnp.array(1.0)))
    np.testing.assert_array_equal(plain, same)
    assert (plain != np.asarray(draw(jax.random.key(2), c.Penalised(jnp.array(1.5))))).any()


@pytest.mark.slow
def test_learners_see_the_probability_that_a_penalised_row_had():
    """Of every row, exactly. Rewards that are all alike, corrected by the ratio of the model to it:
    the model stays where it was but for chance; without correction it takes on the penalty."""
    model, theta = table(order=2, seed=3), 1.5

    def second_fit(learner):
        arm = c.prepare(
            c.Arm(
                truth=model,
                model=model,
                judge=c.ScoreOnly(c.FunctionReward(lambda rows: rows[:, 0] * 0.0)),
                regime=c.Replace(),
                learner=learner,
                sampler=c.Penalised(theta),
                n=N,
                generations=2,
            )
        )
        keys = seed_keys(jax.random.key(0), range(1))
        first, _ = advance(arm, c.begin(arm, keys)[0], keys, jnp.int32(1), jnp.int32(1))
        second, _ = advance(arm, first, keys, jnp.int32(2), jnp.int32(1))
        before, after = (jax.tree.map(lambda x: x[0], s.model) for s in (first, second))
        moved = float(jnp.abs(after.p - before.p)[1:].max())  # behind an end nothing is said
        return before, first.pool, moved

    before, pool, moved = second_fit(c.RewardWeighted(corrected=True, baseline="none"))
    rows, told = [tuple(r) for r in pool.rows[0, :300].tolist()], pool.notes["behaviour"][0, :300]
    np.testing.assert_allclose(
        np.exp(told), row_law(rows, next_tokens(before), held(theta)), rtol=1e-3
    )
    assert not np.allclose(np.exp(told), row_law(rows, next_tokens(before)), rtol=0.05)
    # Cells of a thousand draws and more, with weights of order 1.
    assert moved < 4.5 / np.sqrt(1000) / 2
    assert second_fit(c.MaximumLikelihood())[2] > 1.2 * 4.5 / np.sqrt(1000) / 2


def test_mistakes_and_misfits_are_sentences():
    assert c.Penalised(1.2).validate() == []
    assert c.Penalised(0.0).validate() == ["Penalised theta must be above 0, not 0."]
    with pytest.raises(c.UserError, match="needs a token sampler as of, not Plain"):
        c.Penalised(of=c.Plain())
    arm = c.Arm(
        truth=c.uniform(4),
        model=c.uniform(4),
        judge=c.KeepAll(),
        regime=c.Replace(),
        learner=c.MaximumLikelihood(),
        sampler=c.Penalised(),
    )
    with pytest.raises(c.UserError, match="reads its model token by token, which Categorical"):
        c.prepare(arm)
