"""Normalising flow: an invertible network with an exact density."""

from dataclasses import KW_ONLY
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.items import Items
from collapse.models.networks.network import Network, mlp, run_mlp
from collapse.numerics.pytree import replace
from collapse.part import Numbers, array, at_least, positive, register
from collapse.samplers.base import CovarianceScale

LOG_2PI = float(np.log(2 * np.pi))


@register("coupling-flow", "normalising flow of affine couplings (RealNVP)")
@final
class CouplingFlow(Network):
    """RealNVP (Dinh et al. 2017): ``layers`` affine couplings between fixed permutations, each with
    a perceptron of ``depth`` hidden layers of ``hidden`` units.

    Rows are points (n, d). A coupling keeps the first half a of a row and maps the other half b to
    (b - shift(a)) exp(-log_scale(a)) (eq. 7-8, read from data to noise); the last layer is an
    affine map of each coordinate. The loss of a row is its negative log-density in nats.

    ``centre`` and ``scale``, in item units, standardise rows to the scale of the base distribution.
    ``bound`` limits the log-scale of each coupling, so that the inverse cannot overflow.
    ``base_variance`` is the variance of the base distribution: ``CovarianceScale(factor)``
    multiplies it, as the (squared) temperature of Glow does (Kingma and Dhariwal 2018). For an
    affine flow this multiplies the covariance of the draws by the factor."""

    d: int = eqx.field(static=True, default=2)
    _: KW_ONLY
    layers: int = at_least(2, default=6, static=True)
    hidden: int = at_least(1, default=64, static=True)
    depth: int = at_least(1, default=2, static=True)  # hidden layers of each coupling
    bound: float = positive(default=2.0, static=True)
    centre: Numbers = array(default=0.0)
    scale: Numbers = array(default=1.0)
    base_variance: Numbers = positive(default=1.0)

    def gives(self):
        return Items("points", {"d": self.d}, ("pixels", "labelled"))

    def initial(self, key):
        keys = jax.random.split(key, self.layers)
        kept = self.d // 2
        sizes = (kept, *[self.hidden] * self.depth, 2 * (self.d - kept))
        return {
            "couplings": jax.vmap(lambda k: mlp(k, sizes, 0.01))(keys),  # stacked
            "shift": jnp.zeros(self.d),
            "log_scale": jnp.zeros(self.d),
        }

    def orders(self) -> np.ndarray:
        """(layers, d) order of coordinates before each coupling. Every second one reverses the one
        before, so that two successive layers transform every coordinate. The others shuffle (with d
        = 2 only a swap has an effect) and put a different coordinate into the middle: with odd d,
        the middle one is transformed by both layers and is input to neither."""
        rng, middle, orders = np.random.default_rng(0), self.d // 2, []
        for i in range(self.layers):
            order = np.arange(self.d)[::-1]
            if i % 2 == 0 and self.d > 2:
                order = rng.permutation(self.d)
                while order[middle] == middle:
                    order = rng.permutation(self.d)
            orders.append(order)
        return np.stack(orders)

    def _affine(self, layer, kept: Array) -> tuple[Array, Array]:
        shift, raw = jnp.split(run_mlp(layer, kept), 2, axis=-1)
        return shift, self.bound * jnp.tanh(raw / self.bound)

    def forward(self, net, rows: Array) -> tuple[Array, Array]:
        """Noise (n, d) of each row, and (n,) the log-determinant of the map from rows to noise."""
        x, kept = (rows - self.centre) / self.scale, self.d // 2
        total = -jnp.log(jnp.broadcast_to(self.scale, (self.d,))).sum() - net["log_scale"].sum()

        def couple(carry, part):  # a scan, so that the layer is compiled once
            x, total = carry
            order, layer = part
            x = x[:, order]
            shift, log_scale = self._affine(layer, x[:, :kept])
            moved = (x[:, kept:] - shift) * jnp.exp(-log_scale)
            return (jnp.concatenate([x[:, :kept], moved], 1), total - log_scale.sum(1)), None

        start = x, jnp.broadcast_to(total, (len(x),))
        (x, total), _ = jax.lax.scan(couple, start, (self.orders(), net["couplings"]))
        return (x - net["shift"]) * jnp.exp(-net["log_scale"]), total

    def inverse(self, net, noise: Array) -> Array:
        """Rows (n, d) that ``forward`` maps to this noise."""
        x, kept = noise * jnp.exp(net["log_scale"]) + net["shift"], self.d // 2

        def uncouple(x, part):
            back, layer = part
            shift, log_scale = self._affine(layer, x[:, :kept])
            moved = x[:, kept:] * jnp.exp(log_scale) + shift
            return jnp.concatenate([x[:, :kept], moved], 1)[:, back], None

        parts = np.argsort(self.orders(), 1), net["couplings"]
        x, _ = jax.lax.scan(uncouple, x, parts, reverse=True)
        return x * self.scale + self.centre

    def losses(self, net, rows, key):
        noise, log_det = self.forward(net, rows)
        return 0.5 * (noise**2).sum(1) + 0.5 * self.d * LOG_2PI - log_det

    def log_prob(self, rows):
        """(n,) exact log-density in nats."""
        noise, log_det = self.forward(self.net, rows)
        square = (noise**2).sum(1) / self.base_variance
        return log_det - 0.5 * (square + self.d * (LOG_2PI + jnp.log(self.base_variance)))

    def sample(self, key, n):
        noise = jax.random.normal(key, (n, self.d)) * jnp.sqrt(self.base_variance)
        return self.inverse(self.net, noise)

    def reshaped(self, sampler):
        if type(sampler) is not CovarianceScale:
            return super().reshaped(sampler)
        return replace(self, base_variance=self.base_variance * sampler.factor)

    def validate(self):
        errors = super().validate() + unfit_units(self)
        if self.d < 2:
            errors.append(f"CouplingFlow splits a row in two: d must be at least 2, not {self.d}.")
        return errors


def unfit_units(model) -> list[str]:
    """Error sentences for ``centre`` and ``scale`` of a network of points (n, d)."""
    errors, name = [], type(model).__name__
    for field in ("centre", "scale"):
        shape = np.shape(getattr(model, field))
        if shape not in ((), (model.d,)):
            errors.append(f"{name} {field} must be one number or {model.d}, not of shape {shape}.")
    if not (np.asarray(model.scale) > 0).all():
        errors.append(f"{name} scale must be above 0 everywhere.")
    return errors
