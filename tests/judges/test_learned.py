"""Learned rewards against ridge regression, Bayes and what features cannot see."""

from types import SimpleNamespace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse
from collapse import (
    FunctionReward,
    KeepAll,
    Learned,
    RandomFraction,
    TableReward,
    Tilt,
    TopFraction,
)
from collapse.loop.prepare import prepare
from collapse.loop.simulate import run_arm
from collapse.numerics.pytree import replace
from collapse.types import Batch, View

LIMIT = 4.5
P = np.array([0.4, 0.3, 0.2, 0.1])
VALUES = np.array([1.0, -0.5, 0.3, 2.0])
TABLE = TableReward(VALUES)
RNG = np.random.default_rng(0)


def view_of(items, t=1):
    m = len(items)
    batch = Batch(jnp.asarray(items), jnp.ones(m), jnp.zeros(m, jnp.int32))
    return View(batch, None, None, None, jnp.array(t), m)


@eqx.filter_jit
def judged(judge, key, view):
    return judge.judge(key, view)


def squares(items):
    return jnp.stack([jnp.ones(len(items)), items[:, 0], items[:, 0] ** 2], 1)


def wanted(items):
    return jnp.sin(2 * items[:, 0])


def test_the_fit_is_ridge_regression_on_all_that_was_seen():
    """Coefficients after each generation, what is predicted and what is kept, against NumPy; that
    of the last generation alone is another."""
    judge = Learned(
        FunctionReward(wanted),
        policy=TopFraction(fraction=0.25),
        features=squares,
        width=3,
        labels=40,
        ridge=2.0,
    )
    judge, seen = judge.bind(None), np.zeros((0, 1))
    for t in range(1, 6):
        points = RNG.normal(t / 5, 1, size=(40, 1)).astype(np.float32)
        verdict, judge = judged(judge, jax.random.key(t), view_of(points, t))
        seen = np.concatenate([seen, points])
        fit = ridge(seen, 2.0)
        np.testing.assert_allclose(judge.coefficients, fit, rtol=1e-3, atol=1e-4)
        predicted = np.asarray(squares(points)) @ fit
        np.testing.assert_allclose(verdict.reward, predicted, atol=1e-3)
        best = np.sort(np.argsort(-np.asarray(verdict.reward))[:10])
        np.testing.assert_array_equal(np.flatnonzero(verdict.weight), best)
    assert np.abs(fit - ridge(points, 2.0)).max() > 0.05
    assert np.abs(fit - ridge(seen, 20.0)).max() > 0.01


def ridge(points, strength):
    x, y = np.asarray(squares(points), float), np.sin(2 * points[:, 0])
    return np.linalg.solve(x.T @ x + strength * np.eye(3), x.T @ y)


def estimates(judge, items, rounds, seeds=4000, rewards=None):
    """(seeds, width) the coefficients after so many generations of the same items."""
    rewards = jnp.tile(VALUES, (seeds, 1)) if rewards is None else jnp.asarray(rewards)

    def one(key, values):
        mine = replace(judge, teacher=TableReward(values)).bind(None)
        for t in range(rounds):
            _, mine = mine.judge(jax.random.fold_in(key, t), view_of(items))
        return mine.coefficients

    keys = jax.random.split(jax.random.key(rounds), seeds)
    return np.asarray(jax.jit(jax.vmap(one))(keys, rewards), float)


def test_labels_average_the_noise_away():
    """With one feature for each outcome, labelled c times with errors of standard deviation sd:
    mean r c / (c + ridge) and variance c sd^2 / (c + ridge)^2, near sd^2 / c."""
    items, sd, one = np.repeat(np.arange(4), 2), 1.5, 0.1
    judge = Learned(TABLE, policy=KeepAll(), width=4, labels=8, sd=sd, ridge=one)
    for rounds in (1, 4):
        count = 2 * rounds
        found = estimates(judge, items, rounds)
        variance = count * sd**2 / (count + one) ** 2
        error = np.sqrt(variance / len(found))
        assert (np.abs(found.mean(0) - VALUES * count / (count + one)) < LIMIT * error).all()
        spread = variance * np.sqrt(2 / len(found))
        deviation = lambda law: np.abs(found.var(0, ddof=1) - law) / spread  # noqa: B023, E731
        assert (deviation(variance) < LIMIT).all()
        assert (deviation(variance * count / (count + 1)) > LIMIT).any()  # one label more


@pytest.mark.slow
def test_the_estimate_is_the_posterior_mean():
    """For rewards drawn with variance tau^2, ridge = sd^2 / tau^2 leaves the squared error
    (1 / tau^2 + c / sd^2)^-1, and no other ridge as little."""
    sd, tau, count = 1.0, 0.7, 3
    rewards = RNG.normal(0, tau, size=(4000, 4))
    least = 1 / (1 / tau**2 + count / sd**2)

    def squared(strength):
        judge = Learned(TABLE, policy=KeepAll(), width=4, labels=12, sd=sd, ridge=strength)
        off = estimates(judge, np.repeat(np.arange(4), count), 1, rewards=rewards) - rewards
        return (off**2).mean(), (off**2).std() / np.sqrt(off.size)

    best, error = squared(sd**2 / tau**2)
    assert abs(best - least) < LIMIT * error
    for strength in (0.01, 12.0):
        other, error = squared(strength)
        assert other - least > LIMIT * error


