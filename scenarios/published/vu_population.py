"""Two models that train on one another's output grow alike

Vu, Reeves and Wenger (2025): each entity trains on private rows, on public ones, and on what both
have just drawn. With linear models the mean and the covariance of all coefficients follow a linear
recursion, which settles while real rows have any weight. Learning from the other helps with its
task; without real rows both are lost.
"""

from itertools import pairwise

import numpy as np

from collapse import (
    Arm,
    CrossRisk,
    LinearRegression,
    MemberMeans,
    MultiModel,
    Population,
    Scenario,
    Sources,
)
from collapse.laws import population
from collapse.scenario.published import comparison, number, shape

SEEDS = {"quick": 4000, "laptop": 20_000, "paper": 100_000}
N, T, BETA = 24, 15, 0.5  # rows, generations (the paper's) and weight of private among real rows
ALPHAS = (0.0, 0.5, 1.0)  # weight of what the models wrote (the paper's)
SLOPES, SHARED, NOISE = np.array([1.0, 3.0]), 2.0, 0.5
AT = (2, 5, 10, T)
DIFFERS = "two regressions of one coefficient, not two OPT-350m"


def designs() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inputs that every seed and generation meets: private (2, 8, 1), public (8, 1) and those that
    the models label (2, 12, 1)."""
    rng = np.random.default_rng(1)
    return (
        rng.normal(size=(2, N // 3, 1)),
        rng.normal(size=(N // 3, 1)),
        rng.normal(size=(2, N // 2, 1)) * np.array([0.6, 1.0])[:, None, None],
    )


def arm(alpha: float) -> Arm:
    def labels(slope, noise, inputs):
        return LinearRegression(slope, noise_level=noise, design="fixed", inputs=inputs)

    private, public, synthetic = designs()
    sources = tuple(labels([w], 0.0, x) for w, x in zip(SLOPES, private, strict=True))
    return Arm(
        truth=Sources(labels([SHARED], 0.0, public), sources),
        model=Population.of([labels([0.0], NOISE, x) for x in synthetic]),
        regime=MultiModel(alpha=alpha, beta=BETA),
        measures=(MemberMeans(), CrossRisk()),
        n=N,
        generations=T,
    )


def scenario(size: str = "quick") -> Scenario:
    arms = {f"alpha-{alpha:g}": arm(alpha) for alpha in ALPHAS}
    return comparison(
        arms,
        name="vu-population",
        title=__doc__.split("\n")[0],
        source="Vu, Reeves and Wenger (2025)",
        paper="vu2025",
        minutes={"quick": 0.4, "laptop": 1, "paper": 2},
        headline=("own_risk", "other_risk", "average"),
        seeds=SEEDS[size],
        claims=claims(),
    )


def path(alpha: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Means (T + 1, 2) and covariances (T + 1, 2, 2) of the coefficients, given the real rows, and
    the spectral radius of the map of errors."""
    private, public, synthetic = designs()
    own, other = (np.einsum("kni,knj->kij", x, x) / x.shape[1] for x in (private, synthetic))
    shared, truth = public.T @ public / len(public), np.append(SLOPES, SHARED)
    first = population.member_maps(own, shared, other, 0.0, BETA)[0]
    real_map, carry = population.member_maps(own, shared, other, alpha, BETA)
    fit = population.label_noise(other, N // 2, NOISE)
    steps = [(SLOPES, np.zeros((2, 2))), (first @ truth, np.zeros((2, 2)))]
    while len(steps) <= T:
        steps.append(population.population_step(*steps[-1], real_map @ truth, carry, fit))
    mean, covariance = (np.stack(x) for x in zip(*steps, strict=True))
    return mean, covariance, population.spectral_radius(carry)


def members(record, alpha: float, at=AT) -> np.ndarray:
    """(S, G, 2) coefficients of both models."""
    curves = record["curves"]
    both = [curves[f"alpha-{alpha:g}/mean_{k}"][:, list(at)] for k in (0, 1)]
    return np.stack(both, -1).astype(float)


def claims() -> tuple:
    at = list(AT)
    law = {alpha: path(alpha) for alpha in ALPHAS}
    _, covariance, radius = law[0.5]

    def risk(record, which, alpha, by=(T,)):
        return record["curves"][f"alpha-{alpha:g}/{which}_risk"][:, list(by)]

    def spread(record, alpha):
        """(S, G) product of both deviations from the mean of the recursion."""
        return np.prod(members(record, alpha) - law[alpha][0][at], axis=-1)

    def apart(record, alpha):
        return np.diff(members(record, alpha, (T,)), axis=-1)[..., 0] ** 2

    claims = [
        number(
            f"Mean of both coefficients, alpha = {alpha:g}",
            "Theorem 1: M_t = P_t + Q_t M_{t-1}",
            lambda r, a=alpha: members(r, a).reshape(len(r["curves"]["alpha-0/mean_0"]), -1),
            law[alpha][0][at].ravel(),
            tuple(np.repeat(AT, 2)),
            text="P + Q M",
            error=0.01,
        )
        for alpha in (0.5, 1.0)
    ]
    claims += [
        number(
            f"Their covariance, alpha = {alpha:g}",
            "Theorem 1: C_t = Q_t (s^2 S^+ + C_{t-1}) Q_t'",
            lambda r, a=alpha: spread(r, a),
            law[alpha][1][at, 0, 1],
            AT,
            text="Q (s^2 S^+ + C) Q'",
            error=0.1 * law[alpha][1][at, 0, 1],
        )
        for alpha in (0.5, 1.0)
    ]
    return (
        *claims,
        shape(
            "With real rows the covariance settles",
            "Theorem 2: the spectral radius of Q is below 1",
            lambda r: np.abs(members(r, 0.5, (T,)) - members(r, 0.5, (T - 5,)))[:, 0].max(1) ** 2,
            f"radius {radius:.2f} here",
            below=4 * covariance[T, 0, 0],
            at=(T,),
        ),
        shape(
            "Without real rows it grows without end",
            "Theorem 2: the spectral radius of Q is 1",
            lambda r: np.diff(spread(r, 1.0), axis=1),
            "no limit",
            above=0.0,
            at=AT[1:],
        ),
        shape(
            "The models grow alike: more so the more they learn from each other",
            "homogenisation: equal blocks of M",
            lambda r: np.concatenate([apart(r, b) - apart(r, a) for a, b in pairwise(ALPHAS)], 1),
            "outputs more alike: .73 to .88",
            below=0.0,
            at=(T, T),
            differs=DIFFERS,
        ),
        shape(
            "The loss on the other's task falls",
            "table: 3.5 to 1.8 and 5.1 to 3.5, alpha 0 to .5",
            lambda r: risk(r, "other", 0.5) - risk(r, "other", 0.0),
            "better at the other's task",
            below=0.0,
            at=(T,),
            differs=DIFFERS,
        ),
        shape(
            "Without real rows the loss on the own task rises",
            "table: 3.3 to 3.5 and 1.7 to 2.2, alpha .5 to 1",
            lambda r: risk(r, "own", 1.0) - risk(r, "own", 0.5),
            "worse at the own task",
            above=0.0,
            at=(T,),
            differs=DIFFERS,
        ),
    )
