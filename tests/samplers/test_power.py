"""Power sampling: the exact transition matrices of its chain, and its draws against their law."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from collapse.loop.generation import advance
from collapse.numerics.pytree import seed_keys
from tests.samplers.enumerated import MODELS, L, V, counted, next_tokens, p_value, row_law
from tests.samplers.power_chain import Listed, variation

N = 20_000
LIMIT = 4.5
# Two tokens, two places: aa never, ab 0.40, ba and bb 0.25 each, of 0.90 together.
FEW = c.TokenTable(
    [[1, 0, 0], [0, 0, 1], [0, 0.5, 0.5], [0, 4 / 9, 5 / 9]],
    length=2,
)


def three_symbols(seed=2) -> c.TokenTable:
    """Rows of six out of three symbols that never end early, each given the two before it."""
    p = np.zeros((25, 4))
    p[:, 1:] = np.random.default_rng(seed).dirichlet(np.full(3, 0.5), 25)
    return c.TokenTable(p, 6, order=3)


@cache
def listed(name, alpha, temperature):
    return Listed(next_tokens(MODELS[name]), V, L, alpha, temperature)


def drawn(model, sampler, n=N, key=0):
    """(n, L); the sampler's numbers are data."""
    draw = jax.jit(lambda key, sampler: model.draw(key, n, 1, sampler).rows)
    return draw(jax.random.key(key), jax.tree.map(jnp.asarray, sampler))


@pytest.mark.slow
@pytest.mark.parametrize("temperature", [1 / 3, 1.0])
@pytest.mark.parametrize("name", MODELS)
def test_the_listed_chain_has_the_power_law(name, temperature):
    """Detailed balance with p^alpha to rounding, at every length; not without the lengths."""
    chain = listed(name, 3.0, temperature)
    for stop in range(1, L + 1):
        law, (moves, _) = chain.target(stop), chain.matrix(stop)
        flow = law[:, None] * moves
        np.testing.assert_allclose(flow, flow.T, atol=1e-12)
        np.testing.assert_allclose(law @ moves, law, atol=1e-12)
    careless = law[:, None] * chain.matrix(L, lengths=False)[0]
    assert np.abs(careless - careless.T).max() > 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("temperature", [None, 1.0])
@pytest.mark.parametrize("name", MODELS)
def test_rows_have_the_law_of_so_many_steps(name, temperature):
    """Two steps to a block of two places, before anything is mixed: the law by products of the
    exact matrices. One step more or less, and p^alpha itself, are told apart."""
    chain = listed(name, 3.0, temperature or 1 / 3)
    rows = drawn(MODELS[name], c.Power(3.0, block=2, steps=2, proposal=temperature))
    counts = counted(chain.rows(L), rows)
    assert p_value(counts, chain.law(2, 2)) > 1e-4
    assert p_value(counts, chain.law(2, 1)) < 1e-6
    assert p_value(counts, chain.law(2, 3)) < 1e-6
    assert p_value(counts, chain.law(L, 4)) < 1e-6  # as many steps without blocks
    assert p_value(counts, chain.target(L)) < 1e-6


@pytest.mark.slow
@pytest.mark.parametrize(("alpha", "power", "cold"), [(2.0, 0.5614, 0.3902), (4.0, 0.7662, 0.2906)])
def test_one_likely_future_beats_a_likelier_token(alpha, power, cold):
    """The first token is a with probability 0.44; sharpened rows begin with it more often, and
    sharpened tokens less often (Karan and Du 2025)."""
    rows = np.asarray(drawn(FEW, c.Power(alpha, block=1, steps=60)))
    share, error = (rows[:, 0] == 1).mean(), np.sqrt(power * (1 - power) / N)
    assert abs(share - power) < LIMIT * error + 5e-5  # the law is rounded to four places
    tempered = np.asarray(drawn(FEW, c.Tempered(1 / alpha)))
    assert abs((tempered[:, 0] == 1).mean() - cold) < LIMIT * np.sqrt(cold * (1 - cold) / N) + 5e-5
    law = np.array([0.4, 0.25, 0.25]) ** alpha
    assert p_value(counted([(1, 2), (2, 1), (2, 2)], rows), law) > 1e-4


