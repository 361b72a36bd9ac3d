"""Papers about loops: a claim holds on its own arms, and fails where one constant is changed."""

import jax
import numpy as np
import pytest

from collapse import (
    KDE,
    Arm,
    CovarianceScale,
    Expanding,
    FreshMix,
    FreshMixPopulation,
    Gaussian,
    LogisticRegression,
    Moments,
    Replace,
    WeightedFreshMix,
)
from collapse.commands.reproduce.rows import built
from collapse.loop.simulate import run_arm
from collapse.numerics.pytree import replace
from collapse.scenario.claims import check
from collapse.scenario.published import together

KEY = jax.random.key(0)
slow = pytest.mark.slow


def claim_of(name: str, start: str):
    (claim,) = (c for c in built(name, "quick").claims if c.name.startswith(start))
    return claim


# (scenario, seeds, start of the claim's name, arm, its changed fields, other arms of the claim)
ARMS = [
    ("mad-gaussian", 100, "Fully synthetic, lambda = 0.8", "full-0.8",
     {"sampler": CovarianceScale(0.85)}),
    ("dey-pathway", 1000, "Augmented, regression", "regression", {"regime": Replace()}),
    ("dohmatob-tails", 20, "Memories of memories: the error rises", "generations",
     {"regime": Expanding(0.5)}),
    ("dohmatob-regression", 300, "Fewer rows than dimensions, new", "few-rows", {"n": 20}),
    ("suresh-gaussian", 500, "n = 10: the expected deviation", "n-10", {"n": 20}),
    ("seddik-contexts", 500, "Fully synthetic", "one-context", {"n": 25}),
    ("he-golden", 2000, "As many synthetic items, weight 0.618", "golden-1",
     {"regime": WeightedFreshMix(0.5, weight=0.3)}),
    ("improvement-fresh", 1000, "alpha = 0.3: squared error", "alpha-0.3",
     {"regime": FreshMixPopulation(0.2)}),
    ("xu-probabilistic", 1000, "Chance that the variance is at most 0.05, T = 500", "replace",
     {"n": 200}),
    ("taori-feedback", 20, "Drawn labels, all rows", "drawn-all",
     {"model": LogisticRegression([1.0, 0.5], bias=1.0, labels="likeliest")}),
    ("borji-kde", 12, "The variance grows", "replace", {"model": KDE(0.8)}),
    ("mad-modes", 4, "Most modes are gone", "replace", {"regime": FreshMix(0.2)}),
    ("kazdan-kde", 4, "moons, accumulate", "moons-accumulate", {"regime": Replace()},
     "moons-replace"),
    ("kazdan-regression", 500, "Regression, accumulate", "regression-accumulate",
     {"regime": Replace()}),
]  # fmt: skip


@slow
@pytest.mark.parametrize("case", ARMS, ids=lambda case: case[0])
def test_a_changed_arm_is_noticed(case):
    name, seeds, start, arm, fields, *others = case
    arms, claim = built(name, "quick").arms, claim_of(name, start)
    curves = {other: run_arm(KEY, arms[other], seeds)["curves"] for other in others}
    good = curves | {arm: run_arm(KEY, arms[arm], seeds)["curves"]}
    assert check(claim, together(good)).verdict in ("holds", "holds in shape")
    bad = curves | {arm: run_arm(KEY, replace(arms[arm], **fields), seeds)["curves"]}
    assert check(claim, together(bad)).verdict == "does not hold"


# (scenario, evidence, seeds, start of the claim's name, constant, its changed value)
CONSTANTS = [
    ("dohmatob-strong", "scaling", 50, "1 % synthetic: the plateau", "OFF", 3.5),
    ("garg-golden", "interpolated", 1000, "Interpolation at 1 / phi", "WEIGHTS",
     (0.3, 0.4, 0.5, 0.9, 0.75, 1.0)),
    ("marchi-heat", "one by one", 500, "Temperature 1: the expected shares", "DEGREES",
     {"neutral": 0.8}),
    ("dohmatob-tails", "tables", 10, "Tables of power laws", "BETA", 1.3),
]  # fmt: skip


@slow
@pytest.mark.parametrize("case", CONSTANTS, ids=lambda case: case[0])
def test_a_changed_constant_of_the_evidence_is_noticed(case, monkeypatch):
    name, evidence, seeds, start, constant, value = case
    function, claim = built(name, "quick").evidence[evidence], claim_of(name, start)
    assert check(claim, function(KEY, seeds)).verdict in ("holds", "holds in shape")
    monkeypatch.setitem(function.__globals__, constant, value)
    assert check(claim, function(KEY, seeds)).verdict == "does not hold"


@pytest.mark.slow
def test_bertrand_notices_another_estimator():
    claim = claim_of("bertrand-stability", "Own rows alone:")

    def record(ddof):
        arm = Arm(
            truth=Gaussian(0.0, 1.0), model=Gaussian(0.0, 1.0, ddof=ddof), measures=(Moments(),),
            n=100, generations=20,
        )  # fmt: skip
        return together({"own": run_arm(KEY, arm, 2000)["curves"]})

    assert check(claim, record(1)).verdict == "holds"
    assert check(claim, record(0)).verdict == "does not hold"


def test_modes_of_a_density_are_counted():
    function = built("borji-kde", "quick").evidence["shapes"].__globals__["modes"]
    grid = np.linspace(-10, 10, 201)
    for centres in ([0], [-4, 4], [-6, 0, 6]):
        density = sum(np.exp(-((grid - c) ** 2)) for c in centres)
        assert function(density) == len(centres)
