"""Rewards against their definitions."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from collapse import (
    Arm,
    Categorical,
    Empirical,
    FunctionReward,
    Gaussian,
    Grammar,
    Length,
    Likelihood,
    MaximumLikelihood,
    NGram,
    Noise,
    OutcomeShares,
    Replace,
    Support,
    Tilt,
)
from collapse.loop.simulate import run_arm
from collapse.rewards.base import TableReward
from collapse.types import Batch, View

LIMIT = 4.5
ROWS = np.array(
    [[1, 2, 0, 0], [1, 2, 3, 1], [3, 0, 0, 0], [0, 0, 0, 0], [2, 2, 2, 2], [1, 3, 2, 0]], np.int32
)
TOKENS = np.array([3, 4, 2, 1, 4, 4])  # end symbols included


def unigram(ends, words):
    """An order-1 model of four tokens, whose law is easy to write down: empty rows, and words in
    rows that were cut."""
    rows = np.concatenate([np.zeros((ends, 4)), np.reshape(words, (-1, 4))])
    return NGram(
        4, order=1, smoothing=0.0, rows=jnp.asarray(rows, jnp.int32), weight=jnp.ones(len(rows))
    )


MODEL, P_MODEL = unigram(4, [1, 1, 1, 1, 1, 2, 2, 3]), np.array([4, 5, 2, 1]) / 12
REFERENCE, P_REFERENCE = unigram(2, [1, 2, 2, 2, 3, 3, 3, 3]), np.array([2, 1, 3, 4]) / 10


def view_of(rows, model=MODEL, reference=REFERENCE):
    m = len(rows)
    batch = Batch(jnp.asarray(rows), jnp.ones(m), jnp.zeros(m, jnp.int32))
    return View(batch, model, reference, None, jnp.array(1), m)


@eqx.filter_jit
def score_of(reward, key, view):
    return reward.score(key, view)


def score(reward, view, key=0):
    return np.asarray(score_of(reward, jax.random.key(key), view), float)


@pytest.mark.parametrize("under", ["model", "reference"])
@pytest.mark.parametrize("per", ["token", "item"])
def test_likelihood_of_token_rows(per, under):
    """ln p summed over the tokens, end symbol included, or divided by their number."""
    p = P_MODEL if under == "model" else P_REFERENCE
    each = [np.log(p[row[:n]]).sum() for row, n in zip(ROWS, TOKENS, strict=True)]
    expected = np.array(each) / (TOKENS if per == "token" else 1)
    found = score(Likelihood(per, under=under), view_of(ROWS))
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    other = np.array(each) / (1 if per == "token" else TOKENS)
    assert not np.allclose(found, other, rtol=1e-3)


def test_likelihood_of_token_rows_of_other_models():
    """A grammar and a corpus are not made of next-token distributions, but their rows have
    tokens all the same."""
    rows = np.array([[1, 2, 0], [3, 0, 0]], np.int32)
    grammar = Grammar.of([(3.0, [{1: 1.0}, {2: 1.0}]), (1.0, [{3: 1.0}])], 4)
    corpus = Empirical.of(rows[[0, 0, 0, 1]], 4)
    for model in (grammar, corpus):
        found = score(Likelihood("token"), view_of(rows, model))
        np.testing.assert_allclose(found, np.log([0.75, 0.25]) / [3, 2], rtol=1e-5)


def test_likelihood_per_item_and_per_token_differ():
    """Per item the shortest row wins; per token one made of common parts."""
    rows = np.array([[2, 0, 0, 0], [1, 1, 1, 1]], np.int32)
    view = view_of(rows)
    assert score(Likelihood("item"), view).argmax() == 0
    assert score(Likelihood("token"), view).argmax() == 1


def test_likelihood_of_outcomes_and_of_numbers():
    """Items that are not sequences have a log-probability and no length."""
    p = np.array([0.5, 0.25, 0.25])
    found = score(Likelihood(), view_of([0, 2, 1], Categorical(p)))
    np.testing.assert_allclose(found, np.log(p[[0, 2, 1]]), rtol=1e-5)
    x = np.array([[0.0], [1.5], [-2.0]])
    found = score(Likelihood(), view_of(jnp.asarray(x), Gaussian(0.5, 4.0)))
    np.testing.assert_allclose(found, stats.norm(0.5, 2).logpdf(x[:, 0]), rtol=1e-5)


def test_likelihood_of_points_in_space():
    """A point in the plane is one item and not two tokens: its log-density, whatever ``per``."""
    x = np.array([[0.0, 1.0], [1.5, 0.0], [2.0, 2.0]])
    found = score(Likelihood(), view_of(jnp.asarray(x), Gaussian(np.zeros(2), np.eye(2))))
    np.testing.assert_allclose(found, stats.multivariate_normal([0, 0]).logpdf(x), rtol=1e-5)


def test_length_counts_words():
    """Without the end symbol; a row that was cut has its full length."""
    expected = [sum(1 for token in row if token) for row in ROWS.tolist()]
    np.testing.assert_array_equal(score(Length(), view_of(ROWS)), expected)
    assert expected != TOKENS.tolist()


def squares(items):
    return (items**2).sum(-1).astype(float)


def test_lift_is_the_function():
    np.testing.assert_array_equal(score(FunctionReward(squares), view_of(ROWS)), (ROWS**2).sum(1))


def test_table_is_read_by_outcome():
    found = score(TableReward(np.array([0.5, -1.0, 2.0])), view_of([2, 0, 0, 1]))
    np.testing.assert_array_equal(found, [2, 0.5, 0.5, -1])
    assert len(TableReward(np.zeros((2, 2))).validate()) == 1
    assert len(TableReward(np.array([0.0, np.nan])).validate()) == 1
    assert TableReward(np.array([0.0, 1.0])).validate() == []


def test_noise_adds_exactly_its_variance():
    """reward + N(0, sd^2): the differences have mean 0, variance sd^2 (chi^2) and are normal."""
    m, sd = 20_000, 0.7
    rows = np.resize(ROWS, (m, 4))
    noise = score(Noise(Length(), sd=jnp.float32(sd)), view_of(rows)) - (rows != 0).sum(1)
    assert abs(noise.mean()) / (sd / np.sqrt(m)) < LIMIT
    assert abs((noise**2).mean() / sd**2 - 1) / np.sqrt(2 / m) < LIMIT
    assert abs((noise**2).mean() / 0.75**2 - 1) / np.sqrt(2 / m) > LIMIT
    assert stats.kstest(noise / sd, "norm").pvalue > 1e-5
    pairs = noise[0::2] * noise[1::2]  # independent from item to item
    assert abs(pairs.mean()) / (sd**2 / np.sqrt(m / 2)) < LIMIT


def test_noise_of_zero_is_the_reward_and_keys_matter():
    view = view_of(ROWS)
    np.testing.assert_array_equal(
        score(Noise(Length(), sd=jnp.float32(0.0)), view), (ROWS != 0).sum(1)
    )
    one, again, other = (
        score(Noise(Length(), sd=jnp.float32(1.0)), view, key) for key in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, again)
    assert (one != other).all()


def test_mistakes_in_sentences():
    assert Likelihood("word").validate() == ["Likelihood per must be token or item, not 'word'."]
    assert len(Likelihood("item", under="truth").validate()) == 1
    assert len(Noise(Length(), sd=-1.0).validate()) == 1
    assert Noise(Length(), sd=0.0).validate() == Likelihood().validate() == []


@pytest.mark.slow
def test_likelihood_under_the_previous_model():
    """A tilt by it: ln p_(t+1) is ln p_t + a ln p_(t-1), a recursion of its own; told from that of
    the model of the day."""
    a, p = 0.3, np.array([0.4, 0.3, 0.2, 0.1])

    def last(under):
        arm = Arm(
            truth=Categorical(p),
            model=Categorical(p),
            judge=Tilt(Likelihood("item", under=under), strength=a),
            regime=Replace(),
            learner=MaximumLikelihood(),
            sampler=Support(),
            measures=(OutcomeShares(4),),
            generations=6,
        )
        curves = run_arm(jax.random.key(0), arm, 1)["curves"]
        return np.array([curves[f"share_{i}"][0, -1] for i in range(4)])

    before = now = np.log(p)
    for _ in range(5):
        before, now = now, now + a * before
    law = np.exp(now) / np.exp(now).sum()
    np.testing.assert_allclose(last("previous"), law, rtol=1e-4)
    assert np.abs(last("model") - law).max() > 0.01
