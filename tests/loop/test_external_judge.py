"""Judges outside JAX: the same run as inside, one question a generation, and what goes wrong."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse
from collapse import ExternalReward, UserError
from collapse.loop.generation import advance
from collapse.loop.simulate import run_arm
from collapse.loop.start import begin
from collapse.numerics.pytree import replace, seed_keys
from collapse.report import run_summary
from collapse.runs.directory import run_scenario
from collapse.runs.run import load
from collapse.scenario.prepare import prepare_scenario
from collapse.scenario.scenario import Scenario

P = np.array([0.4, 0.3, 0.2, 0.1])
VALUES = np.array([0.0, 1.0, 2.0, 3.0])


class Asked:
    """A judge by a table, which counts what it is asked and can misbehave at a call."""

    def __init__(self, at=None, answer=None):
        self.calls, self.at, self.answer = [], at, answer

    def __call__(self, texts):
        self.calls.append(list(texts))
        if self.at == len(self.calls):
            return self.answer(texts)
        return [VALUES[int(text)] for text in texts]


def arm_of(reward, judge=None, **settings):
    judge = judge or collapse.TopFraction(reward, fraction=0.5)
    return collapse.Arm(
        truth=collapse.Categorical(P),
        model=collapse.Categorical(P),
        judge=judge,
        regime=collapse.Replace(),
        learner=collapse.MaximumLikelihood(),
        measures=(collapse.ItemDiversity(), collapse.Judged()),
        **{"n": 40, "generations": 3, "sampler": collapse.Plain()} | settings,
    )


def scenario_of(ask) -> Scenario:
    return Scenario(
        "asked", "Asked", {"asked": arm_of(ExternalReward(ask))}, "none", ("entropy",), seeds=3
    )


@pytest.mark.slow
def test_it_is_the_run_of_the_same_judge_inside():
    """Items bit for bit, curves to rounding; one question for each seed and generation."""
    ask = Asked()
    outside = run_arm(jax.random.key(0), arm_of(ExternalReward(ask)), 2)
    inside = run_arm(jax.random.key(0), arm_of(collapse.TableReward(VALUES)), 2)
    assert len(ask.calls) == 2 * 3
    assert {len(call) for call in ask.calls} == {80}
    np.testing.assert_array_equal(outside["items"], inside["items"])
    for name, curve in inside["curves"].items():
        np.testing.assert_allclose(outside["curves"][name], curve, rtol=1e-5, atol=1e-6)
    other = run_arm(jax.random.key(0), arm_of(collapse.TableReward(-VALUES)), 2)
    assert (other["items"] != inside["items"]).any()


@pytest.mark.slow
def test_wrappers_policies_and_groups_work_around_it():
    """A liking for a place inside JAX, around answers from outside, for pairs."""
    seen = []

    def ask(texts, group):
        seen.append(group)
        return np.zeros(len(texts))

    judge = collapse.BestOf(collapse.Position(ExternalReward(ask), bonus=1.0, place=1), k=2)
    record = run_arm(jax.random.key(0), arm_of(None, judge, generations=1), 1)
    assert seen == [2]
    assert record["curves"]["share_kept"][0, 1] == pytest.approx(0.5)
    assert record["curves"]["reward_mean"][0, 1] == pytest.approx(0.5)


@pytest.mark.slow
def test_abstentions_rank_last_and_are_counted():
    def silent(texts):
        return [np.nan if text == "3" else VALUES[int(text)] for text in texts]

    record = run_arm(jax.random.key(0), arm_of(ExternalReward(silent), generations=2), 4)
    asked = record["health"]["abstained"]
    assert (asked[:, 0] == 0).all()
    assert (asked[:, 1] > 0).all()
    assert record["health"]["bad"].max() == 0
    taken = run_arm(jax.random.key(0), arm_of(ExternalReward(Asked()), generations=2), 4)
    assert taken["health"]["abstained"].max() == 0
    # Where 3 is best it takes over; where the judge abstains on it, it goes.
    assert (record["items"][:, 2] == 3).mean() < 0.1 < (taken["items"][:, 2] == 3).mean()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda texts: 1 / 0, "raised ZeroDivisionError at generation 2, seed 0"),
        (lambda texts: [1.0], r"shape \(1,\) at generation 2"),
        (lambda texts: ["good"] * len(texts), "raised ValueError at generation 2"),
    ],
)
def test_what_goes_wrong_is_a_sentence_and_the_run_goes_on(tmp_path, answer, words):
    """The run is saved up to the last whole generation; corrected, it ends as if unbroken."""
    whole = run_scenario(prepare_scenario(scenario_of(Asked())), tmp_path / "whole")
    broken = Asked(at=4, answer=answer)  # the first call of generation 2, of three seeds
    # The judge is the same one before and after: a class whose settings are no part of its text.
    with pytest.raises(UserError, match=words):
        run_scenario(prepare_scenario(scenario_of(broken)), tmp_path / "broken")
    saved = load(tmp_path / "broken")
    assert not saved.manifest["finished"]
    np.testing.assert_array_equal(
        saved.curve("asked", "entropy")[:, :2], whole.curve("asked", "entropy")[:, :2]
    )
    assert np.isnan(saved.curve("asked", "entropy")[:, 2:]).all()
    again = Asked()
    done = run_scenario(prepare_scenario(scenario_of(again)), tmp_path / "broken")
    assert done.manifest["finished"]
    assert len(again.calls) == 3 * 2
    for name, curve in whole.curves.items():
        np.testing.assert_array_equal(done.curves[name], curve)


@pytest.mark.slow
def test_seeds_that_fill_up_a_block_are_not_asked_about(tmp_path):
    ask = Asked()
    run_scenario(prepare_scenario(scenario_of(ask)), tmp_path / "run")  # 3 seeds in a block of 32
    assert len(ask.calls) == 3 * 3


def test_it_has_no_exact_form_and_no_compiled_loop():
    with pytest.raises(UserError, match="no exact form"):
        collapse.prepare(arm_of(ExternalReward(Asked()), sampler=collapse.Support()))
    arm = collapse.prepare(arm_of(ExternalReward(Asked())))
    keys = seed_keys(jax.random.key(0), range(1))
    states, _ = begin(arm, keys)
    with pytest.raises(UserError, match="outside JAX"):
        advance(arm, states, keys, jnp.int32(1), jnp.int32(1))


@pytest.mark.slow
def test_text_is_what_the_scenario_shows(tmp_path):
    """Token rows reach the judge as words, in the shipped shape of a scenario."""
    from tests import tiny

    seen = []

    def ask(texts):
        seen.extend(texts)
        return [len(text) for text in texts]

    scenario = tiny.scenario()
    arm = replace(
        scenario.arms["judged"], judge=collapse.TopFraction(ExternalReward(ask)), generations=1
    )
    scenario = Scenario("tiny", "Tiny", {"asked": arm}, "none", ("entropy",), 1, show=scenario.show)
    run_scenario(prepare_scenario(scenario), tmp_path / "run")
    assert len(seen) == 300
    assert all(text.startswith("the ") for text in seen)


@pytest.mark.slow
def test_abstentions_are_told_after_a_run(tmp_path):
    """How many of how many texts; of a judge that always speaks, nothing."""
    silent = scenario_of(lambda texts: [np.nan if text == "0" else 1.0 for text in texts])
    saved = run_scenario(prepare_scenario(silent), tmp_path / "silent")
    count = int(saved.curve("asked", "abstained")[:, 1:].sum())
    (told,) = [text for text in run_summary.warnings(saved) if "abstained" in text]
    assert told.startswith(f"asked: the judge abstained on {count} of {3 * 3 * 80} texts (")
    assert count > 0
    spoken = run_scenario(prepare_scenario(scenario_of(Asked())), tmp_path / "spoken")
    assert not [text for text in run_summary.warnings(spoken) if "abstained" in text]
