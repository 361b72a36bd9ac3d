"""A normalising flow on the Rosenbrock density, retrained on its own draws

Alemohammad et al. (2024): a flow fitted to points of the Rosenbrock density, then again and again
to its own draws. Without sampling bias it drifts from the truth; with a bias lambda below 1 the
points draw together besides. New real points in every generation hold it. RealNVP stands for Glow.
"""

import numpy as np

from collapse import (
    Arm,
    CouplingFlow,
    CovarianceScale,
    FreshMix,
    HeldOutLogDensity,
    Plain,
    Replace,
    Rosenbrock,
    Scenario,
    Spread,
    Training,
)
from collapse.scenario import mad_arms
from collapse.scenario.published import comparison, in_every_seed

BIASED = 0.75  # lambda of the paper
MINUTES = {"laptop": 1, "paper": 60}  # the last an estimate
SIZES = {  # points a generation, generations, seeds, steps of a fit; paper: 20 epochs of 256
    "quick": {"n": 500, "generations": 2, "seeds": 2, "steps": 200},
    "laptop": {"n": 1000, "generations": 9, "seeds": 3, "steps": 600},
    "paper": {"n": 10_000, "generations": 16, "seeds": 3, "steps": 800},
}
DIFFERS = "RealNVP of 8 couplings, not Glow; 1000 points, 9 generations"


def scenario(size: str = "quick") -> Scenario:
    given = SIZES[size]
    truth = Rosenbrock()
    model = CouplingFlow(
        layers=8,
        hidden=64,
        depth=1,
        centre=truth.mean,
        scale=(truth.covariance[0, 0] ** 0.5, truth.covariance[1, 1] ** 0.5),
        training=Training(steps=given["steps"], batch=256, learning_rate=3e-3),
    )

    def arm(regime, factor=1.0):
        return Arm(
            truth=truth,
            model=model,
            regime=regime,
            sampler=Plain() if factor == 1 else CovarianceScale(factor),
            measures=(HeldOutLogDensity(), Spread()),
            n=given["n"],
            generations=given["generations"],
        )

    arms = {
        "unbiased": arm(Replace()),
        "biased": arm(Replace(), BIASED),
        "biased-fresh": arm(FreshMix(0.5), BIASED),
    }
    return comparison(
        arms,
        name="mad-flow",
        title=__doc__.split("\n")[0],
        source=mad_arms.SOURCE,
        paper="alemohammad2024",
        minutes=MINUTES,
        headline=("held_out_log_density", "spread"),
        seeds=given["seeds"],
        show=lambda row: f"({row[0]:+.2f}, {row[1]:+.2f})",
        claims=claims(given["generations"], "" if size == "paper" else DIFFERS),
    )


def claims(last: int, differs: str) -> tuple:
    def every(name, holds, note=""):
        more = {"differs": differs, "size": "laptop", "note": note}
        return in_every_seed(name, holds, mad_arms.SOURCE, last, **more)

    def middle(record, curve, generations):
        """(S,) median of three generations, as single fits differ much."""
        return np.median(record["curves"][curve][:, generations], axis=1)

    def fall(record, arm):
        """(S,) fall of the log-density of held-out real points from the first three fits to the
        last three, nats."""
        curve = f"{arm}/held_out_log_density"
        return middle(record, curve, slice(1, 4)) - middle(record, curve, slice(-3, None))

    def spread(record, arm):
        return middle(record, f"{arm}/spread", slice(-3, None))

    return (
        every("lambda = 1: real points get less likely", lambda r: fall(r, "unbiased") > 0),
        every("lambda = 0.75: real points get less likely", lambda r: fall(r, "biased") > 0),
        every(
            "lambda = 0.75: they get less likely than without bias",
            lambda r: fall(r, "biased") > fall(r, "unbiased"),
        ),
        every(
            "lambda = 0.75: the spread falls below half of the truth's",
            lambda r: spread(r, "biased") < 0.5,
            note="it depends on the seeds: with another key it did not hold in all of three",
        ),
        every(
            "lambda = 1: the spread stays above half",
            lambda r: spread(r, "unbiased") > 0.5,
        ),
        every(
            "New real points: they lose less than half as much",
            lambda r: fall(r, "biased-fresh") < fall(r, "biased") / 2,
        ),
    )
