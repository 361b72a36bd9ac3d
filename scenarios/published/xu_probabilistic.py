"""A variance that goes to nothing while its expected error explodes

Xu et al. (2025): the variance of a normal of known mean is fitted to n of its own draws. Almost
every chain collapses, the mean squared error grows without bound, and sample sizes that grow faster
than linearly stop both.
"""

import jax
import numpy as np

from collapse import Arm, Gaussian, Moments, Scenario
from collapse.scenario.published import comparison, number, shape

SEEDS = {"quick": 4000, "laptop": 10_000, "paper": 10_000}
N, T = 100, 500  # of fig. 3
LOW = 0.05
LONG, POWER = 2000, 1.1  # generations and growth of the sample size of fig. 6


def scenario(size: str = "quick") -> Scenario:
    model = Gaussian(0.0, 1.0, known_mean=True)
    arm = Arm(truth=Gaussian(0.0, 1.0), model=model, measures=(Moments(),), n=N, generations=T)
    return comparison(
        {"replace": arm},
        evidence={"growing": growing},
        name="xu-probabilistic",
        title=__doc__.split("\n")[0],
        source="Xu et al. (2025)",
        paper="xu2025",
        minutes={"quick": 0.2, "laptop": 0.5, "paper": 0.5},
        headline=("log_variance",),
        seeds=SEEDS[size],
        claims=claims("" if size != "quick" else f"{SEEDS[size]} chains, not 10,000"),
    )


def growing(key, seeds: int) -> dict:
    """Curves constant and superlinear (S, 2): the log-variance of an exponential scale after 1000
    and 2000 generations of n and of n t^1.1 draws."""
    rng = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    sizes = {"constant": np.full(LONG, N), "superlinear": N * np.arange(1, LONG + 1) ** POWER}
    curves = {"generations": np.array([LONG // 2, LONG])}
    for name, count in sizes.items():
        steps = np.log(rng.gamma(count, size=(min(seeds, 1000), LONG)) / count)
        curves[name] = 2 * steps.cumsum(1)[:, [LONG // 2 - 1, LONG - 1]]
    return {"curves": curves}


def claims(differs: str) -> tuple:
    def log_variance(record, at):
        return record["curves"]["replace/log_variance"][:, list(at)]

    def low(record, at):
        return (log_variance(record, at) <= np.log(LOW)).astype(float)

    early = (1, 2, 5, 10)
    more = {"differs": differs}
    scale = {
        "evidence": "growing",
        "differs": "an exponential law, 1000 chains",
    }
    return (
        number(
            "Expected squared error of the variance",
            "(1 + 2/n)^T - 1",
            lambda r: (np.exp(log_variance(r, early)) - 1) ** 2,
            lambda t: (1 + 2 / N) ** t.astype(float) - 1,
            early,
            text="(1 + 2/n)^T - 1",
            **more,
        ),
        number(
            f"Chance that the variance is at most {LOW}, T = 100",
            "fig. 3: about 10 %",
            lambda r: low(r, (100,)),
            0.1,
            (100,),
            error=0.03,  # about
            **more,
        ),
        shape(
            f"Chance that the variance is at most {LOW}, T = 500",
            "fig. 3: above 70 %",
            lambda r: low(r, (T,)),
            "more than 0.7",
            above=0.7,
            at=(T,),
            **more,
        ),
        shape(
            "The largest squared error passes 10^4 by T = 500",
            "fig. 3",
            lambda r: np.full(
                len(r["curves"]["replace/log_variance"]),
                (np.exp(log_variance(r, (T,))).max() - 1) ** 2,
            ),
            "above 10^4",
            above=1e4,
            at=(T,),
            spread=0.0,
            **more,
        ),
        shape(
            "n draws a generation: the log-variance falls on and on",
            "fig. 6: c_t = 1",
            lambda r: np.diff(r["curves"]["constant"])[:, 0],
            "collapse",
            below=-1.0,
            at=(LONG,),
            **scale,
        ),
        shape(
            "n t^1.1 draws: it comes to rest",
            "fig. 6: c_t = t^1.1",
            lambda r: np.abs(np.diff(r["curves"]["superlinear"])[:, 0]),
            "no collapse",
            below=0.5,  # a twentieth of the fall above
            at=(LONG,),
            **scale,
        ),
    )
