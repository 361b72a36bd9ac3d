"""Base class of networks, and the layers they share."""

from abc import abstractmethod
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.errors import UserError
from collapse.models.base import Model, choose
from collapse.models.networks.training import (
    CHECKS,
    Fit,
    Progress,
    Training,
    begun,
    ended,
    one_part,
    train,
)
from collapse.numerics.device import compiled
from collapse.numerics.pytree import replace


class Network(Model):
    """A model trained by gradient descent. ``net`` is a tree of arrays, the only trained
    parameters; ``base`` is a net to restart from with ``training.start`` "base".

    A network defines ``initial`` and ``losses``; the loss of a row is its negative log-likelihood
    in nats, an upper bound of it, or, for a diffusion, a squared error. All networks have the
    keyword fields ``training``, ``net`` and ``base``; ``fitted`` reports on the last fit. If
    ``progress`` is set, fits are split into parts: each call of ``fit`` does the next part, and the
    last of ``CHECKS`` calls gives the same model as one call without it.
    """

    trained = True
    side_by_side = False  # matrix products use all cores; a vmap over seeds is not faster on a CPU
    piece: ClassVar[int | None] = None  # rows of a batch processed at once; None: all

    training: Training = eqx.field(default_factory=Training, kw_only=True)
    net: Any = eqx.field(default=None, kw_only=True)
    base: Any = eqx.field(default=None, kw_only=True)
    fitted: Fit | None = eqx.field(default=None, kw_only=True)
    progress: Progress | None = eqx.field(default=None, kw_only=True)

    @property
    def blank(self):
        return self.net is None

    @abstractmethod
    def initial(self, key: Array) -> Any:
        """Initial parameters."""

    @abstractmethod
    def losses(self, net: Any, rows: Any, key: Array | None) -> Array:
        """(b,) the training loss of each row."""

    def bind(self, arm) -> "Network":
        """The network with initial parameters, so that its structure is that of a fitted one."""
        fresh = jax.eval_shape(self.initial, jax.random.key(0))
        for field in ("net", "base"):
            given = getattr(self, field)
            if given is not None and _shapes(given) != _shapes(fresh):
                raise UserError(
                    f"The {field} of {type(self).__name__} has other parameters than this model: "
                    "use one of the same model and sizes."
                )
        net = _initial(self, jax.random.key(0)) if self.net is None else self.net
        base = net if self.base is None and self.training.start == "base" else self.base
        return replace(self, net=net, base=base, fitted=Fit.none())

    def fit(self, key, pool):
        """The network trained on the pool. A fit that diverges keeps the previous parameters and
        sets ``fitted.diverged``."""
        start_key, train_key = jax.random.split(key)
        start = self.training.start
        fresh = start == "scratch" or self.net is None
        net = self.initial(start_key) if fresh else self.base if start == "base" else self.net
        before = net if self.net is None else self.net
        rest = self.losses, pool, self.training, self.piece
        if self.progress is None:
            return self._trained(train(train_key, net, *rest), before)
        first = self.progress.done == 0
        so_far = choose(first, begun(net, self.training), self.progress)
        after = one_part(train_key, so_far, *rest)
        done = self._trained(ended(after, self.training), before)
        last = after.done == CHECKS
        after = replace(after, done=jnp.where(last, 0, after.done))
        return replace(choose(last, done, self), progress=after)

    def _trained(self, result: tuple[Any, Fit], before: Any) -> "Network":
        net, fitted = result
        return replace(self, net=choose(fitted.diverged, before, net), fitted=fitted)

    @property
    def parts(self):
        return CHECKS if self.training.in_parts else 1

    def part_by_part(self):
        blank = jax.tree.map(jnp.zeros_like, begun(self.net, self.training))
        return replace(self, progress=blank)

    def marked(self, diverged):
        if self.fitted is None:  # outside an arm
            return self
        return replace(self, fitted=replace(self.fitted, diverged=diverged))

    def diverged(self):
        return self.fitted.diverged if self.fitted is not None else jnp.array(False)


def _shapes(net: Any) -> tuple:
    return jax.tree.structure(net), [x.shape for x in jax.tree.leaves(net)]


@compiled
def _initial(network: Network, key: Array) -> Any:
    return network.initial(key)


def dense(key: Array, inputs: int, outputs: int, scale: float = 1.0) -> dict[str, Array]:
    """An affine layer: weights of variance scale^2 / inputs, zero bias."""
    w = jax.random.normal(key, (inputs, outputs)) * (scale / inputs**0.5)
    return {"w": w, "b": jnp.zeros(outputs)}


def product(x: Array, w: Array) -> Array:
    """x @ w, multiplied in the precision of the weights, summed in at least single precision."""
    return jnp.matmul(x.astype(w.dtype), w, preferred_element_type=unrounded(w).dtype)


def unrounded(x: Array) -> Array:
    """The array in at least single precision."""
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def affine(layer: dict[str, Array], x: Array) -> Array:
    """An affine layer with weights w and bias b, applied to x (..., inputs)."""
    return product(x, layer["w"]) + layer["b"]


def mlp(key: Array, sizes: tuple[int, ...], last: float = 1.0) -> list[dict[str, Array]]:
    """Layers of a perceptron from sizes[0] inputs to sizes[-1] outputs; ``last`` scales the weights
    of the final layer (0: the initial output is zero)."""
    keys = jax.random.split(key, len(sizes) - 1)
    pairs = list(zip(sizes[:-1], sizes[1:], strict=True))
    scales = [2**0.5] * (len(pairs) - 1) + [last]
    return [dense(k, *pair, scale) for k, pair, scale in zip(keys, pairs, scales, strict=True)]


def run_mlp(layers: list[dict[str, Array]], x: Array, bend=jax.nn.silu) -> Array:
    """The outputs of a perceptron made by ``mlp``, with activation ``bend`` between layers."""
    for layer in layers[:-1]:
        x = bend(affine(layer, x))
    return affine(layers[-1], x)
