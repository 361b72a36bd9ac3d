"""The Bernoulli distribution."""

from typing import final

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.special import xlog1py, xlogy

from collapse.items import Items
from collapse.models.base import Model
from collapse.part import Numbers, array, register
from collapse.types import Summary


class Average(Summary):
    """The mean of the items: the sufficient statistic of a one-parameter model."""

    mean: Array  # (rows,)

    def merged(self, count):
        return Average(average(self.mean, count)[None])


def average(x: Array, count: Array) -> Array:
    """Mean of x (N,) weighted by count (N,); 0 if all counts are 0."""
    total = count.sum()
    return (count * x).sum() / jnp.where(total > 0, total, 1)


@register("bernoulli", "Bernoulli distribution over 0 and 1")
@final
class Bernoulli(Model):
    """1 with probability p, else 0; items are integers 0 and 1.

    Fitted by the share of ones (Suresh et al. 2024). p = 0 and p = 1 are absorbing.
    Field: p, a number in [0, 1].
    """

    summarised = True

    p: Numbers = array(0)

    @property
    def alive(self) -> Array:
        """Whether p > 0."""
        return self.p > 0

    @property
    def support_size(self) -> Array:
        return (self.p > 0).astype(int) + (self.p < 1)

    def gives(self):
        return Items("outcomes", {"outcomes": 2})

    def fit(self, key, pool):
        rows = pool.rows.mean if isinstance(pool.rows, Average) else pool.rows
        # Clipped, as the share of ones can be rounded to just above 1.
        return Bernoulli(jnp.minimum(average(rows, pool.count), 1))

    def sample(self, key, n):
        return (jax.random.uniform(key, (n,)) < self.p).astype(jnp.int32)

    def summary(self, noise, count):
        return Average((jax.random.binomial(noise, count, self.p) / count)[None])

    def log_prob(self, rows):
        return xlogy(rows, self.p) + xlog1py(1 - rows, -self.p)

    def support(self):
        return jnp.arange(2), jnp.stack([1 - self.p, self.p])

    def identify(self, rows):
        return rows, 2

    def validate(self):
        if jnp.ndim(self.p) == 0 and 0 <= float(self.p) <= 1:
            return []
        return [f"Bernoulli p must be one number in [0, 1], not {self.p}."]
