"""A Gaussian on its own samples: replaced, pooled, and pooled at a fixed size

Shumailov et al. (2024), section 4.2: mean and unbiased variance are fitted, samples drawn, and
fitted again. More samples a generation slow the drift; keeping the earlier ones stops it.
"""

import numpy as np

from collapse import (
    Accumulate,
    AccumulateSubsample,
    Arm,
    Gaussian,
    Moments,
    Replace,
    Scenario,
    Wasserstein,
)
from collapse.loop.simulate import run_arm
from collapse.scenario.published import comparison, number, shape

SIZES = {  # generations, seeds
    "quick": (100, 400),
    "laptop": (1000, 2000),
    "paper": (1000, 10_000),
}
POOLS = {"pool": Accumulate, "subsample": AccumulateSubsample}
M = 50  # samples a generation of the arm about equations
MANY = 20_000  # seeds of its first fit
EARLY = (1, 5, 20)


def arm(n: int, regime, generations: int) -> Arm:
    model = Gaussian(0.0, 1.0, ddof=1)
    measures = (Moments(), Wasserstein())
    return Arm(
        truth=Gaussian(0.0, 1.0),
        model=model,
        regime=regime,
        measures=measures,
        n=n,
        generations=generations,
    )


def scenario(size: str = "quick") -> Scenario:
    generations, seeds = SIZES[size]
    arms = {f"replace-{n}": arm(n, Replace(), generations) for n in (M, 100, 1000, 1_000_000)}
    arms |= {f"{name}-100": arm(100, kind(), generations) for name, kind in POOLS.items()}
    return comparison(
        arms,
        evidence={"one fit": one_fit},
        name="shumailov-gaussian",
        title=__doc__.split("\n")[0],
        source="Shumailov et al. (2024), section 4.2",
        paper="shumailov2024",
        minutes={"quick": 0.5, "laptop": 8, "paper": 40},
        headline=("log_variance", "mean_shift", "w2"),
        labels={name: "{}, n = {:,}".format(*_split(name)) for name in arms},
        seeds=seeds,
        claims=claims(generations),
    )


def _split(name: str) -> tuple[str, int]:
    """ "replace-100" as regime and number of samples."""
    regime, n = name.split("-")
    return regime, int(n)


def one_fit(key, seeds: int) -> dict:
    """Curve w2 (MANY,): the distance of a first fit, over more seeds than the arms have."""
    record = run_arm(key, arm(M, Replace(), 1), MANY)
    return {"curves": {"w2": record["curves"]["w2"][:, 1]}}


def deviations(values):
    """(S,) squared deviations from the mean, whose mean is the variance of the values."""
    return (values - values.mean()) ** 2 * len(values) / (len(values) - 1)


def claims(last: int) -> tuple:
    def curve(record, arm, name, at):
        return record["curves"][f"{arm}/{name}"][:, list(at)]

    def risk(record, at=EARLY):
        return curve(record, f"replace-{M}", "w2", at) ** 2

    def draw(record):
        """Squared distance of a draw from the first mean, on average over draws."""
        shift, variance = (
            curve(record, "replace-100", c, EARLY) for c in ("mean_shift", "variance")
        )
        return shift**2 + variance

    def off(record, arm):
        """(S,) |sigma - 1| at the last generation."""
        return np.abs(curve(record, arm, "variance", (last,))[:, 0] ** 0.5 - 1)

    shorter = "" if last == 1000 else f"{last} generations, not 1000"
    t = np.array(EARLY)
    return (
        number(
            "Variance of a draw after t generations of 100",
            "eq. 3: s^2 (1 + t / M)",
            draw,
            1 + t / 100,
            EARLY,
        ),
        number(
            f"E[W2^2] to the truth, M = {M}",
            "eq. 4: 3/2 s^2 t / M, to first order",
            risk,
            1.5 * t / M,
            EARLY,
            error=0.02 * 1.5 * t / M,
        ),
        number(
            f"Variance of W2^2 after one generation, M = {M}",
            "eq. 5: (1/2) s^4 3 / M^2",
            lambda r: deviations(r["curves"]["w2"] ** 2),
            1.5 / M**2,
            evidence="one fit",
            note="eq. 5 is wrong: for Gaussian samples the leading term is (5/2) s^4 / M^2",
        ),
        shape(
            "The variance goes to 0 almost surely",
            "Theorem 3.1",
            lambda r: np.diff(curve(r, "replace-100", "log_variance", (1, last // 3, last))),
            "sigma -> 0",
            below=0.0,
            at=(last // 3, last),
        ),
        shape(
            "The expected distance grows without end",
            "Theorem 3.1",
            lambda r: np.diff(curve(r, "replace-100", "w2", (1, 20, 60)) ** 2),
            "E[W2^2] -> infinity",
            above=0.0,
            at=(20, 60),
        ),
        shape(
            "Replacing drifts farther than a pool of fixed size",
            "figs. 4 and 5, n = 100",
            lambda r: off(r, "replace-100") - off(r, "subsample-100"),
            "axes to 1.0 and 0.3",
            above=0.0,
            at=(last,),
            differs=shorter,
        ),
        shape(
            "A pool of fixed size drifts farther than the whole pool",
            "figs. 5 and 6, n = 100",
            lambda r: off(r, "subsample-100") - off(r, "pool-100"),
            "axes to 0.3 and 0.175",
            above=0.0,
            at=(last,),
            differs=shorter,
        ),
        shape(
            "With 1000 samples sigma is visibly off",
            "fig. 4",
            lambda r: off(r, "replace-1000"),
            "visibly off below 10^5",
            above=0.05,
            at=(last,),
            differs=shorter,
            note="the paper gives no number: visible is taken as 0.05, a twentieth of its axis",
        ),
        shape(
            "With 10^6 samples it is not",
            "fig. 4",
            lambda r: off(r, "replace-1000000"),
            "visibly off below 10^5",
            below=0.05,
            at=(last,),
            differs=shorter,
        ),
    )
