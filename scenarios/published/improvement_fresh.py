"""Fresh data in every draw: the error has a closed form, and any share of them bounds it

From Collapse to Improvement (2026): outcomes are drawn from the truth with probability alpha, else
from the last fit. The expected squared error follows one recursion; without fresh data it ends at n
times that of the first fit.
"""

import numpy as np

from collapse import Arm, FreshMixPopulation, Replace, Scenario, Schedule, zipf
from collapse.measures.tails import SquaredError
from collapse.scenario.published import comparison, number, shape

SEEDS = {"quick": 2000, "laptop": 10_000, "paper": 20_000}
N, K, T = 50, 20, 60
ALPHAS = (0.1, 0.3)
LARGE = 500  # rows
AT = (2, 5, 12, T)


def scenario(size: str = "quick") -> Scenario:
    truth = zipf(K)

    def arm(regime, n=N):
        return Arm(truth=truth, regime=regime, measures=(SquaredError(),), n=n, generations=T)

    arms = {f"alpha-{a:g}": arm(FreshMixPopulation(a)) for a in ALPHAS}
    arms["alpha-0"] = arm(Replace())
    arms["many"] = arm(FreshMixPopulation(0.3), LARGE)
    harmonic = Schedule([1.0 / t for t in range(1, T + 2)], list(range(1, T + 2)))
    arms["vanishing"] = arm(FreshMixPopulation(harmonic))
    return comparison(
        arms,
        name="improvement-fresh",
        title=__doc__.split("\n")[0],
        source="From Collapse to Improvement (2026), arXiv:2602.10531",
        paper="improvement2026",
        minutes={"quick": 0.4, "laptop": 1.5, "paper": 2},
        headline=("squared_error",),
        seeds=SEEDS[size],
        claims=claims(),
    )


def recursion(alpha, last: int = T, n: int = N) -> np.ndarray:
    """(last,) R_1, R_2, .. in units of R_1; ``alpha`` is a number or a function of t."""
    alpha = alpha if callable(alpha) else lambda t, a=alpha: a
    found = [1.0]
    for t in range(2, last + 1):
        found.append(1 + (n - 1) / n * (1 - alpha(t)) ** 2 * found[-1])
    return np.array(found)


def claims() -> tuple:
    p = 1 / np.arange(1, K + 1)
    p = p / p.sum()
    unit = (1 - p @ p) / N  # R_0 of the paper: of the first fit

    def error(record, arm, at=AT):
        return record["curves"][f"{arm}/squared_error"][:, list(at)] / unit

    at = np.array(AT) - 1
    settings = {"alpha-0": 0.0, "alpha-0.1": 0.1, "alpha-0.3": 0.3}
    own = {"differs": f"{K} outcomes by Zipf's law, n = {N}"}
    return (
        *(
            number(
                f"alpha = {alpha:g}: squared error in units of the first",
                "R_t = R_0 + (1 - 1/n)(1 - alpha)^2 R_{t-1}",
                lambda r, arm=arm: error(r, arm),
                recursion(alpha)[at],
                AT,
                text="the recursion",
                **own,
            )
            for arm, alpha in settings.items()
        ),
        number(
            "alpha = 1 / t: squared error in units of the first",
            "the same recursion with alpha_t",
            lambda r: error(r, "vanishing"),
            recursion(lambda t: 1 / t)[at],
            AT,
            text="the recursion",
            **own,
        ),
        number(
            "alpha = 0.3: where it ends",
            "R_inf = R_0 / (1 - (n - 1)/n (1 - alpha)^2)",
            lambda r: error(r, "alpha-0.3", (T,)),
            1.924,
            (T,),
            error=0.001,
            **own,
        ),
        shape(
            "Ten times the rows: a tenth of the error",
            "n_t -> infinity and alpha bounded below: R -> 0",
            lambda r: error(r, "many", (T,)) - 0.15 * error(r, "alpha-0.3", (T,)).mean(),
            "R -> 0",
            below=0.0,
            at=(T,),
            **own,
        ),
        shape(
            "Any share of fresh data is better than none",
            "alpha = 0: n R_0",
            lambda r: error(r, "alpha-0", (T,)) - error(r, "alpha-0.1", (T,)),
            "bounded",
            above=0.0,
            at=(T,),
            **own,
        ),
    )
