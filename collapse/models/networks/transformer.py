"""Decoder-only transformer, with a key-value cache that grows during decoding."""

from dataclasses import KW_ONLY
from functools import partial
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.errors import UserError
from collapse.models.networks.autoregressive import Autoregressive, text_errors
from collapse.models.networks.network import Network, affine, dense, product, unrounded
from collapse.numerics.device import accelerated
from collapse.numerics.tokens import real, shifted
from collapse.part import at_least, register

SEGMENT = 32  # positions by which the cache grows, or more, so that it grows at most GROWTHS times
GROWTHS = 8
CACHE = 6.5e6  # bytes of keys and values that are read repeatedly: half of a CPU cache
ROOM = 64e6  # bytes of keys and values per seed on an accelerator, where many seeds run at once
ONE_HOT = 512  # vocabulary up to which a one-hot product is faster than gather and scatter


@register("transformer", "causal transformer language model")
@final
class Transformer(Network, Autoregressive):
    """Causal self-attention of ``width`` units in ``layers`` blocks of ``heads`` heads (Vaswani et
    al. 2017), with pre-layer normalisation (Radford et al. 2019), an MLP four times as wide with
    GELU, and learned positions; ``tied`` shares the embedding and output matrices (Press and Wolf
    2017).

    Rows are ``length`` tokens out of ``vocab_size``; token 0 ends a row and stands before its first
    token. The training loss of a row is its negative log-likelihood divided by ``length``, in nats
    per position.
    """

    vocab_size: int = eqx.field(static=True)
    length: int = eqx.field(static=True)
    _: KW_ONLY
    layers: int = at_least(1, default=2, static=True)
    width: int = eqx.field(static=True, default=64)
    heads: int = eqx.field(static=True, default=4)
    tied: bool = eqx.field(static=True, default=False)

    @property
    def at_once(self) -> int:
        """Number of rows decoded in parallel, such that keys and values stay in cache."""
        row = 2 * 4 * self.layers * self.width * self.length  # bytes
        room, most = (ROOM, 4096) if accelerated() else (CACHE, 256)
        return int(min(max(room // row, 8), most))

    @property
    def piece(self) -> int | None:
        """Rows per gradient, such that the activations of about 512 positions stay in cache."""
        return None if accelerated() else max(1, 512 // self.length)

    def initial(self, key):
        keys = jax.random.split(key, self.layers + 3)
        net = {
            "embed": 0.02 * jax.random.normal(keys[0], (self.vocab_size, self.width)),
            "places": 0.02 * jax.random.normal(keys[1], (self.length, self.width)),
            "blocks": [self._block(k) for k in keys[3:]],
            "norm": _flat_norm(self.width),
        }
        output = {} if self.tied else {"output": dense(keys[2], self.width, self.vocab_size, 0.1)}
        return net | output

    def _block(self, key: Array) -> dict[str, Any]:
        keys, small = jax.random.split(key, 4), (2 * self.layers) ** -0.5
        return {
            "norm": _flat_norm(self.width),
            "attend": dense(keys[0], self.width, 3 * self.width),
            "mix": dense(
                keys[1], self.width, self.width, small
            ),  # small, so that the residual stream stays of order 1
            "norm_mlp": _flat_norm(self.width),
            "up": dense(keys[2], self.width, 4 * self.width),
            "down": dense(keys[3], 4 * self.width, self.width, small),
        }

    def token_log_probs(self, rows):
        return self.log_probs_at(self.net, rows)

    def log_probs_at(self, net, rows):
        """(n, L) log-probability of each token with parameters ``net``; rows (n, L), L <=
        ``length``."""
        length = rows.shape[1]
        if length > self.length:
            raise UserError(
                f"Rows of {length} tokens are longer than the {self.length} positions that this "
                "Transformer has: set model.length."
            )
        x = self._embedded(net, shifted(rows)) + net["places"][:length]
        later = jnp.triu(jnp.full((length, length), -jnp.inf), 1)
        for block in net["blocks"]:
            x = x + affine(block["mix"], self._attended(block, x, later))
            x = x + _mlp(block, x)
        logits = self._logits(net, x)
        log_total = jax.nn.logsumexp(logits, -1)
        if self.vocab_size <= ONE_HOT:
            own = jnp.where(rows[..., None] == jnp.arange(self.vocab_size), logits, 0).sum(-1)
        else:
            own = jnp.take_along_axis(logits, rows[..., None], -1)[..., 0]
        return jnp.where(real(rows), own - log_total, 0)

    def losses(self, net, rows, key):
        return -self.log_probs_at(net, rows).sum(1) / self.length

    def _embedded(self, net, tokens: Array) -> Array:
        if self.vocab_size <= ONE_HOT:
            return product(jax.nn.one_hot(tokens, self.vocab_size), net["embed"])
        return unrounded(net["embed"][tokens])

    def _logits(self, net, x: Array) -> Array:
        x = _normed(net["norm"], x)
        return product(x, net["embed"].T) if self.tied else affine(net["output"], x)

    def _attended(self, block, x: Array, later: Array) -> Array:
        """(n, L, width) attention output at each position; ``later`` (L, L) is the mask, -inf for
        later positions."""
        n, length, width = x.shape
        each = width // self.heads
        parts = affine(block["attend"], _normed(block["norm"], x))
        q, k, v = jnp.moveaxis(parts.reshape(n, length, 3, self.heads, each), 2, 0)
        low = block["mix"]["w"].dtype
        pairs = partial(jnp.einsum, preferred_element_type=x.dtype)
        q, k, v = (q * each**-0.5).astype(low), k.astype(low), v.astype(low)
        score = pairs("nihe,njhe->nhij", q, k) + later
        mixed = pairs("nhij,njhe->nihe", jax.nn.softmax(score).astype(low), v)
        return mixed.reshape(n, length, width)

    # Decoding. The cache of each block is a separate array, written in place and read by batched
    # products: on a CPU, XLA takes fifteen times as long for a product that is summed afterwards.

    def opened(self, n):
        shape = (n, self.heads, self.segments()[0][1], self.width // self.heads)
        return [{"k": jnp.zeros(shape), "v": jnp.zeros(shape)} for _ in range(self.layers)]

    def segments(self):
        step = SEGMENT * -(-self.length // (SEGMENT * GROWTHS))
        starts = range(0, self.length, step)
        return [(start, min(start + step, self.length)) for start in starts]

    def widened(self, state, places):
        more = places - state[0]["k"].shape[2]
        grow = lambda x: jnp.pad(x, ((0, 0), (0, 0), (0, more), (0, 0)))  # noqa: E731
        return jax.tree.map(grow, state)

    def read(self, state, token, place):
        net, after = self.net, []
        x = self._embedded(net, token) + net["places"][place]
        behind = jnp.arange(state[0]["k"].shape[2]) > place
        for block, cache in zip(net["blocks"], state, strict=True):
            parts = affine(block["attend"], _normed(block["norm"], x))
            q, k, v = jnp.moveaxis(parts.reshape(len(x), 3, self.heads, -1), 1, 0)
            keys, values = (
                jax.lax.dynamic_update_slice_in_dim(old, new[:, :, None], place, 2)
                for old, new in ((cache["k"], k), (cache["v"], v))
            )
            after.append({"k": keys, "v": values})
            score = jnp.einsum("nhpe,nhe->nhp", keys, q * q.shape[2] ** -0.5)
            weight = jax.nn.softmax(jnp.where(behind, -jnp.inf, score))
            mixed = jnp.einsum("nhpe,nhp->nhe", values, weight)
            x = x + affine(block["mix"], mixed.reshape(len(x), self.width))
            x = x + _mlp(block, x)
        return self._logits(net, x), after

    def validate(self):
        errors = super().validate() + text_errors(self)
        if self.width < 1 or self.heads < 1 or self.width % self.heads:
            errors.append(
                f"Transformer width ({self.width}) must be a multiple of heads ({self.heads})."
            )
        return errors


def _flat_norm(width: int) -> dict[str, Array]:
    return {"scale": jnp.ones(width), "shift": jnp.zeros(width)}


def _normed(norm: dict[str, Array], x: Array) -> Array:
    """Layer norm (Ba et al. 2016) over the last axis."""
    deviation = x - x.mean(-1, keepdims=True)
    spread = jax.lax.rsqrt((deviation**2).mean(-1, keepdims=True) + 1e-5)
    return deviation * spread * norm["scale"] + norm["shift"]


def _mlp(block: dict[str, Any], x: Array) -> Array:
    return affine(block["down"], jax.nn.gelu(affine(block["up"], _normed(block["norm_mlp"], x))))
