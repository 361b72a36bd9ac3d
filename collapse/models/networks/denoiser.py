"""Base class of flow matching and diffusion: the network, time embedding, classes and guidance."""

from abc import abstractmethod
from dataclasses import KW_ONLY

import jax
import jax.numpy as jnp
from jax import Array

from collapse.items import Items
from collapse.models.networks.coupling_flow import unfit_units
from collapse.models.networks.network import Network, mlp, run_mlp
from collapse.numerics.pytree import replace
from collapse.part import Numbers, array, at_least
from collapse.samplers.base import Guidance

FREQUENCIES = 8
DROP = 0.1  # share of rows trained without their class (Alemohammad et al. 2024)


class Denoiser(Network):
    """A perceptron with ``depth`` hidden layers of ``hidden`` units. Its inputs are a noisy point
    (d,), a time in [0, 1] encoded by sines and cosines, and a class; its output is a vector (d,).

    With ``classes`` 0 a row is a point (n, d). Otherwise a row is (n, d + 1): a point, then its
    class number; draws contain every class equally often. A tenth of the rows is trained without
    class, so that ``guidance`` w can draw from (1 + w) f(x, class) - w f(x) (classifier-free
    guidance, Ho and Salimans 2022, eq. 6); the sampler ``Guidance`` sets it. ``guidance`` None
    draws from f(x, class), at half the cost.

    ``centre`` and ``scale``, in item units, standardise rows to the scale of the noise. ``steps``
    is the number of steps of a draw.
    """

    d: int = at_least(1, default=2, static=True)
    _: KW_ONLY
    hidden: int = at_least(1, default=64, static=True)
    depth: int = at_least(1, default=2, static=True)
    classes: int = at_least(0, default=0, static=True)
    centre: Numbers = array(default=0.0)
    scale: Numbers = array(default=1.0)
    guidance: Numbers | None = None

    def gives(self):
        if self.classes:
            return Items("classes", {"d": self.d + 1, "classes": self.classes})
        return Items("points", {"d": self.d}, ("pixels", "labelled"))

    def initial(self, key):
        inputs = self.d + 2 * FREQUENCIES + (self.classes + 1 if self.classes else 0)
        return mlp(key, (inputs, *[self.hidden] * self.depth, self.d), 0.1)

    def field(self, net, x: Array, time: Array, label: Array | None) -> Array:
        """(n, d) network output for points (n, d) at times (n,), of classes (n,); class number
        ``classes`` stands for no class."""
        # Frequencies up to 60 radians over [0, 1], to resolve the last steps of a draw.
        angle = time[:, None] * jnp.geomspace(1.0, 60.0, FREQUENCIES)
        seen = [x, jnp.sin(angle), jnp.cos(angle)]
        if self.classes:
            seen.append(jax.nn.one_hot(label, self.classes + 1))
        return run_mlp(net, jnp.concatenate(seen, 1))

    def guided(self, x: Array, time: Array, label: Array | None) -> Array:
        """The guided field of a draw at one time ()."""
        time = jnp.broadcast_to(time, len(x))
        own = self.field(self.net, x, time, label)
        if self.guidance is None:
            return own
        nobody = self.field(self.net, x, time, jnp.full(len(x), self.classes))
        return (1 + self.guidance) * own - self.guidance * nobody

    def parted(self, rows: Array) -> tuple[Array, Array | None]:
        """Split rows into points (n, d), in the network's units, and classes (n,) or None."""
        label = rows[:, self.d].astype(jnp.int32) if self.classes else None
        return (rows[:, : self.d] - self.centre) / self.scale, label

    def hidden_labels(self, key: Array, label: Array | None) -> Array | None:
        """Classes for training, some of them replaced by "no class"."""
        if label is None:
            return None
        return jnp.where(jax.random.bernoulli(key, DROP, label.shape), self.classes, label)

    @abstractmethod
    def denoised(self, key: Array, x: Array, label: Array | None) -> Array:
        """(n, d) points in the network's units, drawn from noise (n, d)."""

    def sample(self, key, n):
        start, which, more = jax.random.split(key, 3)
        noise = jax.random.normal(start, (n, self.d))
        label = jax.random.randint(which, (n,), 0, self.classes) if self.classes else None
        points = self.denoised(more, noise, label) * self.scale + self.centre
        if label is None:
            return points
        return jnp.concatenate([points, label[:, None].astype(points.dtype)], 1)

    def reshaped(self, sampler):
        if type(sampler) is not Guidance or not self.classes:
            return super().reshaped(sampler)
        return replace(self, guidance=sampler.weight)

    def validate(self):
        errors, name = super().validate(), type(self).__name__
        if self.guidance is not None and not self.classes:
            errors.append(f"{name} guidance needs classes: set classes, or leave guidance out.")
        return errors + unfit_units(self)


def spread_times(key: Array, n: int) -> Array:
    """(n,) times in [0, 1), each uniform and jointly stratified, which lowers the variance of the
    loss compared with independent times (Kingma et al. 2021, app. I.1)."""
    return (jax.random.uniform(key) + jnp.arange(n) / n) % 1.0
