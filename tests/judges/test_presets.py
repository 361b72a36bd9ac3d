"""Judges with names of their own: what they are, and what they do to real text."""

import jax
import numpy as np
import pytest

import collapse
from collapse import Categorical, NoisyVerifier, TableReward
from collapse.judges.presets import stutters
from collapse.loop.check_judge import try_judge
from collapse.loop.prepare import prepare
from collapse.loop.simulate import run_arm
from collapse.numerics.pytree import replace
from collapse.scenario.load import build
from collapse.scenario.registry import part_named

P = np.array([0.4, 0.3, 0.2, 0.1])
RIGHT = np.array([1.0, 0.0, 1.0, 0.0])


class Shares(collapse.Measure):
    reads = "model"
    curves = {"p": collapse.Curve("probability", 0, 1)}

    def measure(self, key, view):
        return {"p": view.model.p}


def shares(judge, truth=P, model=P, **fields):
    settings = {"n": 500, "generations": 4, "measures": (Shares(),)} | fields
    arm = collapse.Arm(
        truth=Categorical(truth),
        model=Categorical(model),
        judge=judge,
        regime=collapse.Replace(),
        learner=collapse.MaximumLikelihood(),
        sampler=settings.pop("sampler", collapse.Support()),
        **settings,
    )
    return run_arm(jax.random.key(0), arm, fields.get("seeds", 1))["curves"]["p"]


@pytest.mark.slow
def test_a_noisy_verifier_multiplies_the_odds():
    """Right to wrong by keep_right / keep_wrong a round: 0.9 / 0.3 = 3."""
    found = shares(NoisyVerifier(TableReward(RIGHT)))[0]
    right = found[:, RIGHT > 0].sum(1)
    odds = right / (1 - right)
    np.testing.assert_allclose(odds[1:], odds[1] * 3.0 ** np.arange(4), rtol=1e-4)
    other = shares(NoisyVerifier(TableReward(RIGHT), keep_wrong=0.4))[0]
    assert abs(other[2, RIGHT > 0].sum() - right[2]) > 0.04


def test_right_is_what_the_truth_can_say():
    """It reads the truth, and only a judge that says so is shown it."""
    view_truth = np.array([0.7, 0.0, 0.3, 0.0])
    judge = NoisyVerifier()
    assert judge.uses_truth
    view = collapse.View(
        collapse.Batch(np.arange(4), np.ones(4), np.zeros(4, int)),
        None,
        None,
        Categorical(view_truth),
        1,
        4,
    )
    weight = judge.judge(jax.random.key(0), view)[0].weight
    np.testing.assert_allclose(weight, [0.9, 0.3, 0.9, 0.3], rtol=1e-6)


def test_what_stutters():
    rows = np.array([[1, 2, 1, 0], [1, 1, 2, 0], [3, 0, 0, 0], [2, 3, 3, 3]])
    assert stutters(jax.numpy.asarray(rows)).tolist() == [False, True, False, True]
    assert not stutters(jax.numpy.arange(3)).any()
    assert not stutters(jax.numpy.zeros((3, 2))).any()


NAMES = ("typicality", "noisy-typicality", "length-biased", "exploit-prone", "panel")


@pytest.mark.slow
@pytest.mark.parametrize("name", [*NAMES, "noisy-verifier"])
def test_named_judges_judge_text(name):
    """The door's own trial: every weight a number in [0, 1], and something kept."""
    arm = build("jokes").arms["typical-fifth"]
    arm = replace(arm, judge=part_named("judge", name), n=100, generations=3, candidates=None)
    arm = prepare(arm)
    try_judge(arm)
    assert arm.candidates == (200 if name == "noisy-verifier" else 500)


@pytest.mark.slow
def test_an_exploit_takes_over_where_the_judge_falls_for_it():
    """Stutter pays ten nats, more than any joke: among few that stutter it is all that is kept."""
    rows = np.array([[1, 2, 3], [2, 3, 1], [3, 1, 2], [1, 1, 2]], np.int32)
    model = collapse.NGram(
        4, order=2, smoothing=0.0, rows=rows, weight=np.array([5.0, 4.0, 3.0, 1.0])
    )
    items = jax.numpy.asarray(np.repeat(rows, [50, 40, 30, 10], axis=0))
    m = len(items)
    batch = collapse.Batch(items, jax.numpy.ones(m), jax.numpy.zeros(m, int))
    view = collapse.View(batch, model, None, None, jax.numpy.array(1), m)
    fooled = part_named("judge", "exploit-prone").judge(jax.random.key(0), view)[0].weight
    typical = part_named("judge", "typicality").judge(jax.random.key(0), view)[0].weight
    assert np.asarray(fooled)[-10:].all()
    assert not np.asarray(typical)[-10:].any()
