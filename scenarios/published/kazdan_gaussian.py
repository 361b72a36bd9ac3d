"""Gaussians that replace their data collapse; those that keep them do not

Kazdan et al. (2025), the Gaussian sweep: covariances divided by n, and three regimes. Replaced data
shrink by 1 - 1/n a generation; accumulated data come to rest near the truth; a subsample of the
pool, of fixed size, rests a little lower.

The first d coordinates of a Gaussian are fitted and drawn apart from the others, so that they are
themselves a chain in d dimensions. Each arm is one chain in the most dimensions, and the curves
variance_d and mean_shift_d are those of its first d coordinates: 100 seeds of an arm are 100 runs
in every number of dimensions. Runs in other dimensions share random numbers, as arms do.
"""

import jax.numpy as jnp
import numpy as np

from collapse import (
    Accumulate,
    AccumulateSubsample,
    Arm,
    Gaussian,
    MarginalMoments,
    Replace,
    Scenario,
)
from collapse.laws import gaussian, gaussian_pools
from collapse.scenario.published import comparison, number, shape

REGIMES = {"replace": Replace, "accumulate": Accumulate, "subsample": AccumulateSubsample}
SIZES = {  # dimensions, rows, seeds, seeds a block
    "quick": ((1,), (10, 32, 100), 400, None),
    "laptop": ((1, 3, 10), (10, 32, 100, 316), 1000, 50),
    "paper": ((1, 3, 10, 31, 100), (10, 32, 100, 316, 1000), 100, 10),
}
T = 100
FEW = 10
LIMITS = {10: 0.843436, 32: 0.949383, 100: 0.983632, 316: 0.994803, 1000: 0.998356}


def arm(dimensions: tuple[int, ...], n: int, regime) -> Arm:
    normal = Gaussian(jnp.zeros(dimensions[-1]), jnp.eye(dimensions[-1]))
    measures = (MarginalMoments(dimensions),)
    return Arm(truth=normal, regime=regime(), measures=measures, n=n, generations=T)


def scenario(size: str = "quick") -> Scenario:
    dimensions, rows, seeds, block = SIZES[size]
    settings = [(name, n) for name in REGIMES for n in rows]
    arms = {f"{name}-{n}": arm(dimensions, n, REGIMES[name]) for name, n in settings}
    return comparison(
        arms,
        name="kazdan-gaussian",
        title=__doc__.split("\n")[0],
        source="Kazdan et al. (2025), section 2.1 and appendix D",
        paper="kazdan2025",
        minutes={"quick": 0.5, "laptop": 3, "paper": 1.5},
        headline=("variance_1", f"mean_shift_{dimensions[-1]}"),
        seeds=seeds,
        block=block,
        labels={f"{name}-{n}": f"{name}, n = {n}" for name, n in settings},
        claims=tuple(c for d in dimensions for n in rows for c in claims(d, n, seeds)),
    )


def claims(d: int, n: int, seeds: int) -> list:
    """The claims of one size."""
    of = f"d = {d}, n = {n}"
    more = {"differs": "" if seeds == 100 else f"{seeds} seeds, not 100"}

    def ratio(record, regime, at):
        return record["curves"][f"{regime}-{n}/variance_{d}"][:, list(at)]

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
            f"{names[row['setting']]}-{row['n']}",
            "variance_1",
            int(row["iteration"]),
            float(row["var_ratio_mean"]),
        )
        for row in rows
        if row["setting"] in names and np.isfinite(float(row["var_ratio_mean"]))
    ]
