"""Log-linear n-gram models with hashed contexts: memory of a limited size, trained by gradients."""

from dataclasses import KW_ONLY
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.models.networks.autoregressive import Autoregressive, text_errors
from collapse.models.networks.network import Network
from collapse.numerics.tokens import real
from collapse.part import at_least, one_of, register

MULTIPLIER = 2654435761  # Knuth's multiplicative hashing: 2^32 over the golden ratio


@register("hashed-ngram", "log-linear n-gram model with a hashed memory of contexts")
@final
class HashedNGram(Network, Autoregressive):
    """Logits of the next token are the sum of a row of weights for each of the contexts of 0, 1,
    .., ``order`` - 1 tokens before it (a maximum-entropy model, Rosenfeld 1996). Contexts of one
    length share ``buckets`` rows, by a hash where there are more contexts than rows (Weinberger et
    al. 2009), so that a small memory mixes them up. ``width`` > 0: rows of so many numbers and a
    common map to logits.

    What contexts have in common is learned in the short ones, what is particular in the long ones:
    order, buckets, width and ``training.decay`` (weight decay) limit the memory. Rows are
    ``length`` tokens out of ``vocab_size``; token 0 ends a row.
    """

    vocab_size: int = eqx.field(static=True)
    length: int = eqx.field(static=True)
    _: KW_ONLY
    order: int = one_of(1, 2, 3, 4, default=3)
    buckets: int = at_least(1, default=1024, static=True)
    width: int = at_least(0, default=0, static=True)

    def rows_of(self, tokens: int) -> int:
        """How many rows of weights the contexts of so many tokens have."""
        return min((self.vocab_size + 1) ** tokens, self.buckets)

    def initial(self, key):
        columns = self.width or self.vocab_size
        net = {"memory": [jnp.zeros((self.rows_of(j), columns)) for j in range(self.order)]}
        if self.width:
            shape = (self.width, self.vocab_size)
            net["output"] = jax.random.normal(key, shape) / self.width**0.5
        return net

    def addresses(self, before: Array) -> list[Array]:
        """(...) row of the context of 0, 1, .. tokens, given the last ``order`` - 1 tokens (...,
        order - 1), the latest first; ``vocab_size`` stands for the start."""
        number = jnp.zeros(before.shape[:-1], jnp.uint32)
        found = [number]
        for j in range(self.order - 1):
            number = number * jnp.uint32(self.vocab_size + 1) + before[..., j].astype(jnp.uint32)
            exact = (self.vocab_size + 1) ** (j + 1) <= self.buckets
            mixed = (number * jnp.uint32(MULTIPLIER)) >> jnp.uint32(7)
            found.append(number if exact else mixed % jnp.uint32(self.buckets))
        return found

    def logits(self, net, before: Array) -> Array:
        """(..., V) given the last ``order`` - 1 tokens."""
        rows = zip(net["memory"], self.addresses(before), strict=True)
        total = sum(weights[address] for weights, address in rows)
        return total @ net["output"] if self.width else total

    def opened(self, n):
        return jnp.full((n, self.order - 1), self.vocab_size, jnp.int32)

    def read(self, state, token, place):
        later = jnp.concatenate([token[:, None], state], 1)[:, : self.order - 1]
        state = jnp.where(place == 0, state, later)
        return self.logits(self.net, state), state

    def token_log_probs(self, rows):
        return self.log_probs_at(self.net, rows)

    def log_probs_at(self, net, rows):
        """(n, L) log-probability of each token with parameters ``net``."""
        padded = jnp.pad(rows, ((0, 0), (self.order - 1, 0)), constant_values=self.vocab_size)
        length = rows.shape[1]
        shifts = [padded[:, j : j + length] for j in range(self.order - 2, -1, -1)]
        before = jnp.stack(shifts, -1) if shifts else jnp.zeros((*rows.shape, 0), jnp.int32)
        log_p = jax.nn.log_softmax(self.logits(net, before))
        each = jnp.take_along_axis(log_p, rows[..., None], -1)[..., 0]
        return jnp.where(real(rows), each, 0)

    def losses(self, net, rows, key):
        return -self.log_probs_at(net, rows).sum(1) / self.length

    def validate(self):
        return super().validate() + text_errors(self)
