"""A detector before the fit: what is left of synthetic rows, and the exploit it holds back."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from collapse import (
    Arm,
    BehindDetector,
    Categorical,
    Choice,
    DetectorResampled,
    FreshMix,
    Plain,
    Schedule,
    Support,
    TableReward,
    UserError,
    prepare,
)
from collapse.laws.exploits import choice_growth, exploit_masses, undetected_share
from collapse.laws.weighting import resampled_share
from collapse.loop.generation import advance
from collapse.loop.start import begin
from collapse.numerics.pytree import seed_keys
from collapse.types import REAL as REAL_SOURCE, Pool

BASE, ODDS, K, REAL = 0.02, 40.0, 4, 0.3
P = np.array([BASE, 0.5, 0.48])


def masses(learner, rounds=6, seeds=40):
    """(seeds, rounds) share of the exploit in the models 1, 2, ..."""
    arm = Arm(
        truth=Categorical(P),
        model=Categorical(P),
        judge=Choice(TableReward(np.where(np.arange(3) == 0, np.log(ODDS), 0.0)), k=K),
        regime=FreshMix(REAL),
        learner=learner,
        sampler=Plain(),
        n=20_000,
        generations=rounds,
    )
    arm = prepare(arm)
    keys = seed_keys(jax.random.key(5), range(seeds))
    states, _ = begin(arm, keys)
    found = []
    for t in range(1, rounds + 1):
        states, _ = advance(arm, states, keys, np.int32(t), np.int32(1))
        found.append(np.asarray(states.model.p[:, 0], float))
    return np.stack(found, 1)


def test_private_rows_of_the_truth_are_no_rows_of_a_model():
    """A perfect detector keeps public and private human rows, and removes a model's."""
    source = jnp.array([REAL_SOURCE, REAL_SOURCE - 1, REAL_SOURCE - 2, 0, 1])
    one, zero = jnp.ones(5), jnp.zeros(5, jnp.int32)
    data = Pool(jnp.arange(5), one, one, one, source, zero, {})
    passed = BehindDetector(hit=1.0, false_alarm=0.0).passed(jax.random.key(0), data)
    np.testing.assert_array_equal(passed.weight, [1, 1, 1, 0, 0])


@pytest.mark.slow
@pytest.mark.parametrize("hit", [0.6, 0.97])
def test_the_exploit_grows_as_with_fewer_synthetic_rows(hit):
    """By the law at s' = s (1 - hit) / ...: above the threshold it takes over, below it is held."""
    alarm = 0.1
    found = masses(BehindDetector(hit=hit, false_alarm=alarm))
    share = float(undetected_share(1 - REAL, hit, alarm))
    law = exploit_masses(5, BASE, K, ODDS, share)
    error = found.std(0, ddof=1) / np.sqrt(len(found))
    assert (np.abs(found.mean(0) - law) < 4.5 * error + 2e-4 * np.arange(6)).all()
    unfiltered = exploit_masses(5, BASE, K, ODDS, 1 - REAL)
    assert (np.abs(found.mean(0) - unfiltered) > 20 * error).any()
    takes_over = share * float(choice_growth(K, ODDS)) > 1
    assert takes_over == (hit < 0.9)
    assert (found.mean(0)[-1] > 5 * BASE) == takes_over


@pytest.mark.slow
def test_a_detector_that_stops_working():
    """A hit rate on a schedule: nothing passes at first, then everything."""
    learner = BehindDetector(hit=Schedule([1.0, 0.0], [0, 4]), false_alarm=0.0)
    found = masses(learner, seeds=8).mean(0)
    np.testing.assert_allclose(found[:3], BASE, atol=2e-3)
    law = exploit_masses(3, BASE, K, ODDS, 1 - REAL)
    np.testing.assert_allclose(found[2:], law, rtol=0.06)


def test_it_needs_items():
    arm = Arm(
        truth=Categorical(P),
        model=Categorical(P),
        judge=Choice(TableReward(P)),
        regime=FreshMix(),
        learner=BehindDetector(),
        sampler=Support(),
    )
    with pytest.raises(UserError, match="the source of each row"):
        prepare(arm)


@pytest.mark.parametrize(("separation", "copies"), [(2.0, 3), (0.0, 1)])
def test_rows_are_resampled_by_confidence(separation, copies):
    """As many as are asked for, none more often than the urn has it; and the share of the law."""
    rows, empty = 20_000, 1000
    learner = DetectorResampled(separation=separation, draws=0.9, copies=copies)
    source = np.where(np.arange(rows) % 2, REAL_SOURCE, 0)
    there = np.arange(rows) >= empty
    one, born = jnp.ones(rows), jnp.zeros(rows, jnp.int32)
    data = Pool(born, one, jnp.asarray(there, float), one, jnp.asarray(source), born, {})
    left = np.asarray(learner.passed(jax.random.key(2), data).count)
    assert left.sum() == round(0.9 * (rows - empty))
    assert left.max() <= copies
    assert (left[:empty] == 0).all()
    law = resampled_share(0.5, separation, 10.0, 0.9, copies)
    found = left[source != REAL_SOURCE].sum() / left.sum()
    assert abs(found - law) < 4.5 * np.sqrt(copies * 0.25 / left.sum())
    assert (law < 0.3) == (separation > 0)


def test_more_draws_than_copies_are_refused():
    with pytest.raises(UserError, match=r"draws \(2\) must be at most copies \(1\)"):
        prepare(Arm(truth=Categorical(P), learner=DetectorResampled(draws=2.0, copies=1)))