def test_what_is_labelled_is_drawn_from_the_candidates():
    """Exactly ``labels`` a generation, none twice; of outcomes by their mass in exact mode."""
    judge = Learned(TABLE, policy=KeepAll(), width=40, labels=10)
    teacher = replace(judge, teacher=FunctionReward(lambda items: items * 0.0)).bind(None)
    _, after = judged(teacher, jax.random.key(0), view_of(np.arange(40)))
    count = np.diag(after.squares)
    assert count.sum() == 10
    assert set(count.tolist()) == {0, 1}
    exact = View(
        Batch(jnp.arange(4), jnp.asarray(P), jnp.zeros(4, jnp.int32), "support"),
        None,
        None,
        None,
        jnp.array(1),
        4,
    )
    many = replace(judge, width=4, labels=20_000).bind(None)
    count = np.diag(judged(many, jax.random.key(0), exact)[1].squares)
    error = np.sqrt(20_000 * P * (1 - P))
    assert (np.abs(count - 20_000 * P) < LIMIT * error).all()


def test_groups_of_exact_answers_compete_within_their_prompt():
    """Two prompts of three answers: the policy acts on each prompt's answers, as it does alone."""
    rewards = np.array([3.0, 2.0, 1.0, -3.0, -2.0, -1.0])
    policy = TopFraction(TableReward(rewards), fraction=0.5)
    judge = Learned(TableReward(rewards), policy=policy, width=6, labels=5000, ridge=1e-3)
    mass = jnp.full(6, 1 / 6)
    batch = Batch(jnp.arange(6), mass, jnp.zeros(6, jnp.int32), "support")
    view = View(batch, SimpleNamespace(prompts=2), None, None, jnp.array(1), 6, group=3)
    learned = judge.bind(None).judge(jax.random.key(0), view)[0].weight
    alone = policy.judge(jax.random.key(0), view)[0].weight
    np.testing.assert_allclose(learned, alone, atol=1e-6)
    np.testing.assert_allclose(alone, [1, 0.5, 0, 0, 0.5, 1], atol=1e-6)


class Shares(collapse.Measure):
    reads = "model"
    curves = {"p": collapse.Curve("probability", 0, 1)}

    def measure(self, key, view):
        return {"p": view.model.p}


def pairs(items):
    """Features that do not tell 2 from 3: 3 is an exploit of 2."""
    return jax.nn.one_hot(jnp.minimum(items, 2), 3)


def arm(judge, **fields):
    return collapse.Arm(
        truth=collapse.Categorical(P),
        model=collapse.Categorical(P),
        judge=judge,
        regime=collapse.Replace(),
        learner=collapse.MaximumLikelihood(),
        sampler=fields.pop("sampler", collapse.Support()),
        measures=(Shares(),),
        n=500,
        generations=fields.pop("generations", 6),
        **fields,
    )


@pytest.mark.slow
def test_an_exploit_outside_the_features_is_never_unlearned():
    """Worth nothing, it shares the features of the best: with its odds to the best as they were
    from the first to the last generation, it is overrated for ever. A model that sees it drops
    it."""
    real = TableReward(np.array([0.0, 0.0, 3.0, -3.0]))
    blind = Learned(real, policy=Tilt(), features=pairs, width=3, labels=200)
    sees = Learned(real, policy=Tilt(), features=None, width=4, labels=200)
    found = {
        name: run_arm(jax.random.key(0), arm(judge), 4)["curves"]["p"]
        for name, judge in {"blind": blind, "sees": sees}.items()
    }
    odds = found["blind"][..., 3] / found["blind"][..., 2]
    np.testing.assert_allclose(odds, 0.5, rtol=1e-4)
    assert (found["blind"][:, -1, 3] > 0.3).all()
    assert (found["sees"][:, -1, 3] < 1e-6).all()


@pytest.mark.slow
def test_it_learns_through_a_whole_run_of_items():
    """The estimate of every outcome that is still said comes near its reward: state is carried."""
    judge = Learned(TABLE, policy=RandomFraction(0.5), width=4, labels=100, sd=0.5)
    ready, keys = prepare(arm(judge, sampler=collapse.Plain())), jax.random.split(jax.random.key(3))
    first, five = jnp.array(1, jnp.int32), jnp.array(5, jnp.int32)
    states, _ = collapse.advance(ready, collapse.begin(ready, keys)[0], keys, first, five)
    assert np.trace(np.asarray(states.judge.squares)[0]) == 500
    found = np.asarray(jax.vmap(lambda judge: judge.coefficients)(states.judge))
    assert np.abs(found - VALUES).max() < 0.35


def test_mistakes_are_sentences():
    for judge, sentence in (
        (Learned(labels=0), "labels must be at least 1"),
        (Learned(ridge=0.0), "ridge must be above 0"),
        (Learned(sd=-1.0), "sd must be at least 0"),
        (Learned(policy=Learned()), "must act on a reward"),
        (Learned(policy=KeepAll(), labels=501), "cannot label 501 of 500"),
        (Learned(TABLE, features=pairs, width=9), "must be \\(m, width\\)"),
    ):
        with pytest.raises(collapse.UserError, match=sentence):
            prepare(arm(judge, sampler=collapse.Plain()))
