"""Claims about learners and prompts: each passes on its own arm and fails on one a little wrong."""

import functools

import jax
import numpy as np
import pytest

from collapse import Categorical, Choice, FreshMix, RewardWeighted, Tilt
from collapse.numerics.pytree import replace
from tests.scenarios.held import all_fail, all_pass, failing, late, record_of, scenario_of

LEARNER, PROMPT = "learner-laws", "prompt-laws"
record = functools.cache(record_of)
ARMS = (
    *((LEARNER, arm) for arm in ("optimum", "previous", "anchored", "gradient", "bandit")),
    *((LEARNER, arm) for arm in ("bonus", "held", "graded", "escaped")),
    *((LEARNER, arm) for arm in ("sharp-detector", "blunt-detector")),
    *((PROMPT, arm) for arm in ("own-taste", "same-taste", "confidence", "confidence-real")),
    (PROMPT, "problems"),
)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "arm"), ARMS)
def test_claims_pass_on_their_own_arm(name, arm):
    assert all_pass(name, arm, record(name, arm))


def learned(arm, **fields):
    """The record of an arm whose learner has other settings."""
    learner = scenario_of(LEARNER).arms[arm].learner
    return record_of(LEARNER, arm, learner=replace(learner, **fields))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arm", "settings"),
    [
        ("optimum", {"kl_coef": 0.81}),
        ("previous", {"learning_rate": 1.01 / 0.8}),
        ("anchored", {"kl_coef": 0.606}),
        ("gradient", {"learning_rate": 0.0215}),
        ("bonus", {"entropy": 1.01}),
        ("held", {"kl_coef": 0.81, "learning_rate": 1 / 0.81}),
        ("escaped", {"kl_coef": 2.0, "learning_rate": 0.5}),
        ("sharp-detector", {"hit": 0.6}),
        ("blunt-detector", {"hit": 0.66}),
    ],
)
def test_strengths_are_told(arm, settings):
    assert all_fail(LEARNER, arm, learned(arm, **settings))


@pytest.mark.slow
def test_a_generation_off_is_told():
    for arm in ("previous", "anchored", "blunt-detector"):
        assert all_fail(LEARNER, arm, late(record(LEARNER, arm)))


@pytest.mark.slow
def test_a_natural_gradient_is_no_vanilla_one():
    natural = record_of(LEARNER, "gradient", learner=RewardWeighted(learning_rate=0.02))
    assert all_fail(LEARNER, "gradient", natural)


@pytest.mark.slow
def test_a_bandit_that_starts_elsewhere_is_bent():
    """The line is that of a uniform start: from one arm preferred to the good one it is none;
    where two arms pay, half of the reward is the first one's."""
    start = Categorical(np.r_[0.05, 0.75, np.full(48, 0.2 / 48)])
    bent = record_of(LEARNER, "bandit", truth=start, model=start)
    assert all_fail(LEARNER, "bandit", bent, "R^2")
    two = scenario_of(LEARNER).arms["bandit"].judge
    two = replace(two, reward=replace(two.reward, values=(np.arange(50) < 2) * 1.0))
    assert all_fail(LEARNER, "bandit", record_of(LEARNER, "bandit", judge=two), "b - a")


@pytest.mark.slow
def test_groups_are_told():
    """Another penalty, another right answer's reward, and rewards that are not standardised."""
    other = learned("graded", kl_coef=2.02, learning_rate=1 / 2.02)
    assert len(failing(LEARNER, "graded", other)) == 2
    assert all_fail(LEARNER, "graded", late(record(LEARNER, "graded")), "solved")
    judge = scenario_of(LEARNER).arms["graded"].judge
    values = judge.reward.values.at[0].set(1.1)
    other = replace(judge, reward=replace(judge.reward, values=values))
    uneven = record_of(LEARNER, "graded", judge=other)
    assert all_fail(LEARNER, "graded", uneven, "never moves")
    assert len(failing(LEARNER, "graded", learned("graded", baseline="mean"))) == 2


@pytest.mark.slow
def test_prompts_are_told():
    """Another strength of taste, another favourite, a generation off."""
    for arm in ("own-taste", "same-taste"):
        judge = scenario_of(PROMPT).arms[arm].judge
        stronger = record_of(PROMPT, arm, judge=Tilt(judge.reward, strength=1.01))
        assert all_fail(PROMPT, arm, stronger, "A tilt by prompt, ")
        assert all_fail(PROMPT, arm, late(record(PROMPT, arm)), "A tilt by prompt, ")
    other = scenario_of(PROMPT).arms["own-taste"].judge
    assert all_fail(PROMPT, "same-taste", record_of(PROMPT, "same-taste", judge=other), "across")


@pytest.mark.slow
def test_confidence_is_told():
    judge = scenario_of(PROMPT).arms["confidence"].judge
    five = record_of(PROMPT, "confidence", judge=Choice(judge.reward, k=5))
    assert all_fail(PROMPT, "confidence", five, "entropy")
    more = record_of(PROMPT, "confidence-real", regime=FreshMix(0.51))
    assert all_fail(PROMPT, "confidence-real", more)


@pytest.mark.slow
def test_problems_are_told():
    """A generation off, and half as many answers to each problem: pass@256 alone."""
    law = "Refitted"
    assert all_fail(PROMPT, "problems", late(record(PROMPT, "problems")), law)
    fewer = record_of(PROMPT, "problems", n=200 * 32)
    assert failing(PROMPT, "problems", fewer, law) == {"Refitted problems: pass@256 falls"}
    rewarded = "Rewarded problems: pass@"
    assert f"{rewarded}1" in failing(PROMPT, "problems", late(record(PROMPT, "problems")), rewarded)
    assert f"{rewarded}256" in failing(PROMPT, "problems", fewer, rewarded)


def test_published_crossings():
    """180, 150 and 138 answers, as the numbers of Yue et al. (2025) give them."""
    found = scenario_of(PROMPT).evidence["published"](jax.random.key(0), 1)
    np.testing.assert_allclose(found["curves"]["crossing"][0], (180, 150, 138), rtol=0.02)
    assert all_pass(PROMPT, "published", found)
