"""Two judges, one drawn at random for each choice: when do both their tastes survive?

Two outcomes, each the favourite of one judge. With two candidates to a choice one taste is always
lost; with more both can survive, and with very many they strike a bargain. Every arm runs on its
whole support; generation t has been judged t - 1 times.
"""

from typing import ClassVar

import numpy as np

from collapse import (
    Arm,
    Categorical,
    Choice,
    Claim,
    Curve,
    MaximumLikelihood,
    Measure,
    ModelDiversity,
    Pluralist,
    Replace,
    Scenario,
    Support,
    TableReward,
)
from collapse.laws.pluralism import pluralist_equilibrium, pluralist_step

FIRST, SECOND, WHO = 8.0, 5.0, 0.4  # odds of the judges for their favourites; chance of the first
SETTING = (WHO, FIRST, SECOND)
SIZES = (2, 4, 256)  # candidates to a choice
LAST = 60
EARLY = (1, 2, 3, 5, 10, 20, 60)
ROUNDING = 3e-6  # of single precision, on the way over 60 generations


class FirstTaste(Measure):
    """Curve: first_taste, the probability of what the first judge likes."""

    reads = "model"
    curves: ClassVar = {"first_taste": Curve("probability", 0, 1)}

    def measure(self, key, view):
        return {"first_taste": view.model.p[0]}


def arm(k: int) -> Arm:
    truth = Categorical(np.array([0.5, 0.5]))
    rewards = np.array([np.log(FIRST), 0.0]), np.array([0.0, np.log(SECOND)])
    judges = tuple(Choice(TableReward(reward), k=k) for reward in rewards)
    return Arm(
        truth=truth,
        model=truth,
        judge=Pluralist(judges, chances=(WHO, 1 - WHO)),
        regime=Replace(),
        learner=MaximumLikelihood(),
        sampler=Support(),
        measures=(FirstTaste(), ModelDiversity()),
        n=1000,
        generations=LAST,
    )


def chain(k: int) -> np.ndarray:
    """(LAST + 1,) what the first judge likes at each generation, by the exact map."""
    shares = [0.5, 0.5]
    for _ in range(LAST - 1):
        shares.append(float(pluralist_step(shares[-1], k, *SETTING)))
    return np.array(shares)


def claim(name, kind, k, expected, at=(LAST,), **settings) -> Claim:
    source = "derived; setting of Falahati et al. (2026)"
    return Claim(name, kind, source, f"of-{k}", "first_taste", expected, at, **settings)


def scenario() -> Scenario:
    return Scenario(
        name="pluralist-laws",
        title=__doc__.split("\n")[0],
        source="setting of Falahati et al. (2026); the laws are derived here",
        arms={f"of-{k}": arm(k) for k in SIZES},
        headline=("first_taste", "model_entropy"),
        seeds=1,
        claims=(
            claim(
                "Two judges, choice of one in 2: the first's taste, on its way to be lost",
                "identity",
                2,
                chain(2)[list(EARLY)],
                EARLY,
                error=ROUNDING,
            ),
            claim(
                "Two judges, choice of one in 4: the first's taste on its way",
                "identity",
                4,
                chain(4)[list(EARLY)],
                EARLY,
                error=ROUNDING,
            ),
            claim(
                "Two judges, choice of one in 4: both tastes survive, where both invade",
                "identity",
                4,
                pluralist_equilibrium(4, *SETTING),
                error=ROUNDING,
            ),
            claim(
                "Two judges, choice of one in 256: a Nash bargain, to order 1 / K",
                "approximation",
                256,
                pluralist_equilibrium(np.inf, *SETTING),
                spread=0.0,
                error=1 / 256,
            ),
        ),
    )
