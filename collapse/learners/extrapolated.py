"""Negative extrapolation: fit to the data, then move the parameters the other way."""

from typing import final

import jax
import jax.numpy as jnp

from collapse.learners.base import Learner, moved, synthetic
from collapse.part import Numbers, register, within


@register("extrapolated", "away from a fit to own samples (Neon)")
@final
class Extrapolated(Learner):
    """The parameters moved away from a fit to the model's own samples (Neon, Alemohammad et al.
    2025): from theta to (1 + weight) theta - weight theta_s, theta_s being those of that fit.

    Samplers that prefer likely items narrow the data; the fit to them shows in which direction, and
    the step the other way widens the model. ``weight`` -1 is the plain refit, 0 no change. Real
    rows are no evidence of a sampler: a pool without synthetic rows is fitted as it is. Parameters
    are those of ``model.net``: logits of a table, weights of a network.
    """

    reads_source = True
    needs_net = True

    weight: Numbers = within("[-1, 100]", default=1.0)

    def learn(self, key, model, data, reference):
        fitted = model.fit(key, data)
        any_synthetic = (synthetic(data) & (data.count > 0)).any()
        weight = jnp.where(any_synthetic, self.weight, -1.0)  # -1: the fit itself
        net = jax.tree.map(lambda x, s: x + weight * (x - s), model.net, fitted.net)
        return moved(model, net, data, model.defined(data)), self
