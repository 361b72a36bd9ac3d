"""Counts: the model whose loss over generations is known exactly."""

from typing import final

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.special import gammaln, xlogy

from collapse.items import Items
from collapse.models.base import Model
from collapse.models.distributions.bernoulli import Average, average
from collapse.part import Numbers, array, register


@register("poisson", "counts")
@final
class Poisson(Model):
    """Whole numbers with the Poisson law of a rate, fitted by their mean (Suresh et al. 2024).

    A generation of nothing but zeros has rate 0, which is absorbing: every later item is 0.
    Field: rate >= 0, in events per item.
    """

    summarised = True

    rate: Numbers = array(0)

    @property
    def alive(self) -> Array:
        """Whether anything but 0 can still come up."""
        return self.rate > 0

    def gives(self):
        return Items("counts")

    def fit(self, key, pool):
        rows = pool.rows.mean if isinstance(pool.rows, Average) else pool.rows
        return Poisson(average(rows, pool.count))

    def sample(self, key, n):
        return jax.random.poisson(threefry(key), self.rate, (n,))

    def summary(self, noise, count):
        """The sum of the items is Poisson with the sum of their rates."""
        return Average((jax.random.poisson(threefry(noise), count * self.rate) / count)[None])

    def log_prob(self, rows):
        """(n,) exact also at rate 0, where 0 has probability 1."""
        log_factorial = jnp.where(rows < 2, 0, gammaln(rows + 1.0))
        return xlogy(rows, self.rate) - self.rate - log_factorial

    def identify(self, rows):
        """The place of each count among all, in order: it has no bound of its own."""
        return jnp.searchsorted(jnp.sort(rows), rows), len(rows)

    def validate(self):
        if jnp.ndim(self.rate) == 0 and 0 <= float(self.rate) < 1e6:
            return []
        return [f"Poisson rate must be one number >= 0 and below a million, not {self.rate}."]


def threefry(key: Array) -> Array:
    """The key as one of jax's own threefry keys, the only kind that draws Poisson numbers."""
    data = jax.random.key_data(key).reshape(-1)[:2]
    return jax.random.wrap_key_data(data, impl="threefry2x32")
