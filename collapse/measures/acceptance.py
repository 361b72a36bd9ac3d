"""Acceptance rate of the sampler ``Power``, a Markov chain."""

from typing import Any, ClassVar, final

import jax.numpy as jnp

from collapse.curve import Curve
from collapse.measures.base import Measure
from collapse.models.networks.autoregressive import Autoregressive
from collapse.part import register
from collapse.samplers.power import Power


@register("acceptance", "acceptance rate of the power sampler")
@final
class Acceptance(Measure):
    """Curve acceptance: the share of rows, as left by the sampler ``Power``, whose next proposal
    would be accepted. Near 0 the chain does not move. At alpha = 1 with proposal 1 it is 1, or
    below it for rows that end early. Costs one more step of the chain; not computed at generation
    0."""

    curves: ClassVar = {"acceptance": Curve("share of proposals", 0, 1, bias="none")}

    sampler: Any = None  # filled in by ``prepare``

    def bind(self, arm) -> "Acceptance":
        return Acceptance(arm.sampler)

    def measure(self, key, view):
        if not isinstance(view.model, Autoregressive):  # the truth, at generation 0
            return {"acceptance": jnp.array(jnp.nan)}
        rate = self.sampler.accepted(key, view.model, view.output.rows).mean()
        return {"acceptance": jnp.where(view.t > 0, rate, jnp.nan)}

    def check_compatible(self, arm):
        if isinstance(arm.sampler, Power):
            return []
        return [
            f"Acceptance needs the sampler Power, and this arm's is {type(arm.sampler).__name__}."
        ]
