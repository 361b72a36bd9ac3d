"""How much to weigh fresh real data beside own samples: the golden ratio, not their share

He et al. (2025): a mean is estimated from n new real items of total weight w and m of the last
model's. The best weight of as many real items as synthetic ones is 0.618, and at the right weight
synthetic data never hurt.
"""

import numpy as np

from collapse import Arm, Poisson, Scenario, WeightedFreshMix
from collapse.measures.tails import Rate
from collapse.scenario.published import comparison, number, shape

SEEDS = {"quick": 6000, "laptop": 20_000, "paper": 100_000}
REAL, T = 100, 15
RATE = 4.0
GOLDEN = (5**0.5 - 1) / 2
LIMITS = {GOLDEN: 0.618034, 0.5: 0.6667, 0.8: 0.7083}  # of as many synthetic items, sigma^2 / n
BEST = {1: GOLDEN, 2: 0.5, 6: 1 / 3}  # (sqrt(1 + 4 k) - 1) / (2 k) for k times as many
NAMES = {GOLDEN: "golden", 0.5: "equal", 0.8: "mostly-real"}


def scenario(size: str = "quick") -> Scenario:
    def arm(k, weight):
        regime = WeightedFreshMix(1 / (1 + k), weight=weight)
        n = REAL * (1 + k)
        return Arm(truth=Poisson(RATE), regime=regime, measures=(Rate(),), n=n, generations=T)

    arms = {f"{name}-1": arm(1, weight) for weight, name in NAMES.items()}
    for k in (2, 6):
        arms |= {f"best-{k}": arm(k, BEST[k]), f"share-{k}": arm(k, 1 / (1 + k))}
    return comparison(
        arms,
        name="he-golden",
        title=__doc__.split("\n")[0],
        source="He et al. (2025)",
        paper="he2025golden",
        minutes={"quick": 0.7, "laptop": 2, "paper": 2},
        headline=("rate",),
        seeds=SEEDS[size],
        claims=claims(),
    )


def claims() -> tuple:
    def variance(record, arm):
        """(S,) the squared error of the mean, in units of what n real items give."""
        return (record["curves"][f"{arm}/rate"][:, T] - RATE) ** 2 * REAL / RATE

    more = {"differs": "Poisson items, whose variance is linear in the mean: the same law"}
    return (
        *(
            number(
                f"As many synthetic items, weight {weight:.3g}: variance in the end",
                "V = [w^2 / n + (1 - w)^2 / m] / [1 - (1 - w)^2]",
                lambda r, name=name: variance(r, f"{name}-1"),
                LIMITS[weight],
                (T,),
                **more,
            )
            for weight, name in NAMES.items()
        ),
        *(
            number(
                f"{k} times as many, weight {BEST[k]:.3g}: variance in the end",
                "V = w / n at w = (sqrt(1 + 4 k) - 1) / (2 k)",
                lambda r, k=k: variance(r, f"best-{k}"),
                BEST[k],
                (T,),
                **more,
            )
            for k in (2, 6)
        ),
        *(
            shape(
                f"{k} times as many: the best weight beats their share",
                "golden ratio weighting",
                lambda r, k=k: variance(r, f"share-{k}") - variance(r, f"best-{k}"),
                "1 / (1 + k) is too little",
                above=0.0,
                at=(T,),
                **more,
            )
            for k in (2, 6)
        ),
        shape(
            "At the best weight synthetic items never hurt",
            "golden ratio weighting",
            lambda r: np.stack([variance(r, arm) for arm in ("golden-1", "best-2", "best-6")], 1),
            "below real items alone",
            below=1.0,
            at=(1, 2, 6),
            **more,
        ),
    )
