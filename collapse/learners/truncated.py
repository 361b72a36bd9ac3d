"""Truncated cross-entropy: items that the model is already sure of do not count."""

from dataclasses import KW_ONLY
from typing import final

import jax
import jax.numpy as jnp

from collapse.learners.base import Learner, moved
from collapse.part import Numbers, at_least, positive, register, within


@register("truncated", "cross-entropy without the items that the model is sure of")
@final
class Truncated(Learner):
    """Gradient descent on the cross-entropy of those items whose probability under the model is at
    most ``threshold`` (truncated cross-entropy, Shabgahi et al. 2025).

    A model that learns from its own likeliest items becomes ever surer of them. Here an item stops
    counting once it is above the threshold, and the others regain what it holds above it; 1 is the
    plain cross-entropy. ``steps`` steps of ``learning_rate`` on ``model.net`` a generation, from
    the model before. An item is whole: an outcome, a row of tokens.
    """

    needs_net = True

    threshold: Numbers = within("(0, 1]", default=0.9)
    _: KW_ONLY
    learning_rate: Numbers = positive(default=1.0)
    steps: int = at_least(1, static=True, default=100)

    def learn(self, key, model, data, reference):
        weight = data.count / jnp.maximum(data.count.sum(), jnp.finfo(data.count.dtype).tiny)

        def loss(net):
            log_prob = model.log_prob_at(net, data.rows)
            unsure = jax.lax.stop_gradient(jnp.exp(log_prob)) <= self.threshold
            return -jnp.where(unsure & (weight > 0), weight * log_prob, 0).sum()

        def step(net, _):
            gradient = jax.grad(loss)(net)
            return jax.tree.map(lambda x, g: x - self.learning_rate * g, net, gradient), None

        net, _ = jax.lax.scan(step, model.net, length=self.steps)
        return moved(model, net, data, (data.count > 0).any()), self
