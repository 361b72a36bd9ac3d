"""Detectors and importance weights against their exact laws, and laws a little wrong."""

import jax
import numpy as np
import pytest
from scipy.special import expit

import collapse
from collapse import Detector, Schedule, Switch, TableReward, Tilt
from collapse.judges.presets import importance
from collapse.loop.prepare import prepare
from collapse.loop.simulate import run_arm

P = np.array([0.4, 0.3, 0.2, 0.1])
VALUES = np.array([1.0, -0.5, 0.0, 2.0])


class Shares(collapse.Measure):
    reads = "model"
    curves = {"p": collapse.Curve("probability", 0, 1)}

    def measure(self, key, view):
        return {"p": view.model.p}


def arm(judge, generations=4, sampler=None, **fields):
    return collapse.Arm(
        truth=collapse.Categorical(P),
        model=collapse.Categorical(P),
        judge=judge,
        regime=collapse.Replace(),
        learner=collapse.MaximumLikelihood(),
        sampler=sampler or collapse.Support(),
        measures=(Shares(),),
        generations=generations,
        **({"n": 1000, "keep_reference": True} | fields),
    )


def shares(judge, **fields):
    return run_arm(jax.random.key(0), arm(judge, **fields), 1)["curves"]["p"][0]


def law(p, weight):
    return p * weight / (p * weight).sum()


TILTED = law(P, np.exp(VALUES))  # the model of generation 2, judged by a tilt at generation 1


def after(judge):
    """(2, 4) the shares of generations 3 and 4: the judge comes in at generation 2."""
    found = shares(Switch((Tilt(TableReward(VALUES)), judge), starts=(1, 2)))
    np.testing.assert_allclose(found[2], TILTED, rtol=1e-5)
    return found[3:]


def test_importance_brings_the_reference_back():
    """p (reference / p)^b: with b = 1 at once and for good, with 0 never, with 1/2 by the root."""
    np.testing.assert_allclose(after(importance()), [P, P], rtol=1e-5)
    np.testing.assert_allclose(after(importance(0.0)), [TILTED, TILTED], rtol=1e-5)
    half = law(TILTED, (P / TILTED) ** 0.5)
    found = after(importance(0.5))
    np.testing.assert_allclose(found[0], half, rtol=1e-5)
    np.testing.assert_allclose(found[1], law(half, (P / half) ** 0.5), rtol=1e-5)
    assert np.abs(after(importance(0.6))[0] - half).max() > 0.01


def detected(p, power, temperature, offset=0.0):
    """One round by the definition: c = sigmoid((log p - log reference + offset) / temperature)."""
    synthetic = expit((np.log(p) - np.log(P) + offset) / temperature)
    return law(p, (1 - synthetic) ** power)


def test_a_detector_weighs_by_what_looks_human():
    once = detected(TILTED, 3.0, 1.36, 0.5)
    found = after(Detector(power=3.0, temperature=1.36, offset=0.5))
    np.testing.assert_allclose(found[0], once, rtol=1e-4)
    np.testing.assert_allclose(found[1], detected(once, 3.0, 1.36, 0.5), rtol=1e-4)
    for wrong in ((3.3, 1.36, 0.5), (3.0, 1.5, 0.5), (3.0, 1.36, 1.0)):
        assert np.abs(found[0] - detected(TILTED, *wrong)).max() > 0.005


def test_a_detector_of_nothing_does_nothing():
    """Where model and reference agree all look alike; so they do for power 0."""
    np.testing.assert_allclose(shares(Detector())[1:], np.tile(P, (4, 1)), rtol=1e-5)
    np.testing.assert_allclose(after(Detector(power=0.0))[1], TILTED, rtol=1e-5)


def test_a_detector_ages_by_schedule():
    ageing = Detector(power=2.0, temperature=Schedule([1.0, 5.0], [1, 3]))
    once = detected(TILTED, 2.0, 1.0)
    found = after(ageing)
    np.testing.assert_allclose(found, [once, detected(once, 2.0, 5.0)], rtol=1e-4)


def test_weights_stay_in_reach_at_any_power():
    """0.5^1000 is no number in single precision: the largest weight is 1 all the same."""
    found = after(Detector(power=1000.0))
    assert np.isfinite(found).all()
    assert found[0].argmax() == (P / TILTED).argmax()


@pytest.mark.slow
def test_sampled_importance_weights_lead_back():
    """By items, within 4.5 standard errors of 200 seeds; b = 0.9 is told from b = 1."""

    def mean(judge):
        plan = Switch((Tilt(TableReward(VALUES)), judge), starts=(1, 2))
        sampled = arm(plan, 3, collapse.Plain(), n=4000, candidates=4000)
        p = run_arm(jax.random.key(1), sampled, 200)["curves"]["p"][:, 3]
        return p.mean(0), p.std(0, ddof=1) / np.sqrt(200)

    p, error = mean(importance())
    assert (np.abs(p - P) < 4.5 * error).all()
    p, error = mean(importance(0.9))
    assert (np.abs(p - P) > 4.5 * error).any()


def test_mistakes_are_sentences():
    for judge, sentence in (
        (Detector(temperature=0.0), "temperature must be above 0"),
        (Detector(temperature=Schedule([1.0, -1.0], [1, 2])), "temperature must be above 0"),
        (Detector(power=-1.0), "power must be at least 0"),
        (Detector(expected=0.0), "expected must lie in"),
    ):
        with pytest.raises(collapse.UserError, match=sentence):
            prepare(arm(judge))
    for judge in (Detector(), importance()):
        with pytest.raises(collapse.UserError, match="keep_reference"):
            prepare(arm(judge, keep_reference=False))
