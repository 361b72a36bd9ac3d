"""The table of an n-gram: against the n-gram of rows, its own support, and the learners' laws."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from collapse import (
    GRPO,
    Arm,
    FunctionReward,
    NGram,
    Plain,
    PolicyGradient,
    Replace,
    RewardWeighted,
    ScoreOnly,
    Support,
    Tempered,
    TokenTable,
    UserError,
    begin,
    prepare,
)
from collapse.laws.gradient import kl_optimum
from collapse.loop.generation import advance
from collapse.numerics.pytree import seed_keys
from collapse.types import Pool


def pool_of(rows, weight=None):
    n = len(rows)
    one, zero = jnp.ones(n), jnp.zeros(n, jnp.int32)
    weight = one if weight is None else jnp.asarray(weight, float)
    return Pool(jnp.asarray(rows), one, weight, one, zero, zero, {})


def random_table(size, length, order, seed=0):
    rng = np.random.default_rng(seed)
    return TokenTable(rng.dirichlet(np.ones(size), (size + 1) ** (order - 1)), length, order=order)


@pytest.mark.slow
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_fit_is_that_of_the_ngram_of_rows(order):
    """Weighted rows, ends included: the same log-probabilities of what was seen."""
    rows = random_table(4, 6, order).sample(jax.random.key(0), 60)
    weight = np.random.default_rng(1).uniform(0.1, 1, 60)
    key, pool = jax.random.key(0), pool_of(rows, weight)
    table = TokenTable.uniform(4, 6, order).fit(key, pool)
    other = NGram(4, order=order, smoothing=0.0).fit(key, pool)
    # NGram gives a row that was cut at its full length no end either.
    np.testing.assert_allclose(table.log_prob(rows), other.log_prob(rows), rtol=2e-4, atol=1e-4)
    wrong = TokenTable.uniform(4, 6, order).fit(key, pool_of(rows))
    assert np.abs(np.asarray(wrong.log_prob(rows) - other.log_prob(rows))).max() > 0.05


@pytest.mark.slow
@pytest.mark.parametrize("order", [1, 2, 3])
def test_draws_have_the_law_of_the_support(order):
    """All sequences by chi-square; probabilities sum to 1; tempered draws are told from plain."""
    model = random_table(3, 3, order)
    rows, p = model.support()
    assert float(p.sum()) == pytest.approx(1, abs=1e-5)
    radix = 3 ** np.arange(3)
    place = {int(row @ radix): i for i, row in enumerate(np.asarray(rows))}

    def counted(*sampler):
        drawn = np.asarray(model.sample(jax.random.key(1), 40_000, *sampler)) @ radix
        return np.bincount([place[int(x)] for x in drawn], minlength=len(p))

    expected = np.asarray(p, float) / np.asarray(p, float).sum() * 40_000
    assert stats.chisquare(counted(), expected).pvalue > 1e-4
    assert stats.chisquare(counted(Tempered(0.8)), expected).pvalue < 1e-9
    cold = np.asarray(jnp.exp(model.reshaped(Tempered(0.8)).log_prob(rows)), float)
    assert stats.chisquare(counted(Tempered(0.8)), cold / cold.sum() * 40_000).pvalue > 1e-4


def learned(learner, model, generations, reward, sampler=None, **settings):
    arm = prepare(
        Arm(
            truth=model,
            model=model,
            judge=ScoreOnly(FunctionReward(reward)),
            regime=Replace(),
            learner=learner,
            sampler=sampler or Support(),
            n=1000,
            generations=generations,
            keep_reference=True,
            measures=(),
            **settings,
        )
    )
    keys = seed_keys(jax.random.key(0), range(1))
    states, _ = begin(arm, keys)
    for t in range(1, generations + 1):
        states, _ = advance(arm, states, keys, jnp.int32(t), jnp.int32(1))
    return jax.tree.map(lambda x: x[0], states.model)


def likes_one(rows):
    return (rows == 1).sum(1) * 0.5 + (rows[:, 0] == 2)


@pytest.mark.slow
def test_a_table_deep_enough_reaches_the_kl_optimum():
    """Sequences of two: an order of 2 can say every distribution; an order of 1 cannot."""
    beta = 0.7
    model = random_table(3, 2, 2)
    rows, p = model.support()
    law = kl_optimum(p, np.asarray(likes_one(rows)), beta)
    found = learned(RewardWeighted(learning_rate=1 / beta, kl_coef=beta), model, 2, likes_one)
    np.testing.assert_allclose(np.exp(found.log_prob(rows)), law, rtol=1e-3)
    flat = random_table(3, 2, 1)
    rows, p = flat.support()
    law = kl_optimum(p, np.asarray(likes_one(rows)), beta)
    found = learned(RewardWeighted(learning_rate=1 / beta, kl_coef=beta), flat, 2, likes_one)
    assert np.abs(np.exp(np.asarray(found.log_prob(rows))) - law).max() > 0.01


@pytest.mark.slow
def test_gradient_of_the_expected_reward():
    """One exact step against finite differences of sum p r over all sequences."""
    model, rate = random_table(3, 3, 2), 0.4
    rows, _ = model.support()
    reward = np.asarray(likes_one(rows), float)
    found = learned(PolicyGradient(learning_rate=rate, baseline="mean"), model, 2, likes_one)
    first = np.asarray(learned(PolicyGradient(learning_rate=rate), model, 1, likes_one).p, float)

    def value(logits):
        return float(jnp.exp(model.log_prob_at(jnp.asarray(logits), rows)) @ reward)

    start, slope, h = np.log(first), np.zeros(first.shape), 1e-2
    for at in np.ndindex(first.shape):
        step = np.zeros(first.shape)
        step[at] = h
        slope[at] = (value(start + step) - value(start - step)) / (2 * h)
    law = np.exp(start + rate * slope)
    law /= law.sum(1, keepdims=True)
    np.testing.assert_allclose(found.p, law, atol=3e-4)
    assert np.abs(law - first).max() > 0.01


@pytest.mark.slow
def test_groups_of_samples_raise_the_reward():
    model = random_table(3, 4, 3)
    learner = GRPO(learning_rate=2.0, kl_coef=0.05, steps=2, clip=0.2)
    found = learned(learner, model, 15, likes_one, Plain(), group=8)
    rows, p = model.support()
    reward = np.asarray(likes_one(rows), float)
    after = np.asarray(jnp.exp(found.log_prob(rows)), float)
    assert after @ reward > np.asarray(p, float) @ reward + 0.5
    assert np.isfinite(after).all()


def test_mistakes_are_sentences():
    assert TokenTable(np.full((3, 2), 0.5), 3).validate() == []
    assert TokenTable(np.full((4, 2), 0.5), 3).validate()
    assert TokenTable(np.full((3, 2), 0.6), 3).validate()
    assert TokenTable(np.full((3, 2), 0.5), 0).validate()
    with pytest.raises(UserError, match="too many"):
        TokenTable.uniform(30, 8).support()
