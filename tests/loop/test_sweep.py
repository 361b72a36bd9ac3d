"""Many settings as one program: each is the run it would be alone, and nothing is compiled anew."""

import jax
import numpy as np
import pytest

import collapse
from collapse import UserError
from collapse.loop.simulate import run_arm
from collapse.loop.sweep import run_arms
from tests.shared import slots

P = np.arange(1, 31)[::-1] / np.arange(1, 31).sum()
QUALITY = np.linspace(0, 1, 30)


def arm_of(judge, regime=None, **settings):
    return collapse.Arm(
        truth=collapse.Categorical(P),
        model=collapse.Categorical(P),
        judge=judge,
        regime=regime or collapse.Replace(),
        learner=collapse.MaximumLikelihood(),
        sampler=collapse.Plain(),
        measures=(collapse.ModelDiversity(), collapse.Judged()),
        **{"n": 60, "generations": 20, "candidates": 300} | settings,
    )


def top(fraction):
    return collapse.TopFraction(collapse.TableReward(QUALITY), fraction=fraction)


@pytest.mark.slow
def test_each_setting_is_its_own_run():
    """Fractions, shares of real data and a bonus: curves equal those of ``simulate``."""
    arms = [
        arm_of(top(fraction), collapse.FreshMix(share))
        for fraction, share in ((0.2, 0.0), (0.5, 0.0), (0.2, 0.3), (1.0, 0.1))
    ]
    found = run_arms(jax.random.key(3), arms, 4)
    assert found["curves"]["model_entropy"].shape == (4, 4, 21)
    for i, arm in enumerate(arms):
        alone = run_arm(jax.random.key(3), arm, 4)
        np.testing.assert_array_equal(found["items"][i], alone["items"])
        for name, curve in alone["curves"].items():
            np.testing.assert_allclose(found["curves"][name][i], curve, rtol=2e-4, atol=1e-5)
    apart = found["curves"]["model_entropy"][:, :, -1].mean(1)
    assert len(np.unique(apart.round(3))) == 4


@pytest.mark.slow
def test_fits_in_parts_are_whole_fits(monkeypatch):
    """Networks that are trained part by part: every setting of the judge gets all eight parts."""

    def arm(fraction):
        model = collapse.GRU(
            3, 2, width=4, training=collapse.Training(steps=80, batch=8, in_parts=True)
        )
        truth = collapse.Empirical.of([[1, 2], [2, 0], [1, 1], [2, 2]], 3)
        judge = collapse.TopFraction(collapse.Likelihood(), fraction=fraction)
        parts = judge, collapse.Replace(), collapse.MaximumLikelihood(), collapse.Plain()
        measures = (collapse.ItemDiversity(),)
        sizes = {"n": 20, "generations": 2, "candidates": 80}
        return collapse.Arm(**slots(truth, model, *parts), measures=measures, **sizes)

    found = run_arms(jax.random.key(0), [arm(0.25), arm(1.0)], 2)["curves"]["entropy"]
    for i, fraction in enumerate((0.25, 1.0)):
        alone = run_arm(jax.random.key(0), arm(fraction), 2)["curves"]["entropy"]
        np.testing.assert_allclose(found[i], alone, rtol=1e-5)
    assert (found[0, :, 1:] != found[1, :, 1:]).any()
    monkeypatch.setattr(collapse.loop.sweep, "parts_before", lambda arm: 0)
    cut = run_arms(jax.random.key(0), [arm(0.25), arm(1.0)], 2)["curves"]["entropy"]
    assert np.abs(cut[1] - found[1]).max() > 0.01


@pytest.mark.slow
def test_strength_never_recompiles():
    """64 strengths, one trace; another 64, and other noise, none."""
    traces = []

    class Counting(collapse.Judge):
        strength: float = 1.0

        def score(self, key, view):
            traces.append(1)
            return self.strength * view.items

    def run(strengths):
        arms = [arm_of(Counting(x), generations=2) for x in strengths]
        return run_arms(jax.random.key(0), arms, 2)["curves"]["reward_mean"]

    first = run(np.linspace(0, 1, 64))
    traced = len(traces)
    assert traced > 0
    second = run(np.linspace(2, 3, 64))
    assert len(traces) == traced
    np.testing.assert_allclose(
        second[1:, :, 1] / first[1:, :, 1],
        (np.linspace(2, 3, 64) / np.maximum(np.linspace(0, 1, 64), 1e-9))[1:, None]
        * np.ones((63, 2)),
        rtol=1e-4,
    )


@pytest.mark.slow
def test_a_single_run_with_another_strength_is_the_same_program():
    """What ``run`` and ``simulate`` compile is kept for any strength of judge, regime, learner."""
    traces = []

    class Seen(collapse.Reward):
        def score(self, key, view):
            traces.append(1)
            return view.items * 1.0

    def run(strength, share, rate):
        arm = arm_of(
            collapse.Tilt(Seen(), strength=strength, expected=1.0),
            collapse.FreshMix(share),
            candidates=60,
            generations=2,
        )
        learner = collapse.RewardWeighted(learning_rate=rate)
        arm = collapse.Arm(**{**vars(arm), "learner": learner})
        return run_arm(jax.random.key(0), arm, 2)

    run(0.5, 0.1, 1.0)
    traced = len(traces)
    run(1, 0.3, 2.5)
    run(2.0, 0.0, 0.5)
    assert len(traces) == traced


@pytest.mark.slow
def test_ngrams_run_in_turn():
    import tests.tiny as tiny
    from collapse.numerics.pytree import replace

    arm = tiny.scenario().arms["judged"]
    judges = [collapse.TopFraction(collapse.Likelihood(), fraction=f) for f in (0.2, 0.6)]
    arms = [replace(arm, judge=judge, candidates=300, generations=2) for judge in judges]
    found = run_arms(jax.random.key(0), arms, 2)["curves"]["entropy"]
    for i, arm in enumerate(arms):
        alone = run_arm(jax.random.key(0), arm, 2)["curves"]["entropy"]
        np.testing.assert_allclose(found[i], alone, rtol=1e-5)


def test_arms_that_differ_in_more_than_numbers_are_refused():
    with pytest.raises(UserError, match="numbers only"):
        run_arms(jax.random.key(0), [arm_of(top(0.2)), arm_of(collapse.KeepAll())], 2)
    arms = [arm_of(top(0.2), candidates=None), arm_of(top(0.5), candidates=None)]
    with pytest.raises(UserError, match="numbers only"):
        run_arms(jax.random.key(0), arms, 2)
