"""Gaussians that replace their data collapse; those that keep them do not

Kazdan et al. (2025), the Gaussian sweep: covariances divided by n, and three regimes. Replaced data
shrink by 1 - 1/n a generation; accumulated data come to rest near the truth; a subsample of the
pool, of fixed size, rests a little lower.
"""

import jax.numpy as jnp
import numpy as np

from collapse import (
    Accumulate,
    AccumulateSubsample,
    Arm,
    Gaussian,
    Moments,
    Replace,
    Scenario,
)
from collapse.laws import gaussian, gaussian_pools
from collapse.scenario.published import comparison, number, shape

REGIMES = {"replace": Replace, "accumulate": Accumulate, "subsample": AccumulateSubsample}
SIZES = {  # dimensions, rows, seeds
    "quick": ((1,), (10, 32, 100), 400),
    "laptop": ((1, 3, 10), (10, 32, 100, 316), 1000),
    "paper": ((1, 3, 10, 31, 100), (10, 32, 100, 316, 1000), 100),
}
T = 100
FEW = 10
LIMITS = {10: 0.843436, 32: 0.949383, 100: 0.983632, 316: 0.994803, 1000: 0.998356}


def arm(d: int, n: int, regime) -> Arm:
    normal = Gaussian(jnp.zeros(d), jnp.eye(d))
    return Arm(truth=normal, regime=regime(), measures=(Moments(),), n=n, generations=T)


def scenario(size: str = "quick") -> Scenario:
    dimensions, rows, seeds = SIZES[size]
    settings = [(name, d, n) for name in REGIMES for d in dimensions for n in rows]
    arms = {f"{name}-{d}-{n}": arm(d, n, REGIMES[name]) for name, d, n in settings}
    return comparison(
        arms,
        name="kazdan-gaussian",
        title=__doc__.split("\n")[0],
        source="Kazdan et al. (2025), section 2.1 and appendix D",
        paper="kazdan2025",
        minutes={"quick": 0.5, "laptop": 3, "paper": 10},
        headline=("variance", "mean_shift"),
        seeds=seeds,
        labels={f"{name}-{d}-{n}": f"{name}, d = {d}, n = {n}" for name, d, n in settings},
        claims=tuple(c for d in dimensions for n in rows for c in claims(d, n, seeds)),
    )


def claims(d: int, n: int, seeds: int) -> list:
    """The claims of one size."""
    of = f"d = {d}, n = {n}"
    more = {"differs": "" if seeds == 100 else f"{seeds} seeds, not 100"}

    def ratio(record, regime, at):
        return record["curves"][f"{regime}-{d}-{n}/variance"][:, list(at)]

    def gap(record, upper, lower):
        return ratio(record, upper, (T,)) - ratio(record, lower, (T,))

    found = [
        number(
            f"Accumulate, {of}: where the variance comes to rest",
            "Theorem 1: sin(pi / sqrt n) / (pi / sqrt n)",
            lambda r: ratio(r, "accumulate", (T,)),
            LIMITS[n],
            (T,),
            error=1 / (n * T),  # of the limit, which is not quite reached at T
            **more,
        ),
        number(
            f"Accumulate, {of}: the variance on the way",
            "Lemma 3: prod (1 - 1 / (n k^2))",
            lambda r: ratio(r, "accumulate", (2, 5, 20)),
            lambda t: gaussian.accumulate_variance(t, n),
            (2, 5, 20),
            **more,
        ),
        number(
            f"Replace, {of}: the variance shrinks",
            "(1 - 1/n)^t",
            lambda r: ratio(r, "replace", (1, 3, 10)),
            lambda t: gaussian.replace_variance(t, n, 0),
            (1, 3, 10),
            **more,
        ),
        shape(
            f"Order at t = {T}, {of}: subsample stays above replace",
            "fig. 1",
            lambda r: gap(r, "subsample", "replace"),
            "replace is worst",
            above=0.0,
            at=(T,),
            **more,
        ),
        shape(
            f"Subsample, {of}: it does not collapse",
            "fig. 1: a plateau",
            lambda r: ratio(r, "subsample", (T,)) - 0.9 * gaussian_pools.subsample_limit(n),
            "a plateau below accumulate's",
            above=0.0,
            at=(T,),
            **more,
        ),
    ]
    if n > FEW:  # where the two are too near to tell apart
        return found
    return [
        *found,
        shape(
            f"Order at t = {T}, {of}: accumulate stays above subsample",
            "fig. 1",
            lambda r: gap(r, "accumulate", "subsample"),
            "accumulate is best",
            above=0.0,
            at=(T,),
            size="laptop",  # which has the seeds to tell them apart
            **more,
        ),
    ]


def published(rows: list[dict]) -> list[tuple[str, str, int, float]]:
    """(arm, curve, generation, value) of the published one-dimensional points, by columns of their
    CSV: setting, n, iteration, var_ratio_mean."""
    names = {"Replace": "replace", "Accumulate": "accumulate", "Accumulate-Subsample": "subsample"}
    return [
        (
            f"{names[row['setting']]}-1-{row['n']}",
            "variance",
            int(row["iteration"]),
            float(row["var_ratio_mean"]),
        )
        for row in rows
        if row["setting"] in names and np.isfinite(float(row["var_ratio_mean"]))
    ]
