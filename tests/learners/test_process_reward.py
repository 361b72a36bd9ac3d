"""A reward for every step, against the exact gradient of what an item's steps earn."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from collapse.learners.process_reward import reward_to_go
from collapse.loop.simulate import run_arm
from collapse.numerics.pytree import replace
from collapse.types import Batch, Verdict, View
from tests.scenarios.writing import exact_pool, gru, transformer

LIMIT = 4.5
SIZE, LENGTH = 3, 4
WORTH = np.array([[0, 0.3, 1.0], [0, -0.7, 0.4], [0, 1.1, -0.2], [0, 0.5, 0.9]])


def table():
    rng = np.random.default_rng(3)
    p = rng.dirichlet(np.full(SIZE, 2.0), SIZE + 1)
    return c.TokenTable(p, LENGTH)


def step_scores(rows):
    """(m, L) what the token at each place is worth; places differ."""
    return jnp.asarray(WORTH)[jnp.arange(LENGTH), rows]


def view_of(rows, mass, group=1, kind="support"):
    batch = Batch(rows, mass, jnp.zeros(len(mass), jnp.int32), kind)
    return View(batch, table(), None, None, jnp.int32(1), len(mass), group)


def moved(learner, model, view):
    """The logits (contexts, V) after one step on these rows less those before, over the rate."""
    pool = exact_pool(view.items, view.batch.mass)
    pool = replace(pool, notes=learner.notes(view, None, c.Support()))
    after = learner.learn(None, model, pool, table())[0]
    step = np.log(np.asarray(after.p, float)) - np.log(np.asarray(model.p, float))
    return centred(step) / learner.learning_rate


def centred(x):
    return x - x.mean(-1, keepdims=True)


def exact_objective(p, anchor, entropy):
    """E[sum of the steps' scores] - anchor KL(p || reference) + entropy H(p), in float64."""
    rows = np.asarray(c.TokenTable(p, LENGTH).support()[0])
    log, ref = np.zeros(len(rows)), np.zeros(len(rows))
    earned, alive = np.zeros(len(rows)), np.ones(len(rows), bool)
    context = np.full(len(rows), SIZE)
    first = np.asarray(table().p, float)
    for place in range(LENGTH):
        token = rows[:, place]
        log += np.where(alive, np.log(p[context, token]), 0)
        ref += np.where(alive, np.log(first[context, token]), 0)
        earned += WORTH[place, token]
        alive &= token != 0
        context = token
    mass = np.exp(log)
    return (mass * (earned - anchor * (log - ref) - entropy * log)).sum()


def slopes(p, anchor, entropy, h=1e-5):
    """The gradient of the objective with respect to the logits, by differences."""
    logits, found = np.log(p), np.zeros_like(p)
    for index in np.ndindex(p.shape):
        ends = []
        for sign in (-h, h):
            moved = logits.copy()
            moved[index] += sign
            q = np.exp(moved)
            ends.append(exact_objective(q / q.sum(1, keepdims=True), anchor, entropy))
        found[index] = (ends[1] - ends[0]) / (2 * h)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("baseline", "anchor", "entropy"), [("none", None, None), ("mean", 0.5, 0.2)]
)
def test_a_step_is_the_gradient_of_what_the_steps_earn(baseline, anchor, entropy):
    """On all outcomes, against differences of the objective in float64; no baseline moves it.
    Crediting a token with the steps before it, or with its own alone, is told apart."""
    model = c.TokenTable(np.random.default_rng(8).dirichlet(np.full(SIZE, 3.0), SIZE + 1), LENGTH)
    learner = c.ProcessGradient(
        function=step_scores, baseline=baseline, kl_coef=anchor, entropy=entropy, learning_rate=0.01
    )
    found = moved(learner, model, view_of(*model.support()))
    law = centred(slopes(np.asarray(model.p, float), anchor or 0, entropy or 0))
    np.testing.assert_allclose(found, law, atol=0.02 * np.abs(law).max())

    for wrong in (lambda scores: jnp.cumsum(scores, -1), lambda scores: scores):
        advantage = {"advantage": wrong(step_scores(model.support()[0]))}
        pool = replace(exact_pool(*model.support()), notes=advantage)
        after = learner.learn(None, model, pool, table())[0]
        step = np.log(np.asarray(after.p, float)) - np.log(np.asarray(model.p, float))
        assert np.abs(centred(step) / 0.01 - law).max() > 0.1 * np.abs(law).max()


