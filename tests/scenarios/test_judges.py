"""Claims about judges: each passes on the judge it is about and fails on one slightly wrong."""

import functools
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from collapse import (
    BernoulliKeep,
    BestOf,
    Choice,
    FreshMix,
    Likelihood,
    Pluralist,
    Reward,
    Threshold,
    Tilt,
    TopFraction,
)
from collapse.numerics.pytree import replace
from tests.scenarios.held import all_fail, all_pass, failing, late, record_of, scenario_of

CHOICE, JUDGE, TWO = "choice-laws", "judge-laws", "pluralist-laws"
VERIFIER, SIGNAL = "verifier-laws", "signal-laws"

record = functools.cache(record_of)


def judge_of(name, arm):
    return scenario_of(name).arms[arm].judge


def judged(name, arm, **fields):
    """The record of an arm with another strength, fraction, ... of its judge."""
    return record_of(name, arm, judge=replace(judge_of(name, arm), **fields))


ARMS = (
    *((CHOICE, arm) for arm in ("choice", "anchored", "exploit", "patched", "below", "above")),
    *((CHOICE, arm) for arm in ("detected", "pair")),
    *((JUDGE, arm) for arm in ("tilt", "exploit", "gradient", "best-of", "best-of-tied")),
    *((JUDGE, arm) for arm in ("typical",)),
    (TWO, "of-4"),
    *((VERIFIER, arm) for arm in ("perfect", "weak", "opinionated")),
    *((SIGNAL, arm) for arm in ("upper", "central")),
)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "arm"), ARMS)
def test_claims_pass_on_their_own_arm(name, arm):
    assert all_pass(name, arm, record(name, arm))


# Choice


@pytest.mark.slow
def test_the_size_of_a_group_is_told():
    for arm, containing in (("choice", "every outcome"), ("exploit", "")):
        wrong = record_of(CHOICE, arm, judge=Choice(judge_of(CHOICE, arm).reward, k=5))
        assert all_fail(CHOICE, arm, wrong, containing)


def test_the_strength_of_a_choice_is_told():
    """A hundredth is found in the masses, a third in the onset; a round off in both."""
    assert all_fail(CHOICE, "choice", judged(CHOICE, "choice", strength=1.01), "every outcome")
    assert all_fail(CHOICE, "exploit", judged(CHOICE, "exploit", strength=1.01), "mass all the way")
    for arm in ("exploit", "patched"):
        assert all_fail(CHOICE, arm, judged(CHOICE, arm, strength=1.3), "rounds until")
        assert all_fail(CHOICE, arm, late(record(CHOICE, arm)))
    assert all_fail(CHOICE, "choice", late(record(CHOICE, "choice")), "every outcome")


def test_a_judge_of_the_worst_breaks_the_bounds():
    assert all_fail(CHOICE, "choice", judged(CHOICE, "choice", strength=-1.0))
    assert all_fail(CHOICE, "anchored", judged(CHOICE, "anchored", strength=-1.0), "E[e^r]")
    no_real_data = record_of(CHOICE, "anchored", regime=FreshMix(0.0))
    assert all_fail(CHOICE, "anchored", no_real_data, "KL")


@pytest.mark.parametrize(
    ("arm", "share", "containing"),
    [("below", 0.302, ""), ("above", 0.602, ""), ("pair", 0.802, ""), ("detected", 0.375, "")],
)
def test_the_share_of_judged_output_is_told(arm, share, containing):
    wrong = record_of(CHOICE, arm, regime=FreshMix(1 - share))
    assert all_fail(CHOICE, arm, wrong, containing)


@pytest.mark.slow
def test_two_judges_are_told():
    """The chance of the first, its odds, and one candidate fewer."""
    judge = judge_of(TWO, "of-4")
    wrong = (
        replace(judge, chances=(0.41, 0.59)),
        replace(judge, judges=(replace(judge.judges[0], strength=1.02), judge.judges[1])),
        Pluralist(tuple(Choice(one.reward, k=3) for one in judge.judges), chances=judge.chances),
    )
    for other in wrong:
        assert all_fail(TWO, "of-4", record_of(TWO, "of-4", judge=other))


# Tilts, the best of n, groups


class Clipped(Tilt):
    """Chances that were not divided by the largest: what lies above 1 is cut off."""

    def weigh(self, key, view, reward):
        return jnp.minimum(jnp.exp(self.strength * (reward - 1)), 1)


class Vanilla(Reward):
    """The gradient of the expected reward with respect to the logits, p A."""

    values: jax.Array

    def score(self, key, view):
        p, reward = jnp.exp(view.log_prob()), self.values[view.items]
        return p * (reward - p @ reward)


