"""Temperature fed back: without noise, powers compound until one outcome or none stands out

Every generation says what it learned at a temperature (Marchi et al. 2024). The first arms are
exact, as if of infinitely many rows: p_t ~ p_0^(T^-(t-1)). Only temperature 1 keeps, on average,
what it began with, and loses it to chance.
"""

import numpy as np

from collapse import (
    Arm,
    Categorical,
    Claim,
    KeepAll,
    MaximumLikelihood,
    ModelDiversity,
    Replace,
    Scenario,
    Support,
    Tempered,
    TotalVariation,
)
from collapse.laws import temperature
from collapse.laws.categorical import replace_heterozygosity
from collapse.measures.tails import Share

P = np.array([0.3, 0.3, 0.2, 0.15, 0.05])
H0 = float(1 - P @ P)
HOT, COLD = 2.0, 0.5
LAST, ROWS = 16, 50
FOLLOWED = 3  # the outcome of probability 0.15
EARLY = (1, 2, 3, 4)
TIMES = (1, 2, 5, LAST)
MARCHI = "Marchi et al. (2024), heat death"
TOLERANCE = 1e-5  # single precision, whose errors a temperature below 1 blows up


def arms() -> dict[str, Arm]:
    def arm_of(sampler):
        return Arm(
            truth=Categorical(P),
            model=Categorical(P),
            judge=KeepAll(),
            regime=Replace(),
            learner=MaximumLikelihood(),
            sampler=sampler,
            measures=(ModelDiversity(), TotalVariation(), Share(FOLLOWED)),
            n=ROWS,
            generations=LAST,
        )

    return {
        "hot": arm_of(Support(Tempered(HOT))),
        "sampled": arm_of(Tempered(1.0)),
        "cold": arm_of(Support(Tempered(COLD))),
        "neutral": arm_of(Support(Tempered(1.0))),
    }


def identity(name: str, arm: str, curve: str, expected, at) -> Claim:
    return Claim(name, "identity", MARCHI, arm, curve, expected, at=at, error=TOLERANCE)


def of_arm(arm: str, degrees: float, at) -> list[Claim]:
    """The closed form, three ways, of an exact arm at the temperature ``degrees``."""

    def model(t):
        return temperature.tempered(P, t, degrees)

    return [
        identity(
            f"Temperature {degrees:g}: probability of an outcome",
            arm,
            "share",
            lambda t: model(t)[:, FOLLOWED],
            at,
        ),
        identity(
            f"Temperature {degrees:g}: entropy",
            arm,
            "model_entropy",
            lambda t: temperature.tempered_entropy(P, t, degrees),
            at,
        ),
        identity(
            f"Temperature {degrees:g}: total variation from the truth",
            arm,
            "total_variation",
            lambda t: 0.5 * np.abs(model(t) - P).sum(1),
            at,
        ),
    ]


def claims() -> list[Claim]:
    uniform, vertex = (temperature.tempered_limit(P, degrees) for degrees in (HOT, COLD))
    return [
        *of_arm("hot", HOT, TIMES),
        identity(
            "Temperature 2: the end is uniform",
            "hot",
            "model_gini",
            1 - uniform @ uniform,
            (LAST,),
        ),
        Claim(
            "Temperature 1, 50 rows: the mean probability of an outcome stays",
            "law",
            "martingale; " + MARCHI,
            "sampled",
            "share",
            lambda t: np.full(len(t), P[FOLLOWED]),
            at=TIMES,
        ),
        Claim(
            "Temperature 1, 50 rows: mean of H_t falls as without a temperature",
            "law",
            "Wright (1931); Seddik et al. (2024)",
            "sampled",
            "model_gini",
            lambda t: replace_heterozygosity(t, ROWS, H0),
            at=TIMES,
        ),
        *of_arm("cold", COLD, EARLY),
        identity(
            "Temperature 0.5: the end is uniform on the likeliest outcomes",
            "cold",
            "model_gini",
            1 - vertex @ vertex,
            (LAST,),
        ),
        identity(
            "Temperature 1, endless rows: nothing changes",
            "neutral",
            "total_variation",
            0.0,
            TIMES,
        ),
    ]


def scenario() -> Scenario:
    return Scenario(
        name="temperature-laws",
        title="Temperature fed back: without noise, powers compound until one outcome or none "
        "stands out",
        source="Marchi et al. (2024), Heat Death of Generative Models in Closed-Loop Learning",
        arms=arms(),
        headline=("model_entropy", "model_gini", "total_variation", "share"),
        seeds=4000,
        thorough=100_000,
        claims=tuple(claims()),
    )
