"""Model autophagy disorder on small digits

After Alemohammad et al. (2024), who train on MNIST and on faces: flow matching on labelled images
is retrained on its own draws. Guidance (a sampling bias lambda below 1) holds precision and loses
recall, none loses both, and fresh real images in every generation hold the loop where it is.
"""

import jax
import numpy as np

from collapse import FlowMatching, Glyphs, Scenario, Training, UserError
from collapse.data.images import in_characters
from collapse.models.truths.glyphs import render
from collapse.scenario import mad_arms
from collapse.scenario.published import comparison

BIASED, EARLY = 0.8, 3  # lambda = 1 / (1 + guidance)
NOTE = "as recall falls, to 0.06, what is left are common digits: precision rises, to 0.98"
REAL, NOISE = 4000, 0.2  # glyphs, where no images are given; of every pixel
MINUTES = {"laptop": 4, "paper": 60}  # the last on an accelerator, an estimate
SIZES = {  # images a generation, generations, seeds, steps of a fit
    "quick": {"n": 500, "generations": 3, "seeds": 2, "steps": 1500, "hidden": 128},
    "laptop": {"n": 1000, "generations": 6, "seeds": 2, "steps": 3000, "hidden": 256},
    "paper": {"n": 60_000, "generations": 10, "seeds": 3, "steps": 50_000, "hidden": 1024},
}


def labelled(images) -> tuple[np.ndarray, tuple[int, int]]:
    """(N, pixels + 1) images, the class last, in an order of their own; height and width."""
    if images is None:
        truth = Glyphs(sd=NOISE)
        factors = truth.sample_factors(jax.random.key(1_000_003), REAL)
        noise = NOISE * jax.random.normal(jax.random.key(1_000_004), (REAL, truth.side**2))
        return np.concatenate([render(truth, factors) + noise, factors[:, :1]], 1), (
            truth.side,
        ) * 2
    if images.labels is None:
        raise UserError(
            f"mad-digits needs the class of every image, and {images.name} has none: give them "
            "with --labels, or a CSV of digits, whose last column is the class."
        )
    order = np.random.default_rng(0).permutation(len(images.rows))
    rows = np.concatenate([images.rows, images.labels[:, None]], 1)[order]
    return rows, images.pixels.shape[1:]


def scenario(images=None, size: str = "quick") -> Scenario:
    given = SIZES[size]
    rows, shape = labelled(images)
    model = FlowMatching(
        d=rows.shape[1] - 1,
        classes=int(rows[:, -1].max()) + 1,
        hidden=given["hidden"],
        scale=0.35,
        training=Training(
            steps=given["steps"], batch=128, learning_rate=2e-3, in_parts=size == "paper"
        ),
    )
    return comparison(
        mad_arms.arms(model, rows, given, BIASED),
        name="mad-digits",
        title="Model autophagy disorder on small digits",
        source=mad_arms.SOURCE,
        headline=("precision", "recall"),
        paper="alemohammad2024",
        minutes=MINUTES,
        seeds=given["seeds"],
        show=lambda row: in_characters(np.asarray(row)[:-1].reshape(shape)),
        claims=mad_arms.claims(given["generations"], BIASED, EARLY, NOTE),
    )
