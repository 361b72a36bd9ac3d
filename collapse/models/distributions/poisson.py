"""The Poisson distribution."""

from typing import final

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.special import gammaln, xlogy

from collapse.items import Items
from collapse.models.base import Model
from collapse.models.distributions.bernoulli import Average, average
from collapse.part import Numbers, array, register


@register("poisson", "Poisson distribution of counts")
@final
class Poisson(Model):
    """Poisson distribution of counts, fitted by their mean (Suresh et al. 2024).

    After a generation of zeros only, the rate is 0, which is absorbing: every later item is 0.
    Field: rate >= 0, in events per item.
    """

    summarised = True

    rate: Numbers = array(0)

    @property
    def alive(self) -> Array:
        """Whether the rate is above 0."""
        return self.rate > 0

    def gives(self):
        return Items("counts")

    def fit(self, key, pool):
        rows = pool.rows.mean if isinstance(pool.rows, Average) else pool.rows
        return Poisson(average(rows, pool.count))

    def sample(self, key, n):
        return jax.random.poisson(threefry(key), self.rate, (n,))

    def summary(self, noise, count):
        """Mean of ``count`` items; their sum is Poisson with the sum of their rates."""
        return Average((jax.random.poisson(threefry(noise), count * self.rate) / count)[None])

    def log_prob(self, rows):
        """(n,) log-probability, also at rate 0, where 0 has probability 1."""
        log_factorial = jnp.where(rows < 2, 0, gammaln(rows + 1.0))
        return xlogy(rows, self.rate) - self.rate - log_factorial

    def identify(self, rows):
        """The rank of each count among all counts, since counts have no upper bound."""
        return jnp.searchsorted(jnp.sort(rows), rows), len(rows)

    def validate(self):
        if jnp.ndim(self.rate) == 0 and 0 <= float(self.rate) < 1e6:
            return []
        return [f"Poisson rate must be one number >= 0 and below a million, not {self.rate}."]


def threefry(key: Array) -> Array:
    """The key as a standard jax threefry key, the only kind that can draw Poisson numbers."""
    data = jax.random.key_data(key).reshape(-1)[:2]
    return jax.random.wrap_key_data(data, impl="threefry2x32")
