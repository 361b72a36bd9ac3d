"""What every network is: trainable arrays under ``net``, the rest settings, one way to train."""

from abc import abstractmethod
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.models.base import Model
from collapse.training import Fit, Training, train
from collapse.trees import change


class Network(Model):
    """A model whose parameters are found by gradient descent. ``net`` is a tree of arrays, and
    nothing else is trained; ``base`` is a net to restart from, under ``training.start`` "base".

    A network writes ``initial`` and ``losses``; the loss of a row is its negative log-likelihood in
    nats, or an upper bound of it, or, for a diffusion, a squared error. Keyword fields of all:
    ``training``, ``net`` and ``base``; ``fitted`` tells of the last fit.
    """

    side_by_side = False  # matrix products fill the cores; a vmap over seeds never won on a CPU
    piece: ClassVar[int | None] = None  # rows of a batch that go through the net at once: all

    training: Training = eqx.field(default_factory=Training, kw_only=True)
    net: Any = eqx.field(default=None, kw_only=True)
    base: Any = eqx.field(default=None, kw_only=True)
    fitted: Fit | None = eqx.field(default=None, kw_only=True)

    @abstractmethod
    def initial(self, key: Array) -> Any:
        """Fresh parameters."""

    @abstractmethod
    def losses(self, net: Any, rows: Any, key: Array) -> Array:
        """(b,) the training loss of each row."""

    def meet(self, arm) -> "Network":
        """With parameters in place, so that a model before its first fit looks like one after."""
        net = _initial(self, jax.random.key(0)) if self.net is None else self.net
        base = net if self.base is None and self.training.start == "base" else self.base
        return change(self, net=net, base=base, fitted=Fit.none())

    def fit(self, key, pool):
        """Trained on the pool. A fit that diverges leaves the parameters before it, and says so in
        ``fitted.diverged``."""
        start_key, train_key = jax.random.split(key)
        start = self.training.start
        fresh = start == "scratch" or self.net is None
        net = self.initial(start_key) if fresh else self.base if start == "base" else self.net
        before = net if self.net is None else self.net
        found, fitted = train(train_key, net, self.losses, pool, self.training, self.piece)
        keep = lambda new, old: jnp.where(fitted.diverged, old, new)  # noqa: E731
        return change(self, net=jax.tree.map(keep, found, before), fitted=fitted)

    def diverged(self):
        return self.fitted.diverged if self.fitted is not None else jnp.array(False)


@eqx.filter_jit
def _initial(network: Network, key: Array) -> Any:
    return network.initial(key)


def dense(key: Array, inputs: int, outputs: int, scale: float = 1.0) -> dict[str, Array]:
    """An affine map: weights of variance scale^2 / inputs, no offset."""
    w = jax.random.normal(key, (inputs, outputs)) * (scale / inputs**0.5)
    return {"w": w, "b": jnp.zeros(outputs)}


def affine(layer: dict[str, Array], x: Array) -> Array:
    return x @ layer["w"] + layer["b"]


def mlp(key: Array, sizes: tuple[int, ...], last: float = 1.0) -> list[dict[str, Array]]:
    """Layers of a perceptron from sizes[0] inputs to sizes[-1] outputs; ``last`` scales the final
    layer's weights (0: the output starts at zero)."""
    keys = jax.random.split(key, len(sizes) - 1)
    pairs = list(zip(sizes[:-1], sizes[1:], strict=True))
    scales = [2**0.5] * (len(pairs) - 1) + [last]
    return [dense(k, *pair, scale) for k, pair, scale in zip(keys, pairs, scales, strict=True)]


def run_mlp(layers: list[dict[str, Array]], x: Array, bend=jax.nn.silu) -> Array:
    for layer in layers[:-1]:
        x = bend(affine(layer, x))
    return affine(layers[-1], x)
