"""From generalisation to memorisation: the output comes nearer to what the model was trained on

Shi et al. (2025): models that train on their own samples say less and less that is not near to a
training item, well before their variance is gone, and the entropy of the training data falls with
it. Keeping items that are far from one another slows it. Gaussians in eight dimensions here.
"""

import numpy as np

from collapse import (
    MMR,
    AccumulateSubsample,
    Arm,
    Gaussian,
    KeepAll,
    Moments,
    NearestTraining,
    Replace,
    Scenario,
)
from collapse.laws import gaussian
from collapse.scenario.published import comparison, number, shape

SIZES = {"quick": (30, 40), "laptop": (60, 200)}  # generations, seeds
N, D = 64, 8
K, KEEP = 16, 8  # of every 16 samples the 8 that are farthest from one another
DIFFERS = f"Gaussians in {D} dimensions, n = {N}, not diffusion models of images"


def scenario(size: str = "quick") -> Scenario:
    generations, seeds = SIZES[size]
    greedy = MMR(k=K, keep=KEEP, trade=0.0)

    def arm(regime, judge):
        return Arm(
            truth=Gaussian(np.zeros(D), np.eye(D)),
            regime=regime,
            judge=judge,
            measures=(NearestTraining(), Moments()),
            n=N,
            generations=generations,
        )

    arms = {
        "replace": arm(Replace(), KeepAll()),
        "replace-select": arm(Replace(), greedy),
        "subsample": arm(AccumulateSubsample(), KeepAll()),
        "subsample-select": arm(AccumulateSubsample(), greedy),
    }
    return comparison(
        arms,
        name="shi-memorisation",
        title=__doc__.split("\n")[0],
        source="Shi et al. (2025)",
        paper="shi2025",
        minutes={"quick": 0.6, "laptop": 0.4},
        headline=("nearest_training", "training_entropy"),
        seeds=seeds,
        claims=claims(generations),
    )


def claims(last: int) -> tuple:
    shaped = {"at": (last,), "differs": DIFFERS}

    def curve(record, arm, name="nearest_training"):
        return record["curves"][f"{arm}/{name}"][:, 1:].astype(float)

    def lost(record, arm, name="nearest_training"):
        """(S,) logarithm of the last number of a curve over its first."""
        path = curve(record, arm, name)
        return np.log(path[:, -1] / path[:, 0])

    def lead(record, one, other, name="nearest_training"):
        return curve(record, one, name)[:, -1] - curve(record, other, name)[:, -1]

    def together(record):
        """(S,) correlation of novelty and entropy over the generations of a chain."""
        pairs = zip(
            curve(record, "replace"), curve(record, "replace", "training_entropy"), strict=True
        )
        return np.array([np.corrcoef(*pair)[0, 1] for pair in pairs])

    return (
        shape(
            "Replace: the output comes nearer to the training data, to 0.6 of the first distance",
            "abstract: from generalisation to memorisation",
            lambda r: lost(r, "replace"),
            "novelty falls",
            below=np.log(0.6),
            **shaped,
        ),
        shape(
            "The entropy of the training data falls, in nats",
            "abstract: declining entropy of the synthetic training data",
            lambda r: np.diff(curve(r, "replace", "training_entropy")[:, [0, -1]])[:, 0],
            "declines",
            below=-3.0,
            **shaped,
        ),
        shape(
            "Novelty and entropy fall together: correlation over generations",
            "Pearson r = 0.91",
            together,
            "a strong linear relation",
            above=0.8,
            **shaped,
        ),
        number(
            "The variance falls slowly: variance over that of the truth",
            "derived: (1 - 1/n)^t",
            lambda r: curve(r, "replace", "variance")[:, [9, 19]],
            lambda t: gaussian.replace_variance(t, N),
            (10, 20),
        ),
        shape(
            "Novelty falls faster than the standard deviation: ln of the ratio",
            "memorisation comes before the variance collapses",
            lambda r: lost(r, "replace") - lost(r, "replace", "variance") / 2,
            "variance shrinkage misses it",
            below=-0.2,
            **shaped,
        ),
        shape(
            "A training set of fixed size from all data keeps more novelty",
            "accumulate paradigm: slower",
            lambda r: lead(r, "subsample", "replace"),
            "slower",
            above=0.5,
            **shaped,
        ),
        shape(
            "Items far from one another: more novelty from the same regime",
            "abstract: selection mitigates the transition",
            lambda r: lead(r, "subsample-select", "subsample"),
            "mitigates",
            above=0.0,
            **shaped,
        ),
        shape(
            "And more entropy",
            "selection by entropy",
            lambda r: lead(r, "subsample-select", "subsample", "training_entropy"),
            "larger entropy",
            above=0.0,
            **shaped,
        ),
        shape(
            "Without old data the same selection drives the points apart: variance",
            "not in the paper: its selection draws from all data so far",
            lambda r: curve(r, "replace-select", "variance")[:, -1],
            "entropy alone is no goal",
            above=10.0,
            **shaped,
        ),
    )
