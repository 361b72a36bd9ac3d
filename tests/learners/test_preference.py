"""Learning from pairs: the optima of DPO and IPO on every pair, and from a judge's choices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from collapse import (
    Arm,
    Categorical,
    Choice,
    KeepAll,
    ModelDiversity,
    Plain,
    Preference,
    Replace,
    TableReward,
    UserError,
    prepare,
)
from collapse.laws.gradient import kl_optimum
from collapse.loop.generation import advance
from collapse.loop.simulate import run_arm
from collapse.loop.start import begin
from collapse.numerics.pytree import seed_keys
from collapse.types import Pool

P = np.array([0.3, 0.25, 0.2, 0.15, 0.1])
REWARD = np.array([0.5, -0.3, 1.0, 0.2, 0.9])
BETA = 0.5
WINS = 1 / (1 + np.exp(REWARD[None] - REWARD[:, None]))  # Bradley-Terry: row against column


def every_pair() -> Pool:
    """All ordered pairs (chosen, other), each with its probability."""
    chosen, other = np.divmod(np.arange(25), 5)
    mass = 2000 * P[chosen] * P[other] * WINS[chosen, other]
    one, zero = jnp.ones(25), jnp.zeros(25, jnp.int32)
    notes = {"other": jnp.asarray(other, jnp.int32)}
    rows = jnp.asarray(chosen, jnp.int32)
    return Pool(rows, jnp.asarray(mass, float), one, one, zero, zero, notes)


def learned(**settings):
    """The model after enough steps on all pairs, as probabilities."""
    learner = Preference(steps=3000, **{"beta": BETA, "learning_rate": 4.0} | settings)
    model = Categorical(P)
    after = jax.jit(lambda pool: learner.learn(None, model, pool, model)[0].p)(every_pair())
    return np.asarray(after, float)


def test_dpo_finds_the_kl_optimum():
    """Choices by Bradley-Terry: reference e^(r / beta); told from twice the beta."""
    found = learned()
    np.testing.assert_allclose(found, kl_optimum(P, REWARD, BETA), atol=2e-4)
    assert np.abs(found - kl_optimum(P, REWARD, 2 * BETA)).max() > 0.05


def test_ipo_finds_its_own_optimum():
    """reference e^(w / beta), w the chance of winning against a draw: bounded."""
    found = learned(loss="ipo", learning_rate=0.2)
    law = kl_optimum(P, WINS @ P, BETA)
    np.testing.assert_allclose(found, law, atol=2e-4)
    assert np.abs(found - kl_optimum(P, REWARD, BETA)).max() > 0.05


@pytest.mark.slow
def test_choices_of_a_judge_lead_to_the_same_optimum():
    """The whole loop, one generation of pairs: the mean over seeds against the optimum, the loss
    being convex in the logits; told from the reference."""
    arm = Arm(
        truth=Categorical(P),
        model=Categorical(P),
        judge=Choice(TableReward(REWARD), k=2),
        regime=Replace(),
        learner=Preference(beta=BETA, learning_rate=4.0, steps=600),
        sampler=Plain(),
        measures=(ModelDiversity(),),
        n=8000,
        generations=2,
        keep_reference=True,
    )
    arm = prepare(arm)
    keys = seed_keys(jax.random.key(1), range(12))
    states, _ = begin(arm, keys)
    first = None
    for t in (1, 2):
        states, _ = advance(arm, states, keys, jnp.int32(t), jnp.int32(1))
        first = np.asarray(states.model.p, float) if t == 1 else first
    found = np.log(np.asarray(states.model.p, float)) - np.log(first)
    law = np.log(kl_optimum(P, REWARD, BETA)) - np.log(P)
    found, law = (x - x[..., :1] for x in (found, law))
    error = found.std(0, ddof=1)[1:] / np.sqrt(12)
    assert (np.abs(found.mean(0) - law)[1:] < 4.5 * error + 0.01).all()
    assert (np.abs(law[1:]) > 4.5 * error).any()


def test_misfits_are_sentences():
    arm = Arm(
        truth=Categorical(P),
        model=Categorical(P),
        judge=KeepAll(),
        regime=Replace(),
        learner=Preference(),
        sampler=Plain(),
    )
    with pytest.raises(UserError, match="compares two"):
        prepare(arm)
    with pytest.raises(UserError, match="loss must be dpo or ipo"):
        run_arm(jax.random.key(0), Arm(**{**vars(arm), "learner": Preference(loss="x")}))
