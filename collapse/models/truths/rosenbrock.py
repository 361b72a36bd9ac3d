"""The Rosenbrock density: a bent ridge in the plane."""

from dataclasses import KW_ONLY
from typing import final

import jax
import jax.numpy as jnp
from jax import Array

from collapse.items import Items
from collapse.models.truths.shapes import Truth
from collapse.part import Numbers, positive, register


@register("rosenbrock", "bent ridge in the plane, a truth")
@final
class Rosenbrock(Truth):
    """The density proportional to exp(-(``steep`` (y - x^2)^2 + (``centre`` - x)^2) /
    ``temperature``), after the function of Rosenbrock (1960); the defaults are those of Goodman and
    Weare (2010). So x is normal about ``centre``, and y is normal about x^2: draws and log-density
    are exact. Points (x, y), d = 2.
    """

    _: KW_ONLY
    centre: Numbers = 1.0
    steep: Numbers = positive(default=100.0)
    temperature: Numbers = positive(default=20.0)

    def gives(self):
        return Items("points", {"d": 2})

    @property
    def _variances(self) -> tuple[Array, Array]:
        """Variance of x, and of y given x."""
        half = jnp.asarray(self.temperature) / 2
        return half, half / self.steep

    @property
    def mean(self) -> Array:
        """(2,) mean."""
        wide, _ = self._variances
        return jnp.stack([jnp.asarray(self.centre, wide.dtype), self.centre**2 + wide])

    @property
    def covariance(self) -> Array:
        """(2, 2) covariance, by the moments of a normal."""
        wide, narrow = self._variances
        cross = 2 * self.centre * wide
        upper = 2 * wide**2 + 4 * self.centre**2 * wide + narrow
        return jnp.array([[wide, cross], [cross, upper]])

    def sample(self, key, n):
        wide, narrow = self._variances
        noise = jax.random.normal(key, (n, 2))
        x = self.centre + jnp.sqrt(wide) * noise[:, 0]
        return jnp.stack([x, x**2 + jnp.sqrt(narrow) * noise[:, 1]], 1)

    def log_prob(self, rows):
        wide, narrow = self._variances
        x, y = rows.T
        square = (x - self.centre) ** 2 / wide + (y - x**2) ** 2 / narrow
        return -0.5 * (square + jnp.log(wide * narrow)) - jnp.log(2 * jnp.pi)
