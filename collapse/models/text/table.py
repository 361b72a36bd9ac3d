"""Tables of next-token distributions: one row per context, with logits as parameters."""

from abc import abstractmethod

import jax
import jax.numpy as jnp
from equinox import AbstractVar
from jax import Array

from collapse.models.base import Model
from collapse.models.distributions.categorical import logits
from collapse.numerics.grouping import rising_ends
from collapse.numerics.pytree import replace
from collapse.samplers.base import TokenSampler, reshape


class Table(Model):
    """Base class of models that are a table of probabilities ``p`` (contexts, K) with rows that sum
    to 1. Samplers transform its rows, and gradients are taken with respect to its logits."""

    tokens = True

    p: AbstractVar[Array]

    @abstractmethod
    def look_up(self, log_p: Array, rows: Array) -> Array:
        """(n,) log-probability of each row, given the logarithms ``log_p`` of a table like
        ``p``."""

    def log_prob(self, rows):
        return self.look_up(jnp.log(self.p), rows)

    @property
    def net(self) -> Array:
        """(contexts, K) logits."""
        return logits(self.p)

    def with_params(self, net):
        return replace(self, p=jax.nn.softmax(net))

    def log_prob_at(self, net, rows):
        return self.look_up(jax.nn.log_softmax(net), rows)

    def reshaped(self, sampler):
        if isinstance(sampler, TokenSampler):
            return replace(self, p=reshape(self.p, sampler))
        return super().reshaped(sampler)


def draw_rows(table: Array, row: Array, uniform: Array) -> Array:
    """(n,) outcomes drawn from table[row], with table (R, K), by bisection in cumulative sums."""
    ends = jax.vmap(rising_ends)(table, jnp.cumsum(table, axis=1))
    size = table.shape[1]
    goal = uniform * ends[row, -1]

    def halve(_, bounds):
        low, high = bounds  # the outcome is in low..high
        middle = (low + high) // 2
        beyond = (ends[row, middle] <= goal) & (low < high)
        return jnp.where(beyond, middle + 1, low), jnp.where(beyond, high, middle)

    last = (
        size - 1 - jnp.argmax(table[:, ::-1] > 0, axis=1)[row]
    )  # a uniform can be rounded up to 1
    bounds = jnp.zeros_like(row), last.astype(row.dtype)
    return jax.lax.fori_loop(0, size.bit_length(), halve, bounds)[0].astype(jnp.int32)
