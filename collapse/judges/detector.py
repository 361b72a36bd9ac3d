"""Judge that weights items by a detector's probability that they are human."""

from dataclasses import KW_ONLY
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.judges.policies import _Expecting
from collapse.part import Numbers, at_least, positive, register, within
from collapse.rewards.base import Ratio, Reward
from collapse.schedule import Schedule, value_at


@register("detector", "weight by a synthetic-text detector")
@final
class Detector(_Expecting):
    """Weight each item by (1 - c)^power, where c is the detector's probability that it is synthetic
    (Drayson, Yilmaz and Lampos 2025, whose power is 10 and temperature 1.36).

    The reward is the log-odds that an item is human. The default is the optimal detector, log
    reference - log model. ``offset`` (nats) is a bias towards classifying items as synthetic, and
    ``temperature`` sets the sharpness: 1 - c = sigmoid((reward - offset) / temperature). The kept
    items have distribution p (1 - c)^power; weights are divided by the largest of the batch, which
    does not change it. A ``Schedule`` as temperature is a detector that gets worse over
    generations. ``expected`` is the expected share kept, which sets the number of candidates."""

    _: KW_ONLY
    reward: Reward = eqx.field(default_factory=Ratio)
    power: Numbers = at_least(0, default=10.0)
    temperature: Array | float | Schedule = positive(default=1.36)
    offset: Numbers = 0.0

    expected: Numbers = within("(0, 1]", default=0.5)

    def weigh(self, key, view, reward):
        human = (reward - self.offset) / value_at(self.temperature, view.t)
        log_weight = self.power * jax.nn.log_sigmoid(human)
        drawn = jnp.where(view.batch.mass > 0, log_weight, -jnp.inf)
        return jnp.exp(jnp.minimum(log_weight - drawn.max(), 0))
