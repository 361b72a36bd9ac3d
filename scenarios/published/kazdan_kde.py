"""Kernel density estimates on points: replaced, accumulated, and at a fixed size

Kazdan et al. (2025), section 2.3: the estimate is refitted to its own draws, and judged by the
log-density of real points. Replaced, it leaves them; at a fixed size it does so less; with all data
kept, least.
"""

import numpy as np

from collapse import (
    KDE,
    Accumulate,
    AccumulateSubsample,
    Arm,
    Circles,
    GaussianMixture,
    HeldOutLogDensity,
    Moments,
    Replace,
    Scenario,
    SwissRoll,
    TwoMoons,
)
from collapse.scenario.published import comparison, shape

BLOBS = GaussianMixture(
    np.full(3, 1 / 3), 4.0 * np.array([[0.0, 1.0], [1.0, -1.0], [-1.0, -1.0]]), [np.eye(2)] * 3
)
SETS = {  # truth, bandwidth
    "moons": (TwoMoons(), 0.1),
    "swiss-roll": (SwissRoll(flat=True), 1.0),
    "circles": (Circles(), 0.1),
    "blobs": (BLOBS, 0.5),
}
SIZES = {  # data sets, rows, generations, seeds
    "quick": (("moons", "swiss-roll"), 50, 30, 8),
    "laptop": (tuple(SETS), 100, 100, 20),
    "paper": (tuple(SETS), 1000, 100, 100),
}
REGIMES = {"replace": Replace, "accumulate": Accumulate, "subsample": AccumulateSubsample}


def scenario(size: str = "quick") -> Scenario:
    sets, n, last, seeds = SIZES[size]

    def arm(truth, width, regime):
        seen = (HeldOutLogDensity(size=500), Moments())
        return Arm(
            truth=truth, model=KDE(width), regime=regime(), measures=seen, n=n, generations=last
        )

    return comparison(
        {f"{name}-{key}": arm(*SETS[name], kind) for name in sets for key, kind in REGIMES.items()},
        name="kazdan-kde",
        title=__doc__.split("\n")[0],
        source="Kazdan et al. (2025), section 2.3",
        paper="kazdan2025",
        minutes={"quick": 0.4, "laptop": 1.5, "paper": 200},
        headline=("held_out_log_density",),
        seeds=seeds,
        claims=tuple(c for name in sets for c in claims(name, n, last)),
    )


def claims(name: str, n: int, last: int) -> list:
    """The claims about one data set."""

    def loss(record, regime, at=(last,)):
        """(S, G) negative log-density of real points."""
        return -record["curves"][f"{name}-{regime}/held_out_log_density"][:, list(at)]

    more = {"differs": "" if last == 100 and n == 1000 else f"n = {n}, {last} generations"}
    return [
        shape(
            f"{name}, replace: the loss on real points grows",
            "fig. 3: it diverges",
            lambda r: np.diff(loss(r, "replace", (1, last // 3, last))),
            "rises",
            above=0.0,
            at=(last // 3, last),
            **more,
        ),
        shape(
            f"{name}: replace ends above the pool of fixed size",
            "fig. 3: replace is worst",
            lambda r: loss(r, "replace") - loss(r, "subsample"),
            "worst",
            above=0.0,
            at=(last,),
            **more,
        ),
        shape(
            f"{name}: the pool of fixed size ends above the whole pool",
            "fig. 3: accumulate is best",
            lambda r: loss(r, "subsample") - loss(r, "accumulate"),
            "in between",
            above=0.0,
            at=(last,),
            **more,
        ),
        shape(
            f"{name}, accumulate: the loss grows by less than a fifth of that under replace",
            "section 2.3: very slowly",
            lambda r: (
                np.diff(loss(r, "accumulate", (1, last)))
                - 0.2 * np.diff(loss(r, "replace", (1, last)))
            ),
            "very slowly",
            below=0.0,
            at=(last,),
            **more,
        ),
    ]
