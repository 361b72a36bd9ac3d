"""A detector before the fit: what is left of synthetic rows, and the exploit it holds back."""

import jax
import numpy as np
import pytest

from collapse import (
    Arm,
    BehindDetector,
    Categorical,
    Choice,
    FreshMix,
    Plain,
    Schedule,
    Support,
    TableReward,
    UserError,
    prepare,
)
from collapse.laws.exploits import choice_growth, exploit_masses, undetected_share
from collapse.loop.generation import advance
from collapse.loop.start import begin
from collapse.numerics.pytree import seed_keys

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
