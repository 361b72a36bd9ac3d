"""Recurrent language model (GRU), the cheapest network for text."""

from dataclasses import KW_ONLY
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp

from collapse.models.networks.autoregressive import Autoregressive, text_errors
from collapse.models.networks.network import Network, affine, dense
from collapse.numerics.tokens import real, shifted
from collapse.part import at_least, register


@register("gru", "recurrent language model (GRU)")
@final
class GRU(Network, Autoregressive):
    """Gated recurrent units (Cho et al. 2014) over learned embeddings, one layer of ``width``.

    Rows are ``length`` tokens out of ``vocab_size``; token 0 ends a row. The training loss of a row
    is its negative log-likelihood divided by ``length``, in nats per position.
    """

    vocab_size: int = eqx.field(static=True)
    length: int = eqx.field(static=True)
    _: KW_ONLY
    width: int = at_least(1, default=64, static=True)

    def initial(self, key):
        keys = jax.random.split(key, 4)
        return {
            "embed": jax.random.normal(keys[0], (self.vocab_size, self.width)),
            "input": dense(keys[1], self.width, 3 * self.width),
            "state": dense(keys[2], self.width, 3 * self.width),
            "output": dense(keys[3], self.width, self.vocab_size, 0.1),
        }

    def opened(self, n):
        return jnp.zeros((n, self.width))

    def read(self, state, token, place):
        state = cell(self.net, state, affine(self.net["input"], self.net["embed"][token]))
        return affine(self.net["output"], state), state

    def token_log_probs(self, rows):
        return self.log_probs_at(self.net, rows)

    def log_probs_at(self, net, rows):
        """(n, L) log-probability of each token with parameters ``net``."""
        inputs = affine(net["input"], net["embed"][shifted(rows)])  # for all positions at once

        def step(state, x):
            state = cell(net, state, x)
            return state, state

        _, states = jax.lax.scan(step, self.opened(len(rows)), inputs.swapaxes(0, 1))
        log_p = jax.nn.log_softmax(affine(net["output"], states.swapaxes(0, 1)))
        each = jnp.take_along_axis(log_p, rows[..., None], -1)[..., 0]
        return jnp.where(real(rows), each, 0)

    def losses(self, net, rows, key):
        return -self.log_probs_at(net, rows).sum(1) / self.length

    def validate(self):
        return super().validate() + text_errors(self)


def cell(net, state, x):
    """One step of the GRU recurrence; ``x`` is the input after its affine map."""
    width = state.shape[-1]
    h = affine(net["state"], state)
    reset = jax.nn.sigmoid(x[:, :width] + h[:, :width])
    update = jax.nn.sigmoid(x[:, width : 2 * width] + h[:, width : 2 * width])
    new = jnp.tanh(x[:, 2 * width :] + reset * h[:, 2 * width :])
    return update * state + (1 - update) * new
