"""Arms and claims for model autophagy disorder (MAD) on points: with sampling bias, without, and
with fresh real points (Alemohammad et al. 2024)."""

from functools import partial

import jax.numpy as jnp
import numpy as np

from collapse.judges.policies import KeepAll
from collapse.learners.maximum_likelihood import MaximumLikelihood
from collapse.loop.arm import Arm
from collapse.measures.neighbours import PrecisionRecall
from collapse.measures.training import TrainingLoss
from collapse.models.distributions.kde import KDE
from collapse.models.networks.network import Network
from collapse.regimes import FreshMix, Replace
from collapse.samplers.base import Guidance
from collapse.scenario.claims import Claim
from collapse.scenario.published import at_end, gain, in_every_seed

SOURCE = "Alemohammad et al. (2024)"
DIFFERS = "a small flow on labelled points or small digits, few generations"
SLACK = 0.1  # loss of precision that still counts as constant


def arms(model: Network, rows: np.ndarray, given: dict, biased: float) -> dict[str, Arm]:
    """Three arms that draw labelled points, the class last, like ``rows`` (N, d + 1).

    The first half of the rows is the truth; ``n`` of the others are the reference of precision and
    recall. ``biased`` is the sampling bias lambda = 1 / (1 + guidance).
    """
    real, held_out = rows[: len(rows) // 2], rows[len(rows) // 2 :][: given["n"]]
    seen = PrecisionRecall(rows=jnp.asarray(held_out), columns=rows.shape[1] - 1)

    def arm(regime, factor):
        return Arm(
            truth=KDE.of(real, 0.0),
            model=model,
            judge=KeepAll(),
            regime=regime,
            learner=MaximumLikelihood(),
            sampler=Guidance(1 / factor - 1),
            measures=(seen, TrainingLoss()),
            n=given["n"],
            generations=given["generations"],
        )

    return {
        "biased": arm(Replace(), biased),
        "unbiased": arm(Replace(), 1.0),
        "biased-fresh": arm(FreshMix(0.5), biased),
    }


def claims(
    last: int, biased: float, early: int, unbiased_note: str = "", fresh_note: str = ""
) -> tuple[Claim, ...]:
    """The claims about these arms; those about guidance are tested at generation ``early``. The
    notes say why precision does not fall without guidance, and what fresh points keep."""
    every = partial(in_every_seed, source=SOURCE, last=last, differs=DIFFERS)

    def better(record, curve):
        return at_end(record, f"biased-fresh/{curve}") > at_end(record, f"biased/{curve}")

    return (
        every(
            f"lambda = {biased:g}: precision holds for {early} generations, within a tenth",
            lambda r: gain(r, "biased/precision", early) > -SLACK,
        ),
        every(
            f"lambda = {biased:g}: recall falls by more than that",
            lambda r: gain(r, "biased/recall", early) < -SLACK,
        ),
        every(
            "lambda = 1: precision falls",
            lambda r: gain(r, "unbiased/precision") < 0,
            note=unbiased_note,
        ),
        every("lambda = 1: recall falls", lambda r: gain(r, "unbiased/recall") < 0),
        every(
            "Fresh points: precision and recall end higher",
            lambda r: np.all([better(r, curve) for curve in ("precision", "recall")], axis=0),
            note=fresh_note,
        ),
    )
