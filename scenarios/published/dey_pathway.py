"""The pi^2/6 pathway: accumulated data bound the error by 1.645 of the first, in every family

Dey and Donoho (2024): where each generation is fitted to all data so far, the squared error of the
estimate goes to sum 1 / i^2 = pi^2 / 6 times that of the real data alone, for exponential families
and regressions alike. Where the data are discarded, it grows with the generation.
"""

import numpy as np

from collapse import (
    Accumulate,
    Arm,
    Categorical,
    ExcessRisk,
    Gaussian,
    LinearRegression,
    Moments,
    Poisson,
    Replace,
    Scenario,
    SquaredError,
)
from collapse.measures.tails import Rate
from collapse.scenario.published import comparison, number, shape

SEEDS = {"quick": 6000, "laptop": 20_000, "paper": 100_000}
N, T, D = 1000, 10, 4  # rows, generations, coefficients of the regression
AT = (2, 5, T)
SUMS = (1.25, 1.463611, 1.549768)  # sum 1 / i^2
RATE, P = 3.0, np.array([0.4, 0.3, 0.2, 0.1])
NEAR = 0.02  # of terms in 1 / n, relative
PAPER = "Dey and Donoho (2024), main theorem"
DIFFERS = "n = 1000; the theorem is about n -> infinity"


def scenario(size: str = "quick") -> Scenario:
    w = np.ones(D) / np.sqrt(D)
    parts = {  # truth, model, measures
        "gaussian": (Gaussian(0.0, 1.0), Gaussian(0.0, 1.0, ddof=1), Moments()),
        "poisson": (Poisson(RATE), Poisson(RATE), Rate()),
        "categorical": (Categorical(P), Categorical(P), SquaredError()),
        "regression": (LinearRegression(w), LinearRegression(w), ExcessRisk()),
    }

    def arm(name, regime):
        truth, model, measure = parts[name]
        return Arm(truth=truth, model=model, regime=regime, measures=(measure,), n=N, generations=T)

    arms = {name: arm(name, Accumulate()) for name in parts}
    arms["regression-replaced"] = arm("regression", Replace())
    return comparison(
        arms,
        name="dey-pathway",
        title=__doc__.split("\n")[0],
        source=PAPER,
        paper="dey2024",
        minutes={"quick": 0.7, "laptop": 2, "paper": 2},
        headline=("squared_error", "risk"),
        seeds=SEEDS[size],
        claims=claims(),
    )


# Squared error of an arm by generation, in units of what n real rows give

UNITS = {  # family: (arm's curve, its squared error, its value for one fit times n)
    "gaussian mean": ("gaussian/mean_shift", lambda x: x**2, 1.0),
    "gaussian variance": ("gaussian/variance", lambda x: (x - 1) ** 2, 2.0),
    "poisson rate": ("poisson/rate", lambda x: (x - RATE) ** 2, RATE),
    "categorical": ("categorical/squared_error", lambda x: x, 1 - P @ P),
    "regression": ("regression/risk", lambda x: x, D),
}


def error(record, family: str, at, arm: str = "") -> np.ndarray:
    curve, squared, unit = UNITS[family]
    curve = f"{arm}/{curve.split('/')[1]}" if arm else curve
    return squared(record["curves"][curve][:, list(at)]) * N / unit


def claims() -> tuple:
    families = tuple(UNITS)
    return (
        *(
            number(
                f"Augmented, {family}: squared error in units of the first",
                f"{PAPER}: sum 1 / i^2",
                lambda r, family=family: error(r, family, AT),
                SUMS,
                AT,
                error=NEAR * np.array(SUMS),
                differs=DIFFERS,
            )
            for family in families
        ),
        number(
            "Discarded, regression: squared error in units of the first",
            f"{PAPER}: it grows with the generation",
            lambda r: error(r, "regression", AT, "regression-replaced"),
            AT,
            AT,
            error=NEAR * np.array(AT),
            text="t",
            differs=DIFFERS,
        ),
        shape(
            "Augmented: the efficiency relative to real data alone is at least 6 / pi^2",
            f"{PAPER}, corollary: 0.608",
            lambda r: np.concatenate([error(r, family, (T,)) for family in families], axis=1),
            "squared error at most pi^2 / 6 of the first",
            below=np.pi**2 / 6,
            at=(T,) * len(families),
            differs=DIFFERS,
        ),
    )