@pytest.mark.slow
def test_steps_enough_reach_the_power_law():
    """So many that the exact matrices are within 0.1 % of p^alpha: rows are too, by chi-square."""
    chain = listed("gru", 2.0, 0.5)
    law, steps = chain.target(L), 60
    assert variation(chain.law(2, steps), law) < 1e-3
    counts = counted(chain.rows(L), drawn(MODELS["gru"], c.Power(2.0, block=2, steps=steps)))
    assert p_value(counts, law) > 1e-4
    assert p_value(counts, row_law(chain.rows(L), chain.after)) < 1e-9


@pytest.mark.slow
def test_ten_steps_are_not_enough():
    """Three symbols, six places, blocks of two, alpha 4: after ten steps a block the exact law is
    still more than 0.1 of total variation from p^alpha, and so are the rows that are drawn."""
    model = three_symbols()
    chain = Listed(next_tokens(model), 4, 6, 4.0, 0.25)
    law, rows = chain.target(6), chain.rows(6)
    away = {steps: variation(chain.law(2, steps), law) for steps in (0, 2, 10, 1000)}
    assert away[0] > away[2] > away[10] > 0.1
    assert away[1000] < 1e-3
    counts = counted(rows, drawn(model, c.Power(4.0, block=2, steps=10)))
    assert p_value(counts, chain.law(2, 10)) > 1e-4
    assert p_value(counts, law) < 1e-9
    # Between frequencies and law, chance alone makes half the sum of mean deviations.
    chance = np.sqrt(law * (1 - law) / (np.pi / 2 * N)).sum() / 2
    assert variation(counts / N, law) > 0.1 > 5 * chance


@pytest.mark.slow
def test_acceptance_is_that_of_the_matrix():
    """The share of proposals taken, from rows of the model itself, in standard errors."""
    chain, model = listed("table", 3.0, 1 / 3), MODELS["table"]
    p = row_law(chain.rows(L), chain.after)
    rate = float(p @ chain.matrix(L)[1])
    sampler = c.Power(3.0, block=2, steps=1)
    rows = drawn(model, c.Plain())
    taken = np.asarray(jax.jit(sampler.accepted)(jax.random.key(1), model, rows))
    error = np.sqrt(rate * (1 - rate) / N)
    assert abs(taken.mean() - rate) < LIMIT * error
    careless = float(p @ chain.matrix(L, lengths=False)[1])
    assert abs(taken.mean() - careless) > LIMIT * error


@pytest.mark.slow
def test_acceptance_is_a_curve_of_a_run():
    """Not a number for the truth, then what the sampler says of the rows that were drawn."""
    model = MODELS["table"]

    def arm(sampler, **more):
        return c.Arm(
            truth=model,
            model=model,
            judge=c.KeepAll(),
            regime=c.Replace(),
            learner=more.pop("learner", c.MaximumLikelihood()),
            sampler=sampler,
            measures=(c.Acceptance(),),
            n=2000,
            generations=2,
        )

    ready = c.prepare(arm(c.Power(3.0, block=2, steps=4)))
    keys = seed_keys(jax.random.key(0), range(1))
    states, first = c.begin(ready, keys)
    assert np.isnan(first["curves"]["acceptance"]).all()
    state, record = advance(ready, states, keys, jnp.int32(1), jnp.int32(1))
    found = float(record["curves"]["acceptance"][0, 0])
    chain = Listed(next_tokens(jax.tree.map(lambda x: x[0], state.model)), V, L, 3.0, 1 / 3)
    rate = float(chain.law(2, 4) @ chain.matrix(L)[1])
    assert abs(found - rate) < LIMIT * np.sqrt(rate * (1 - rate) / 2000)
    with pytest.raises(c.UserError, match="Acceptance needs the sampler Power"):
        c.prepare(arm(c.Plain()))
    with pytest.raises(c.UserError, match="only up to a factor"):
        c.prepare(arm(c.Power(), learner=c.RewardWeighted(corrected=True)))


def test_mistakes_are_sentences():
    assert c.Power().validate() == []
    assert len(c.Power(0.0, block=0, steps=1.5, proposal=0.0).validate()) == 4
