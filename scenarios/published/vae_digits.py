"""A variational autoencoder on its own digits

After Shumailov et al. (2024), figs. 8 and 9: an autoencoder is trained from scratch on what the one
before it draws. Seen by the first encoder, the latents of later generations draw together, and the
digits turn into one blur. With a tenth of the real digits in every generation they do so less.
"""

from functools import partial

import jax
import numpy as np

from collapse import (
    KDE,
    VAE,
    Arm,
    FreshMix,
    Glyphs,
    KeepAll,
    LatentSpread,
    MaximumLikelihood,
    Plain,
    PrecisionRecall,
    Replace,
    Scenario,
    Training,
    TrainingLoss,
)
from collapse.data.images import in_characters
from collapse.scenario.claims import Claim
from collapse.scenario.published import comparison, gain, in_every_seed

SOURCE = "Shumailov et al. (2024), figs. 8-9"
DIFFERS = "8 x 8 glyphs or the user's images, fewer of them, a small encoder"
MINUTES = {"laptop": 2, "paper": 60}  # the last on an accelerator, an estimate
SIZES = {  # images a generation, generations, seeds, steps of a fit
    "quick": {"n": 600, "generations": 6, "seeds": 2, "steps": 400, "latent": 4, "hidden": 64},
    "laptop": {"n": 2000, "generations": 15, "seeds": 4, "steps": 1200, "latent": 8, "hidden": 128},
    "paper": {
        "n": 60_000,
        "generations": 20,
        "seeds": 5,
        "steps": 7000,
        "latent": 20,
        "hidden": 64,
    },
}


def scenario(images=None, size: str = "quick") -> Scenario:
    given = SIZES[size]
    truth, shape = (Glyphs(), (8, 8)) if images is None else of_images(images)
    conv = size == "paper"
    model = VAE(
        d=shape[0] * shape[1],
        latent=given["latent"],
        hidden=given["hidden"],
        layers="conv" if conv else "dense",
        shape=shape if conv else None,
        training=Training(
            steps=given["steps"], batch=64, learning_rate=2e-3, in_parts=size == "paper"
        ),
    )

    def arm(regime):
        return Arm(
            truth=truth,
            model=model,
            judge=KeepAll(),
            regime=regime,
            learner=MaximumLikelihood(),
            sampler=Plain(),
            measures=(LatentSpread(), PrecisionRecall(), TrainingLoss()),
            n=given["n"],
            generations=given["generations"],
            keep_reference=True,
        )

    arms = {"replace": arm(Replace()), "fresh-tenth": arm(FreshMix(0.1))}
    return comparison(
        arms,
        name="vae-digits",
        title="A variational autoencoder on its own digits",
        source=SOURCE,
        headline=("latent_spread", "precision", "recall"),
        paper="shumailov2024",
        minutes=MINUTES,
        seeds=given["seeds"],
        show=lambda row: in_characters(row.reshape(shape)),
        claims=claims(given["generations"]),
    )


def of_images(images):
    """The user's images, each as likely as the next."""
    return KDE.of(jax.numpy.asarray(images.rows), 0.0), images.pixels.shape[1:]


def claims(last: int) -> tuple[Claim, ...]:
    def slope(record, arm):
        """(S,) of the least-squares line of the log-spread of latents over generations 1 to T."""
        spread = record["curves"][f"{arm}/latent_spread"][:, 1:]
        return np.polyfit(np.arange(spread.shape[1]), np.log(spread).T, 1)[0]

    every = partial(in_every_seed, source=SOURCE, last=last, differs=DIFFERS)

    return (
        every(
            "The latents that the first encoder sees draw together",
            lambda r: slope(r, "replace") < 0,
        ),
        every(
            "The digits leave the real ones: precision falls",
            lambda r: gain(r, "replace/precision") < 0,
        ),
        every(
            "A tenth of real digits: they draw together less",
            lambda r: slope(r, "fresh-tenth") > slope(r, "replace"),
            note="on glyphs they do so later, but by generation 8 both are as narrow; on MNIST it "
            "holds in every seed",
        ),
    )