@pytest.mark.slow
def test_tilts_are_told():
    assert all_fail(JUDGE, "tilt", judged(JUDGE, "tilt", strength=1.01))
    assert all_fail(JUDGE, "tilt", late(record(JUDGE, "tilt")))
    assert all_fail(JUDGE, "exploit", judged(JUDGE, "exploit", strength=1.01))
    reward = judge_of(JUDGE, "tilt").reward
    assert all_fail(JUDGE, "tilt", record_of(JUDGE, "tilt", judge=Clipped(reward)))


@pytest.mark.slow
def test_gradients_are_told():
    rate = judge_of(JUDGE, "gradient").strength
    assert all_fail(JUDGE, "gradient", judged(JUDGE, "gradient", strength=1.05 * rate))
    vanilla = Tilt(Vanilla(judge_of(JUDGE, "gradient").reward.values), strength=rate)
    assert all_fail(JUDGE, "gradient", record_of(JUDGE, "gradient", judge=vanilla))


@pytest.mark.slow
def test_the_taste_for_the_typical_is_told():
    """A strength of 0.571, and the likelihood of the last model in place of the first."""
    assert all_fail(JUDGE, "typical", judged(JUDGE, "typical", strength=0.571))
    last = judged(JUDGE, "typical", reward=Likelihood())
    assert all_fail(JUDGE, "typical", last)


@pytest.mark.slow
def test_the_best_of_five_is_not_that_of_four():
    for arm in ("best-of", "best-of-tied"):
        wrong = record_of(JUDGE, arm, judge=BestOf(judge_of(JUDGE, arm).reward, k=5))
        assert all_fail(JUDGE, arm, wrong)
        assert all_fail(JUDGE, arm, late(record(JUDGE, arm)))


# Samples


@pytest.mark.slow
def test_verifiers_are_told():
    """All kept, one generation off; chances of right and wrong exchanged; another radius."""
    chance = judge_of(VERIFIER, "weak").chance
    exchanged = BernoulliKeep(jnp.where(chance == 0.8, 0.4, 0.8), expected=0.1)
    assert all_fail(VERIFIER, "weak", record_of(VERIFIER, "weak", judge=exchanged))
    everything = BernoulliKeep(jnp.ones(10), expected=0.1)
    assert all_fail(VERIFIER, "perfect", record_of(VERIFIER, "perfect", judge=everything))
    wider = replace(judge_of(VERIFIER, "opinionated"), at=-(1.6**2))
    assert isinstance(wider, Threshold)
    assert all_fail(VERIFIER, "opinionated", record_of(VERIFIER, "opinionated", judge=wider))
    for arm in ("perfect", "opinionated"):
        assert all_fail(VERIFIER, arm, late(record(VERIFIER, arm)))


@pytest.mark.slow
def test_selected_fractions_are_told():
    for arm, fraction in (("upper", 0.25), ("central", 0.52)):
        judge = judge_of(SIGNAL, arm)
        wrong = record_of(SIGNAL, arm, judge=TopFraction(judge.reward, fraction=fraction))
        assert all_fail(SIGNAL, arm, wrong)
        assert all_fail(SIGNAL, arm, late(record(SIGNAL, arm)))


def evidence(name, function, monkeypatch, **settings):
    """What a function of a scenario answers where constants of its file are others."""
    scenario_of(name)
    module = sys.modules["collapse_scenario_" + name.replace("-", "_")]
    for key, value in settings.items():
        monkeypatch.setattr(module, key, value)
    found = module.each(getattr(module, function))(jax.random.key(0), 2000)
    monkeypatch.undo()
    return jax.tree.map(np.asarray, found)


WRONG = [  # and how many claims that makes fail
    (VERIFIER, "classifiers", {"KEEP_RIGHT": 0.4, "KEEP_WRONG": 0.8}, 3),
    (VERIFIER, "panels", {"ACCURACY": 0.72, "CORRELATION": 0.55}, 2),
    (SIGNAL, "chains", {"BASELINE": 0.0, "FLIP": 0.12, "TOLERABLE": 0.23}, 3),
    (SIGNAL, "chains", {"STEPS": 7}, 2),
    (SIGNAL, "proxies", {"BEND": 0.26, "NOISE": 0.52}, 2),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "function"),
    [(VERIFIER, "classifiers"), (VERIFIER, "panels"), (SIGNAL, "chains"), (SIGNAL, "proxies")],
)
def test_evidence_passes(name, function, monkeypatch):
    assert all_pass(name, function, evidence(name, function, monkeypatch))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "function", "settings", "count"), WRONG)
def test_evidence_fails_where_it_is_a_little_wrong(name, function, settings, count, monkeypatch):
    found = evidence(name, function, monkeypatch, **settings)
    assert len(failing(name, function, found)) == count
