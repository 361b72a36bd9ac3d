"""How much weight real labels should have: the golden ratio, or at least half with a penalty

Garg et al. (2025): a linear model with more coefficients than rows interpolates, every generation,
a mixture of real labels and labels of the last model at the same inputs. The best weight of the
real ones is 1 / phi = 0.618; with a ridge penalty it is at least 1/2.
"""

import jax
import jax.numpy as jnp
import numpy as np

from collapse import Arm, ExcessRisk, LinearRegression, Replace, Scenario
from collapse.numerics.pytree import seed_keys
from collapse.scenario.published import comparison, number, shape
from collapse.types import Pool

SEEDS = {"quick": 600, "laptop": 4000, "paper": 20_000}
D, N, T = 24, 12, 20  # coefficients, rows, generations
GOLDEN = (5**0.5 - 1) / 2
WEIGHTS = (0.3, 0.4, 0.5, GOLDEN, 0.75, 1.0)  # of the real labels
PENALTIES = (0.1, 1.0, 10.0)
DIFFERS = f"{D} coefficients and {N} rows; the theorem is about the limit of many"


def scenario(size: str = "quick") -> Scenario:
    model = LinearRegression(np.zeros(D), design="fixed")
    arm = Arm(
        truth=LinearRegression(np.zeros(D)), model=model, regime=Replace(),
        measures=(ExcessRisk(),), n=N, generations=T,
    )  # fmt: skip
    return comparison(
        {"own-labels": arm},
        evidence={"interpolated": interpolated, "ridge": penalised},
        name="garg-golden",
        title=__doc__.split("\n")[0],
        source="Garg et al. (2025)",
        paper="garg2025",
        minutes={"quick": 0.3, "laptop": 1, "paper": 2},
        headline=("risk",),
        seeds=SEEDS[size],
        claims=claims(),
    )


def chain(key, weight, strength, penalty) -> jax.Array:
    """The excess risk of generation T, each fitted to labels that are ``weight`` real; |w|^2 =
    ``strength``."""
    inputs = jax.random.normal(jax.random.fold_in(key, T), (N, D))
    w = jnp.sqrt(strength / D) * jnp.ones(D)
    truth = LinearRegression(w, ridge=penalty, design="fixed", n=N, inputs=inputs)
    one, zero = jnp.ones(N), jnp.zeros(N, int)

    def turn(model, key):
        real, own = (
            m.sample(k, N) for m, k in zip((truth, model), jax.random.split(key), strict=True)
        )
        rows = weight * real + (1 - weight) * own  # of the same inputs
        return model.fit(key, Pool(rows, one, one, one, zero, zero, {})), None

    first = turn(truth, jax.random.fold_in(key, T + 1))[0]
    return jax.lax.scan(turn, first, jax.random.split(key, T))[0].risk(truth)


def over_weights(key, seeds: int, strength, penalty) -> np.ndarray:
    """(S, weights)"""
    each = jax.vmap(chain, (None, 0, None, None))
    each = jax.jit(jax.vmap(each, (0, None, None, None)))
    return np.asarray(each(seed_keys(key, range(seeds)), jnp.array(WEIGHTS), strength, penalty))


def interpolated(key, seeds: int) -> dict:
    """Curve risk (S, weights) of minimum-norm fits to noise alone: the bias is the same for all."""
    return {"curves": {"risk": over_weights(key, seeds, 0.0, 0.0), "weights": np.array(WEIGHTS)}}


def penalised(key, seeds: int) -> dict:
    """Curve risk (S, penalties, weights) of ridge fits, |w|^2 = 1."""
    found = [over_weights(key, seeds, 1.0, penalty) for penalty in PENALTIES]
    settings = {"weights": np.array(WEIGHTS), "penalties": np.array(PENALTIES)}
    return {"curves": {"risk": np.stack(found, axis=1)} | settings}


def claims() -> tuple:
    best, real = WEIGHTS.index(GOLDEN), WEIGHTS.index(1.0)
    others = [i for i in range(len(WEIGHTS)) if i != best]

    def ratio(record):
        """(S, weights) the risk in units of the mean of real labels alone."""
        return record["curves"]["risk"] / record["curves"]["risk"][:, real].mean()

    more = {"evidence": "interpolated", "differs": DIFFERS}
    return (
        shape(
            "Interpolation: no weight is better than 1 / phi",
            "abstract: optimal real share 1 / phi",
            lambda r: ratio(r)[:, others] - ratio(r)[:, [best]],
            "0.618",
            above=0.0,
            at=tuple(round(100 * WEIGHTS[i]) for i in others),
            **more,
        ),
        number(
            "Interpolation at 1 / phi: the variance in units of real labels alone",
            "derived: [w^2 + (1 - w)^2] / [1 - (1 - w)^2] = 1 / phi",
            lambda r: ratio(r)[:, best],
            GOLDEN,
            (T,),
            **more,
        ),
        number(
            "Interpolation at equal weights",
            "derived: 2 / 3",
            lambda r: ratio(r)[:, WEIGHTS.index(0.5)],
            2 / 3,
            (T,),
            **more,
        ),
        *(
            shape(
                f"Ridge {penalty:g}: half of the weight is better than less",
                "abstract: with ridge the optimum is at least 1/2",
                lambda r, i=i: r["curves"]["risk"][:, i, :2] - r["curves"]["risk"][:, i, [2]],
                "at least 1/2",
                above=0.0,
                at=(30, 40),
                evidence="ridge",
                differs=DIFFERS,
            )
            for i, penalty in enumerate(PENALTIES)
        ),
        shape(
            "Own labels alone: the error grows without end",
            "abstract: collapse without real labels",
            lambda r: np.diff(r["curves"]["own-labels/risk"][:, [1, 10, T]]),
            "collapse",
            above=0.0,
            at=(10, T),
            differs=DIFFERS,
        ),
    )