@pytest.mark.slow
def test_rewards_to_come_have_the_mean_of_outcomes_and_less_variance():
    """Samples in groups of eight: both estimates have the exact gradient as their mean, and the
    sum over parameters of the variance is smaller where steps have rewards of their own."""
    model, group, seeds = table(), 8, 2000
    whole = c.PolicyGradient(baseline="others", learning_rate=0.01)
    process = c.ProcessGradient(function=step_scores, baseline="others", learning_rate=0.01)
    law = centred(slopes(np.asarray(model.p, float), 0, 0))

    @jax.jit
    @jax.vmap
    def both(key):
        rows = model.sample(key, group)
        view, found = view_of(rows, jnp.ones(group), group, "items"), []
        reward = step_scores(rows).sum(1)
        verdict = Verdict(jnp.ones(group), reward, {})
        for learner in (whole, process):
            pool = replace(
                exact_pool(rows, jnp.ones(group)), notes=learner.notes(view, verdict, c.Plain())
            )
            found.append(jnp.log(learner.learn(None, model, pool, model)[0].p) - jnp.log(model.p))
        return found

    variances = []
    for steps in both(jax.random.split(jax.random.key(5), seeds)):
        steps = centred(np.asarray(steps, float)) / 0.01
        error = steps.std(0) / np.sqrt(seeds)
        # The step is finite: its curvature is of the order of the rate.
        assert (np.abs(steps.mean(0) - law) < LIMIT * error + 0.01).all()
        variances.append(steps.var(0).sum())
    assert variances[1] < 0.8 * variances[0], variances


def test_standardised_steps_are_those_of_the_group():
    """GRPO with process supervision by hand: two items of different length; the mean of all steps
    is taken, and a token has the steps from its own on."""
    rows = jnp.asarray([[2, 1, 0, 0], [1, 2, 2, 1]])
    scores = lambda rows: jnp.where(rows == 2, 1.0, 0.0)  # noqa: E731
    learner = c.ProcessGradient(function=scores, baseline="standardised")
    view = view_of(rows, jnp.ones(2), 2, "items")
    found = np.asarray(
        learner.notes(view, Verdict(jnp.ones(2), jnp.zeros(2), {}), c.Plain())["advantage"]
    )
    steps = np.array([1, 0, 0, 1, 1, 0.0])
    each = (steps - 0.5) / 0.5
    np.testing.assert_allclose(found[0], [each[0] + each[1], each[1], 0, 0], atol=1e-6)
    np.testing.assert_allclose(found[1], np.cumsum(each[:1:-1])[::-1], atol=1e-6)
    np.testing.assert_array_equal(reward_to_go(jnp.asarray([1.0, 2.0, 3.0])), [6, 5, 3])


def signed(sign, rows):
    return sign * jnp.where(rows == 2, 1.0, 0.0)


@pytest.mark.slow
@pytest.mark.parametrize("make", [gru, transformer])
def test_networks_learn_the_steps(make):
    """In the whole loop, from samples: what a step earns rises in every seed, and falls where the
    scores are turned round."""
    found = {}
    for sign in (1, -1):
        scores = partial(signed, sign)
        arm = c.Arm(
            truth=c.TokenTable.uniform(3, 3),
            model=make(training=c.Training(steps=40, batch=32)),
            judge=c.ScoreOnly(c.Steps(scores, aggregation="sum")),
            regime=c.Replace(),
            learner=c.ProcessGradient(function=scores, learning_rate=0.3, baseline="others"),
            sampler=c.Plain(),
            measures=(c.Judged(),),
            n=256,
            group=8,
            generations=5,
        )
        curve = run_arm(jax.random.key(1), arm, 3)["curves"]["reward_mean"]
        found[sign] = curve[:, -1] - curve[:, 1]
    assert (found[1] > 0.1).all(), found
    assert (found[-1] > 0.1).all(), found


def test_a_model_without_tokens_is_refused():
    learner = c.ProcessGradient(function=step_scores)
    p = np.array([0.5, 0.5])
    arm = c.Arm(
        truth=c.Categorical(p),
        model=c.Categorical(p),
        judge=c.ScoreOnly(c.TableReward(p)),
        regime=c.Replace(),
        learner=learner,
        sampler=c.Plain(),
    )
    with pytest.raises(c.UserError, match="ProcessGradient rewards every token, and Categorical"):
        c.prepare(arm)
