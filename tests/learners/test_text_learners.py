"""Learning from rewards and pairs with text networks: against finite differences and optima."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from collapse.laws.gradient import kl_optimum
from collapse.loop.generation import advance
from collapse.numerics.pytree import seed_keys
from collapse.types import Pool
from tests.scenarios.writing import exact_pool, gru, listed, log_probs, stirred, transformer

BOTH = pytest.mark.parametrize("make", [gru, transformer])


def ones_of(rows):
    """A reward: how many of the tokens are 1."""
    return (rows == 1).sum(1) * 1.0


@eqx.filter_jit
def expected(model, net):
    """The exact expected reward under parameters, over all rows."""
    rows, p = model.with_params(net).support()
    return p @ ones_of(rows)


@pytest.mark.slow
@BOTH
def test_a_step_is_the_gradient_of_the_expected_reward(make):
    """The change of the parameters, along ten random directions, against finite differences of the
    exact expected reward; told from twice the rate and from the gradient of another reward."""
    model = stirred(make(), 1, 0.3)
    rows, p = listed(model)
    reward = ones_of(rows)

    @jax.jit
    def moved(reward):
        pool = exact_pool(rows, p, reward - p @ reward)
        learner = c.PolicyGradient(learning_rate=1.0)
        after = learner.learn(None, model, pool, None)[0].net
        return jax.tree.map(jnp.subtract, after, model.net)

    step, other, rng = moved(reward), moved((rows == 2).sum(1) * 1.0), np.random.default_rng(0)
    slopes, along, along_other, h = [], [], [], 0.05
    for _ in range(10):
        way = jax.tree.map(lambda x: jnp.asarray(rng.normal(size=x.shape), x.dtype), model.net)
        norm = jnp.sqrt(sum((x**2).sum() for x in jax.tree.leaves(way)))
        way = jax.tree.map(lambda x: x / norm, way)  # noqa: B023
        ends = [jax.tree.map(lambda x, d: x + s * d, model.net, way) for s in (-h, h)]  # noqa: B023
        slopes.append(float(expected(model, ends[1]) - expected(model, ends[0])) / (2 * h))
        dot = lambda move: sum(map(jnp.vdot, *map(jax.tree.leaves, (move, way))))  # noqa: B023, E731
        along.append(float(dot(step)))
        along_other.append(float(dot(other)))
    slopes, size = np.array(slopes), np.abs(slopes).max()
    np.testing.assert_allclose(along, slopes, atol=0.02 * size)
    assert np.abs(2 * np.array(along) - slopes).max() > 0.3 * size
    assert np.abs(np.array(along_other) - slopes).max() > 0.3 * size


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "learner"),
    [(gru, c.PolicyGradient(learning_rate=0.5)), (transformer, c.GRPO(learning_rate=0.2, steps=2))],
)
def test_policy_gradients_raise_the_expected_reward(make, learner):
    """From samples, in the whole loop: of every seed. Rewards turned round lower it."""
    found = {}
    for sign in (1, -1):
        arm = c.Arm(
            truth=c.TokenTable.uniform(3, 3),
            model=make(training=c.Training(steps=40, batch=32)),
            judge=c.ScoreOnly(c.Scaled(c.FunctionReward(ones_of), by=sign)),
            regime=c.Replace(),
            learner=learner,
            sampler=c.Plain(),
            n=256,
            group=8,
            generations=5,
        )
        arm = c.prepare(arm, checked=False)
        keys = seed_keys(jax.random.key(1), range(3))
        states, _ = c.begin(arm, keys)
        ends = []
        for t, steps in ((1, 1), (2, 4)):
            states, _ = advance(arm, states, keys, jnp.int32(t), jnp.int32(steps))
            each = jax.lax.map(partial(expected, make()), states.model.net)
            ends.append(np.asarray(each))
        found[sign] = ends[1] - ends[0]
    assert (found[1] > 0.1).all(), found
    assert (found[-1] < -0.1).all(), found


@pytest.mark.slow
@BOTH
def test_preferences_move_towards_the_kl_optimum(make):
    """Every pair, chosen by Bradley-Terry: the distance to reference e^(r / beta) shrinks to a
    tenth; that to the optimum of the opposite reward grows."""
    beta, model = 0.7, stirred(make(), 2, 0.3)
    rows, p = listed(model)
    reward = ones_of(rows)
    first, second = np.divmod(np.arange(len(p) ** 2), len(p))
    wins = 1 / (1 + np.exp(reward[second] - reward[first]))
    pool = exact_pool(rows[first], p[first] * p[second] * wins)
    pool = Pool(**{**vars(pool), "notes": {"other": rows[second]}})
    learner = c.Preference(beta=beta, learning_rate=0.3, steps=400)
    after = eqx.filter_jit(learner.learn)(jax.random.key(0), model, pool, model)[0]
    q = np.exp(np.asarray(log_probs(after, rows).sum(1), float))

    def apart(sign, q):
        law = kl_optimum(np.asarray(p, float), sign * np.asarray(reward, float), beta)
        return float(law @ np.log(law / q))

    p = np.asarray(p, float)
    assert apart(1, q) < 0.1 * apart(1, p)
    assert apart(-1, q) > 2 * apart(-1, p)
