"""What networks that turn noise into rows share: the perceptron, the time, classes, guidance."""

from abc import abstractmethod
from dataclasses import KW_ONLY

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.items import Items
from collapse.models.networks.coupling_flow import unfit_units
from collapse.models.networks.network import Network, mlp, run_mlp
from collapse.numerics.pytree import replace
from collapse.part import Numbers, array
from collapse.samplers.base import CovarianceScale

FREQUENCIES = 8
DROP = 0.1  # share of rows trained without their class (Alemohammad et al. 2024)


class Denoiser(Network):
    """A perceptron of ``depth`` hidden layers of ``hidden`` units that reads a noisy point (d,), a
    time in [0, 1] as sines and cosines, and a class, and gives a vector (d,).

    ``classes`` 0: a row is a point (n, d). Above 0 a row is (n, d + 1): a point, then the number of
    its class; a draw takes every class equally often. A tenth of the rows is trained without its
    class, so that ``guidance`` w can draw from (1 + w) f(x, class) - w f(x) (classifier-free, Ho
    and Salimans 2022, eq. 6). ``CovarianceScale(factor)`` sets w = 1 / factor - 1: the sampling
    bias lambda = 1 / (1 + w) of Alemohammad et al. (2024). ``guidance`` None draws f(x, class), for
    half the work.

    ``centre`` and ``scale``, in item units, take a row to the size of the standard normal that a
    draw starts from. ``steps`` is how often a draw calls the network.
    """

    d: int = eqx.field(static=True, default=2)
    _: KW_ONLY
    hidden: int = eqx.field(static=True, default=64)
    depth: int = eqx.field(static=True, default=2)
    classes: int = eqx.field(static=True, default=0)
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
        """(n, d) what the network says of points (n, d) at times (n,), of classes (n,); the class
        numbered ``classes`` is none."""
        # Up to 60 radians over [0, 1]: the end of a draw is told from what is just before it.
        angle = time[:, None] * jnp.geomspace(1.0, 60.0, FREQUENCIES)
        seen = [x, jnp.sin(angle), jnp.cos(angle)]
        if self.classes:
            seen.append(jax.nn.one_hot(label, self.classes + 1))
        return run_mlp(net, jnp.concatenate(seen, 1))

    def guided(self, x: Array, time: Array, label: Array | None) -> Array:
        """The field that a draw follows at one time ()."""
        time = jnp.broadcast_to(time, len(x))
        own = self.field(self.net, x, time, label)
        if self.guidance is None:
            return own
        nobody = self.field(self.net, x, time, jnp.full(len(x), self.classes))
        return (1 + self.guidance) * own - self.guidance * nobody

    def parted(self, rows: Array) -> tuple[Array, Array | None]:
        """Points (n, d) in the network's units, and classes (n,), of rows."""
        label = rows[:, self.d].astype(jnp.int32) if self.classes else None
        return (rows[:, : self.d] - self.centre) / self.scale, label

    def hidden_labels(self, key: Array, label: Array | None) -> Array | None:
        """Classes for training: some of them are told to be none."""
        if label is None:
            return None
        return jnp.where(jax.random.bernoulli(key, DROP, label.shape), self.classes, label)

    @abstractmethod
    def denoised(self, key: Array, x: Array, label: Array | None) -> Array:
        """(n, d) points in the network's units, of noise (n, d)."""

    def sample(self, key, n):
        start, which, more = jax.random.split(key, 3)
        noise = jax.random.normal(start, (n, self.d))
        label = jax.random.randint(which, (n,), 0, self.classes) if self.classes else None
        points = self.denoised(more, noise, label) * self.scale + self.centre
        if label is None:
            return points
        return jnp.concatenate([points, label[:, None].astype(points.dtype)], 1)

    def reshaped(self, sampler):
        if type(sampler) is not CovarianceScale or not self.classes:
            return super().reshaped(sampler)
        return replace(self, guidance=1 / sampler.factor - 1)

    def validate(self):
        errors, name = [], type(self).__name__
        if min(self.d, self.hidden, self.depth) < 1 or self.classes < 0:
            errors.append(f"{name} d, hidden and depth must be at least 1, classes at least 0.")
        if self.guidance is not None and not self.classes:
            errors.append(f"{name} guidance needs classes: set classes, or leave guidance out.")
        return errors + unfit_units(self)


def spread_times(key: Array, n: int) -> Array:
    """(n,) times in [0, 1), each uniform and together evenly spread: a loss over them varies less
    than over independent ones (Kingma et al. 2021, app. I.1)."""
    return (jax.random.uniform(key) + jnp.arange(n) / n) % 1.0
