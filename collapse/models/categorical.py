"""K outcomes with a probability each: haploid Wright-Fisher drift, when fed on itself."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.models.base import Model
from collapse.ranking import rising_ends


class Categorical(Model):
    """A distribution over outcomes 0..K-1; items are outcome numbers.

    Field: p (K,), probabilities that sum to 1.
    """

    tokens = True  # one token long

    p: Array = eqx.field(converter=jnp.asarray)

    @property
    def support_size(self) -> Array:
        return (self.p > 0).sum()

    def fit(self, key, pool):
        counts = jnp.zeros_like(self.p).at[pool.rows].add(pool.count)
        return Categorical(counts / counts.sum())

    def sample(self, key, n, sampler=None):
        from collapse.samplers.base import reshape

        p = self.p if sampler is None else reshape(self.p, sampler)
        ends = rising_ends(p, jnp.cumsum(p))
        drawn = jnp.searchsorted(ends, jax.random.uniform(key, (n,)) * ends[-1], side="right")
        # A uniform can round up to the end itself: the last outcome of positive probability.
        last = len(p) - 1 - jnp.argmax(p[::-1] > 0)
        return jnp.minimum(drawn, last).astype(jnp.int32)

    def log_prob(self, rows):
        return jnp.log(self.p)[rows]

    def identify(self, rows):
        return rows, len(self.p)

    def kl(self, other: "Categorical") -> Array:
        """KL(self || other) in nats; +inf where ``other`` has lost an outcome of self."""
        ratio = jnp.log(jnp.where(self.p > 0, self.p, 1)) - jnp.log(other.p)
        return jnp.where(self.p > 0, self.p * ratio, 0).sum()

    def total_variation(self, other: "Categorical") -> Array:
        """Half the sum of absolute differences, in [0, 1]."""
        return 0.5 * jnp.abs(self.p - other.p).sum()

    def mistakes(self):
        p = jnp.asarray(self.p)
        if p.ndim != 1 or len(p) < 2:
            return ["Categorical p must be a list of at least 2 probabilities."]
        if bool((p < 0).any()) or abs(float(p.sum()) - 1) > 1e-3:
            return [f"Categorical p must be >= 0 and sum to 1; it sums to {float(p.sum()):.6g}."]
        return []


def zipf(size: int, exponent: float = 1.0) -> Categorical:
    """p_i proportional to i^-exponent, i = 1..size."""
    p = jnp.arange(1, size + 1) ** -float(exponent)
    return Categorical(p / p.sum())
