"""Training and held-out losses of a network."""

from typing import ClassVar, final

import jax.numpy as jnp

from collapse.curve import Curve
from collapse.measures.base import Measure
from collapse.models.networks.network import Network
from collapse.models.networks.training import CHECKS
from collapse.part import register


@register("training-loss", "training and held-out losses of a network")
@final
class TrainingLoss(Measure):
    """Curves: training_loss and held_out_loss at the end of the fit, in the units of the model's
    ``losses``; loss_1 .. loss_8, the mean training loss of each eighth of the fit. NaN at
    generation 0, and held_out_loss without held-out rows."""

    reads = "model"
    curves: ClassVar = {
        "training_loss": Curve("nats", better="less", bias="rises with n: less overfitting"),
        "held_out_loss": Curve("nats", better="less", bias="falls with n"),
        **{
            f"loss_{i + 1}": Curve("nats", better="less", bias="rises with n: less overfitting")
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
        return [
            f"TrainingLoss needs a network; {type(arm.model).__name__} is fitted in closed form."
        ]


def _last(values):
    """The last value that is not NaN; NaN if there is none."""
    places = jnp.arange(len(values))
    at = jnp.max(jnp.where(jnp.isnan(values), -1, places))
    return jnp.where(at >= 0, values[at], jnp.nan)
