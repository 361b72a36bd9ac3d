"""How well a sampler that is a Markov chain moves."""

from typing import Any, ClassVar, final

import jax.numpy as jnp

from collapse.curve import Curve
from collapse.measures.base import Measure
from collapse.models.networks.autoregressive import Autoregressive
from collapse.part import register
from collapse.samplers.power import Power


@register("acceptance", "of a power sampler's proposals")
@final
class Acceptance(Measure):
    """Curve acceptance: the share of rows, as the sampler ``Power`` left them, whose next proposal
    would be taken. Near 0 the chain stands still; at alpha = 1 with proposal 1 it is 1, or below it
    for rows that end early. Costs one step of the chain more; nothing at generation 0."""

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
            f"Acceptance is that of the sampler Power; here it is {type(arm.sampler).__name__}."
        ]
