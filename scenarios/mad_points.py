"""Model autophagy disorder: quality held at the price of diversity, or neither

After Alemohammad et al. (2024): flow matching on labelled points is retrained on its own draws.
Drawn with guidance (a sampling bias lambda below 1), precision holds at first while recall falls;
without, precision falls. Fresh real points in every generation hold the loop where it is.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from collapse import (
    KDE,
    Arm,
    FlowMatching,
    FreshMix,
    KeepAll,
    MaximumLikelihood,
    Narrowed,
    PrecisionRecall,
    Replace,
    Scenario,
    Training,
    eight_gaussians,
)
from collapse.claims import Claim
from collapse.comparison import at_end, comparison, gain, in_every_seed

SOURCE = "Alemohammad et al. (2024)"
BIASED = 0.8  # lambda = 1 / (1 + guidance)
EARLY = 3  # later, guidance in the plane leaves the real points on the far side
REAL, SLACK = 4000, 0.1
MODES, SPREAD = 8, 0.3
SIZES = {  # points a generation, generations, seeds, steps of a fit
    "quick": {"n": 500, "generations": 5, "seeds": 3, "steps": 800},
    "laptop": {"n": 1000, "generations": 15, "seeds": 4, "steps": 3000},
    "paper": {"n": 10_000, "generations": 40, "seeds": 5, "steps": 20_000},
}


def labelled(count: int) -> np.ndarray:
    """(count, 3) points of eight normals on a circle, and the number of the normal."""
    truth = eight_gaussians(sd=SPREAD)
    mode = np.arange(count) % MODES
    noise = np.asarray(jax.random.normal(jax.random.key(1_000_003), (count, 2)))
    points = np.asarray(truth.means)[mode] + SPREAD * noise
    return np.concatenate([points, mode[:, None]], 1)


def scenario(size: str = "quick") -> Scenario:
    given, rows = SIZES[size], labelled(REAL)
    real, held_out = rows[: REAL // 2], rows[REAL // 2 :][: given["n"]]
    model = FlowMatching(
        d=2,
        classes=MODES,
        hidden=64,
        scale=2.0,
        training=Training(steps=given["steps"], batch=128, rate=3e-3),
    )

    def arm(regime, factor):
        return Arm(
            truth=KDE.of(real, 0.0),
            model=model,
            judge=KeepAll(),
            regime=regime,
            learner=MaximumLikelihood(),
            sampler=Narrowed(factor),
            measures=(PrecisionRecall(rows=jnp.asarray(held_out), columns=2),),
            n=given["n"],
            generations=given["generations"],
        )

    arms = {
        "biased": arm(Replace(), BIASED),
        "unbiased": arm(Replace(), 1.0),
        "biased-fresh": arm(FreshMix(0.5), BIASED),
    }
    return comparison(
        arms,
        name="mad-points",
        title="Model autophagy disorder: quality held at the price of diversity, or neither",
        source=SOURCE,
        headline=("precision", "recall"),
        seeds=given["seeds"],
        show=lambda row: f"({row[0]:+.2f}, {row[1]:+.2f}) of {int(row[2])}",
        claims=claims(given["generations"]),
    )


def claims(last: int) -> tuple[Claim, ...]:
    every = partial(in_every_seed, source=SOURCE, last=last)

    def better(record, curve):
        return at_end(record, f"biased-fresh/{curve}") > at_end(record, f"biased/{curve}")

    return (
        every(
            "lambda = 0.8: precision holds for three generations, within a tenth",
            lambda r: gain(r, "biased/precision", EARLY) > -SLACK,
        ),
        every(
            "lambda = 0.8: recall falls by more than that",
            lambda r: gain(r, "biased/recall", EARLY) < -SLACK,
        ),
        every("lambda = 1: precision falls", lambda r: gain(r, "unbiased/precision") < 0),
        every("lambda = 1: recall falls", lambda r: gain(r, "unbiased/recall") < 0),
        every(
            "Fresh points: precision and recall end higher",
            lambda r: np.all([better(r, curve) for curve in ("precision", "recall")], axis=0),
        ),
    )
