"""How fast a Gaussian loses its spread: tail probabilities and their bounds

Suresh, Thangaraj and Khandavally (2024): mean and unbiased variance are fitted to n samples, again
and again. The chance that the standard deviation is still above a level falls exponentially.
"""

import numpy as np

from collapse import Arm, Gaussian, Moments, Scenario
from collapse.laws import gaussian_tails
from collapse.scenario.published import comparison, number, shape

SEEDS = {"quick": 1000, "laptop": 4000, "paper": 1000}
N, T = 10, 200  # of fig. 5
LEVEL = 0.1
AT = (100, 150, T)
POWER = 0.35  # t of fig. 5
C4 = {10: 0.972659, 100: 0.997478}


def scenario(size: str = "quick") -> Scenario:
    arms = {
        f"n-{n}": Arm(
            truth=Gaussian(0.0, 1.0), model=Gaussian(0.0, 1.0, ddof=1), measures=(Moments(),),
            n=n, generations=T,
        )
        for n in C4
    }  # fmt: skip
    return comparison(
        arms,
        name="suresh-gaussian",
        title=__doc__.split("\n")[0],
        source="Suresh, Thangaraj and Khandavally (2024)",
        paper="suresh2024",
        minutes={"quick": 0.2, "laptop": 0.3, "paper": 0.2},
        headline=("log_variance",),
        seeds=SEEDS[size],
        claims=claims(),
    )


def claims() -> tuple:
    def log_sd(record, n, at):
        return record["curves"][f"n-{n}/log_variance"][:, list(at)] / 2

    def above(record):
        return (log_sd(record, N, AT) > np.log(LEVEL)).astype(float)

    t = np.array(AT)
    exact = 1 - gaussian_tails.replace_below(LEVEL**2, t, N, 1)
    spread = np.sqrt(exact * (1 - exact))
    early = (1, 5, 20)
    return (
        shape(
            f"n = {N}: chance that the deviation is above {LEVEL}, bound",
            "Theorem: (sigma_0 / eps) exp(-k / (4 n - 1)); fig. 5",
            above,
            "at most the bound",
            below=gaussian_tails.deviation_above_bound(LEVEL, t, N),
            at=AT,
            spread=spread,
        ),
        shape(
            f"n = {N}: the sharper bound",
            f"Theorem, the best power in [0, 1] (t = {POWER} in fig. 5)",
            above,
            "at most the bound",
            below=gaussian_tails.deviation_above_sharp_bound(LEVEL, t, N),
            at=AT,
            spread=spread,
        ),
        *(
            number(
                f"n = {n}: the expected deviation shrinks",
                "E[sigma_k] = c4(n)^k",
                lambda r, n=n: np.exp(log_sd(r, n, early)),
                C4[n] ** np.array(early),
                early,
                text="c4(n)^k",
            )
            for n in C4
        ),
        shape(
            "The fewer rows, the sooner: n = 10 against 100",
            "fig. 2; the rate is of order 1 / n",
            lambda r: log_sd(r, 100, (20, T)) - log_sd(r, 10, (20, T)),
            "exp(-k / (4 n - 1))",
            above=0.0,
            at=(20, T),
        ),
    )
