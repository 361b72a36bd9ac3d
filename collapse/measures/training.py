"""How well a network was trained."""

from typing import ClassVar, final

import jax.numpy as jnp

from collapse.curve import Curve
from collapse.measures.base import Measure
from collapse.models.networks.network import Network
from collapse.models.networks.training import CHECKS
from collapse.part import register


@register("training-loss", "losses of a network's fit")
@final
class TrainingLoss(Measure):
    """Curves: training_loss, held_out_loss, the last of the fit, as ``losses`` of the model counts
    them; loss_1 .. loss_8, the mean training loss of each eighth of the fit. Not a number at
    generation 0, and for held-out rows that the training has not."""

    reads = "model"
    curves: ClassVar = {
        "training_loss": Curve("nats", better="less", bias="rises with n: less known by heart"),
        "held_out_loss": Curve("nats", better="less", bias="falls with n"),
        **{
            f"loss_{i + 1}": Curve("nats", better="less", bias="rises with n: less known by heart")
            for i in range(CHECKS)
        },
    }

    def measure(self, key, view):
        if not isinstance(view.model, Network):  # the truth, at generation 0
            blank = jnp.full(CHECKS, jnp.nan)
            losses, held = blank, blank
        else:
            losses, held = view.model.fitted.losses, view.model.fitted.held_out
        curves = {f"loss_{i + 1}": losses[i] for i in range(CHECKS)}
        return curves | {"training_loss": _last(losses), "held_out_loss": _last(held)}

    def check_compatible(self, arm):
        if isinstance(arm.model, Network):
            return []
        return [f"TrainingLoss is of networks; {type(arm.model).__name__} fits in closed form."]


def _last(values):
    """The last that is a number; NaN if none is."""
    places = jnp.arange(len(values))
    at = jnp.max(jnp.where(jnp.isnan(values), -1, places))
    return jnp.where(at >= 0, values[at], jnp.nan)
