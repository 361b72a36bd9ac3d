"""Retraining on a mixture of real and own data is stable; on own data alone it is not

Bertrand et al. (2024): each generation is fitted to the same real rows and to lambda times as many
of its own. A Gaussian on its own rows alone loses its spread; with real rows it stays near the
truth, as do mixtures fitted to eight Gaussians and to two moons.
"""

import numpy as np

from collapse import (
    Arm,
    FixedRealMix,
    Gaussian,
    GaussianMixture,
    HeldOutLogDensity,
    MixtureDistance,
    Moments,
    Replace,
    Scenario,
    TwoMoons,
    Wasserstein,
    eight_gaussians,
)
from collapse.loop.simulate import run_arm
from collapse.scenario.published import comparison, number, shape, together

SIZES = {  # generations, seeds, rows of the points
    "quick": (60, 400, 200),
    "laptop": (100, 1000, 500),
    "paper": (100, 4000, 1000),
}
N = 100
LAMBDAS = (0.25, 1.0, 4.0)  # synthetic rows for each real one
C4 = 0.997478  # of n = 100
POINTS, FEW = 12, 6  # generations and seeds of the mixtures


def scenario(size: str = "quick") -> Scenario:
    last, seeds, rows = SIZES[size]
    normal = Gaussian(0.0, 1.0, ddof=1)
    eight = eight_gaussians(sd=0.3)
    moons = GaussianMixture(
        np.full(8, 1 / 8), np.random.default_rng(0).normal(size=(8, 2)), np.stack([np.eye(2)] * 8)
    )
    return comparison(
        {
            f"{name}-{regime}": Arm(
                truth=truth,
                model=model,
                regime=FixedRealMix(0.5) if regime == "mixed" else Replace(),
                measures=(measure,),
                n=rows,
                generations=POINTS,
            )
            for name, truth, model, measure in (
                ("eight", eight, eight, MixtureDistance()),
                ("moons", TwoMoons(), moons, HeldOutLogDensity(size=300)),
            )
            for regime in ("own", "mixed")
        },
        evidence={"gaussians": lambda key, seeds: gaussians(normal, last, key, SIZES[size][1])},
        name="bertrand-stability",
        title=__doc__.split("\n")[0],
        source="Bertrand et al. (2024)",
        paper="bertrand2024",
        minutes={"quick": 0.4, "laptop": 0.4, "paper": 10},
        headline=("l2_distance", "held_out_log_density"),
        seeds=FEW,
        claims=claims(last),
    )


def gaussians(normal, last: int, key, seeds: int) -> dict:
    """Curves of chains of Gaussians, of more seeds than the mixtures have: own rows alone, and each
    ratio of synthetic to real rows."""
    regimes = {"own": (N, Replace())}
    regimes |= {f"mixed-{x:g}": (N, FixedRealMix(1 / (1 + x))) for x in LAMBDAS}
    measures = (Moments(), Wasserstein())
    curves = {}
    for name, (n, regime) in regimes.items():
        arm = Arm(
            truth=Gaussian(0.0, 1.0), model=normal, regime=regime, measures=measures,
            n=n, generations=last,
        )  # fmt: skip
        curves[name] = run_arm(key, arm, seeds)["curves"]
    return together(curves)


def claims(last: int) -> tuple:
    at = (1, 5, 20)

    def growth(record, name):
        """(S,) increase of the squared distance over the second half."""
        distance = record["curves"][f"{name}/w2"] ** 2
        return distance[:, last] - distance[:, last // 2]

    def rise(record, arm, curve):
        found = record["curves"][f"{arm}/{curve}"]
        return found[:, POINTS] - found[:, 1]

    def drift(record, arm):
        """(S,) growth of the logarithm of the distance between densities."""
        return np.diff(np.log(record["curves"][f"{arm}/l2_distance"][:, [1, POINTS]]))[:, 0]

    own = {"evidence": "gaussians"}
    points = {"differs": "mixtures by expectation-maximisation, not flow matching"}
    return (
        number(
            "Own rows alone: the standard deviation shrinks",
            "Gaussian example: E[sigma_t] = alpha(n)^t sigma_0",
            lambda r: r["curves"]["own/variance"][:, list(at)] ** 0.5,
            C4 ** np.array(at),
            at,
            text="alpha(n)^t",
            **own,
        ),
        *(
            shape(
                f"Real rows and {x:g} times as many own ones: stable",
                "stability theorem (recalled: lambda < 1/2 suffices)",
                lambda r, x=x: growth(r, f"mixed-{x:g}") - 0.2 * growth(r, "own"),
                "stays near the truth" if x < 0.5 else "not covered: the condition suffices",
                below=0.0,
                at=(last,),
                differs="n = 100 of a Gaussian; stable: it grows by less than a fifth of own rows'",
                **own,
            )
            for x in LAMBDAS
        ),
        shape(
            "More own rows for each real one: farther from the truth",
            "theorem: the bound grows with lambda",
            lambda r: np.stack(
                [
                    r["curves"][f"mixed-{b:g}/w2"][:, last] ** 2
                    - r["curves"][f"mixed-{a:g}/w2"][:, last] ** 2
                    for a, b in zip(LAMBDAS[:-1], LAMBDAS[1:], strict=True)
                ],
                axis=1,
            ),
            "farther with lambda",
            above=0.0,
            at=(last, last),
            differs="n = 100 rows in all",
            **own,
        ),
        shape(
            "Eight Gaussians: own rows alone drift farther than with as many real ones",
            "figure of the toy data",
            lambda r: drift(r, "eight-own") - drift(r, "eight-mixed"),
            "stable with real rows",
            above=0.0,
            at=(POINTS,),
            **points,
        ),
        shape(
            "Two moons: real points become less probable under own rows alone",
            "figure of the toy data",
            lambda r: (
                rise(r, "moons-own", "held_out_log_density")
                - rise(r, "moons-mixed", "held_out_log_density")
            ),
            "stable with real rows",
            below=0.0,
            at=(POINTS,),
            **points,
        ),
    )
