"""Extrapolation away from own samples, against its law for tables of logits."""

import jax
import numpy as np
import pytest

from collapse import (
    Arm,
    Categorical,
    Extrapolated,
    Gaussian,
    MaximumLikelihood,
    OutcomeShares,
    Plain,
    Support,
    Tempered,
    UserError,
    prepare,
)
from collapse.loop.simulate import run_arm

P = np.array([0.5, 0.3, 0.15, 0.05])
COLD = 0.6


def tables(learner, generations=3, sampler=None):
    arm = Arm(
        truth=Categorical(P),
        learner=learner,
        sampler=sampler or Support(of=Tempered(COLD)),
        measures=(OutcomeShares(4),),
        n=100,
        generations=generations,
    )
    curves = run_arm(jax.random.key(0), arm, 1)["curves"]
    return np.stack([curves[f"share_{i}"][0, 1:] for i in range(4)], 1)


@pytest.mark.parametrize("weight", [-1.0, 0.0, 0.5, 2.0])
def test_logits_move_away_from_the_fit_to_what_was_drawn(weight):
    """A temperature c makes the fit theta / c: the step gives theta (1 + w - w / c)."""
    for t, p in enumerate(tables(Extrapolated(weight))):
        expected = P ** ((1 + weight - weight / COLD) ** t)
        np.testing.assert_allclose(p, expected / expected.sum(), rtol=1e-4)


def test_weight_minus_one_is_the_refit_and_real_rows_are_fitted():
    plain = tables(MaximumLikelihood())
    np.testing.assert_allclose(tables(Extrapolated(-1.0)), plain, rtol=1e-5)
    np.testing.assert_allclose(
        tables(Extrapolated(3.0), sampler=Support(of=Plain())), [P] * 3, rtol=1e-4
    )


def test_what_it_cannot_do_is_refused():
    with pytest.raises(UserError, match=r"weight must lie in \[-1, 100\]"):
        tables(Extrapolated(-2.0))
    with pytest.raises(UserError, match="Extrapolated"):
        prepare(Arm(truth=Gaussian(0.0, 1.0), learner=Extrapolated(), n=10))
