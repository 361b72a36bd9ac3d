"""Model autophagy disorder: quality held at the price of diversity, or neither

After Alemohammad et al. (2024): flow matching on labelled points is retrained on its own draws.
Drawn with guidance (a sampling bias lambda below 1), precision holds at first while recall falls;
without, precision falls. Fresh real points in every generation hold the loop where it is.
"""

import jax
import numpy as np

from collapse import FlowMatching, Scenario, Training, eight_gaussians
from collapse.scenario import mad_arms
from collapse.scenario.published import comparison

BIASED = 0.8  # lambda = 1 / (1 + guidance)
EARLY = 3  # later, guidance in the plane leaves the real points on the far side
REAL, MODES, SPREAD = 4000, 8, 0.3
NOTES = (  # on claims that do not hold at size laptop
    "the fit is good enough that precision stays where it is, at 0.99",
    "guidance ends with precision 1, which nothing exceeds, and recall 0.03; fresh points with "
    "0.995 and 0.76",
)
MINUTES = {"laptop": 1.5, "paper": 60}  # the last on an accelerator, an estimate
SIZES = {  # points a generation, generations, seeds, steps of a fit
    "quick": {"n": 500, "generations": 5, "seeds": 3, "steps": 800},
    "laptop": {"n": 1000, "generations": 10, "seeds": 3, "steps": 3000},
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
    given = SIZES[size]
    model = FlowMatching(
        d=2,
        classes=MODES,
        hidden=64,
        scale=2.0,
        training=Training(
            steps=given["steps"], batch=128, learning_rate=3e-3, in_parts=size == "paper"
        ),
    )
    return comparison(
        mad_arms.arms(model, labelled(REAL), given, BIASED),
        name="mad-points",
        title="Model autophagy disorder: quality held at the price of diversity, or neither",
        source=mad_arms.SOURCE,
        headline=("precision", "recall"),
        paper="alemohammad2024",
        minutes=MINUTES,
        seeds=given["seeds"],
        show=lambda row: f"({row[0]:+.2f}, {row[1]:+.2f}) of {int(row[2])}",
        claims=mad_arms.claims(given["generations"], BIASED, EARLY, *NOTES),
    )
