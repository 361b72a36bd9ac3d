"""Curves that are declared heavy-tailed over seeds are, in a chain that shows it, and others not.

Heavy is a skewness over seeds above ``SKEWED``, at which an interval of the mean by Student's t no
longer covers what it says, or seeds that are infinite. Of curves between two ends none is.
"""

import jax
import numpy as np
import pytest
from scipy import stats

import collapse as c
from collapse.loop.simulate import run_arm
from collapse.measures.population import MemberSpread
from collapse.measures.risk import DownstreamRidge, ExcessRisk
from collapse.measures.tails import Rate
from collapse.stats.intervals import SKEWED


def arm(truth, model, measures, n, generations, **settings):
    parts = {"judge": c.KeepAll(), "regime": c.Replace(), "learner": c.MaximumLikelihood()}
    parts |= {"sampler": c.Plain(), "n": n, "generations": generations}
    return c.Arm(truth=truth, model=model, measures=measures, **parts | settings)


def chains():
    line, plane = c.Gaussian(0.0, 1.0), c.Gaussian(np.zeros(2), np.eye(2))
    pair = c.GaussianMixture([0.5, 0.5], [[-2.0], [2.0]], [[[1.0]], [[1.0]]], iterations=1)
    table, labels = c.zipf(100), c.LinearRegression(np.array([1.0, 0.5, 0.2, 0.1]))
    shares = (c.ItemDiversity(), c.ModelDiversity())
    gaussian = (c.Moments(), c.Wasserstein(), c.Divergence())
    apart = c.Population.of([line, line], reads="own")
    return {
        "gaussian": arm(line, line, gaussian, 10, 60),
        "points": arm(plane, plane, (c.Spread(),), 10, 60),
        "mixture": arm(pair, pair, (c.MixtureDistance(),), 20, 30),
        "outcomes": arm(table, table, shares, 100, 50),
        "lost": arm(table, table, (c.Divergence(),), 100, 3),
        "events": arm(c.Poisson(1.0), c.Poisson(1.0), (Rate(),), 10, 60),
        "labels": arm(labels, labels, (ExcessRisk(), DownstreamRidge()), 50, 20),
        "members": arm(c.Sources(None, (line, line)), apart, (MemberSpread(),), 10, 60),
    }


@pytest.mark.slow
@pytest.mark.parametrize("chain", chains())
def test_heavy_tails_are_declared_where_they_are(chain):
    made = chains()[chain]
    seeds = 200 if chain == "mixture" else 800
    found = run_arm(jax.random.key(2), made, seeds)["curves"]
    declared = {k: curve for measure in made.measures for k, curve in measure.curves.items()}
    skews = {}
    for name, curve in declared.items():
        values = np.asarray(found[name], float)[:, 1:]
        ends = np.isinf(values).any()
        worst = np.inf if ends else max(abs(stats.skew(at)) for at in values.T if np.ptp(at) > 0)
        skews[name] = worst
        if np.isfinite([curve.low, curve.high]).all():
            assert not curve.heavy, name
    unlike = {
        name
        for name, curve in declared.items()
        if curve.high == np.inf and curve.heavy != (skews[name] > SKEWED)
    }
    if chain == "lost":  # of outcomes one direction is infinite, and the other is not
        unlike.remove("kl_model_truth")
    assert not unlike, skews
