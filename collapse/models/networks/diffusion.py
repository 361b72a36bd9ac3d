"""Generative models that remove noise: flow matching and denoising diffusion."""

from dataclasses import KW_ONLY
from typing import final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.models.networks.denoiser import Denoiser, spread_times
from collapse.part import at_least, one_of, register

METHODS = {"euler": 1, "midpoint": 2}  # calls of the network per step
SCHEDULES = ("cosine", "linear")
LOG_2PI = float(np.log(2 * np.pi))


@register("flow-matching", "flow matching on straight paths, for points and images")
@final
class FlowMatching(Denoiser):
    """Conditional flow matching on straight paths (Lipman et al. 2023, eq. 21-23, sigma_min = 0).

    At time t a point is x_t = (1 - t) noise + t row. The network learns the velocity row - noise,
    and a draw integrates it from t = 0 to 1 in ``steps`` steps by the ``method`` "euler" or
    "midpoint" (two calls each). The loss of a row is the squared error per coordinate, in units of
    ``scale``^2.
    """

    _: KW_ONLY
    steps: int = at_least(1, default=32, static=True)
    method: str = one_of(*METHODS, default="midpoint")

    def losses(self, net, rows, key):
        times, start, hide = jax.random.split(key, 3)
        x, label = self.parted(rows)
        time, noise = spread_times(times, len(x)), jax.random.normal(start, x.shape)
        seen = noise + time[:, None] * (x - noise)
        velocity = self.field(net, seen, time, self.hidden_labels(hide, label))
        return ((velocity - (x - noise)) ** 2).mean(1)

    def stepped(self, velocity, x, time: Array, width: float):
        """One integration step of size ``width`` of dx/dt = velocity(x, t), for any tree x."""
        move = lambda x, slope, by: jax.tree.map(lambda a, b: a + by * b, x, slope)  # noqa: E731
        slope = velocity(x, time)
        if self.method == "midpoint":
            slope = velocity(move(x, slope, width / 2), time + width / 2)
        return move(x, slope, width)

    def denoised(self, key, x, label):
        velocity = lambda x, time: self.guided(x, time, label)  # noqa: E731
        step = lambda i, x: self.stepped(velocity, x, i / self.steps, 1 / self.steps)  # noqa: E731
        return jax.lax.fori_loop(0, self.steps, step, x)

    def log_prob(self, rows):
        """(n,) log-density in nats, given the class if there are classes: the path of the draw
        integrated backwards with its divergence (Chen et al. 2018, eq. 8). Exact up to the step
        size, at d + 1 times the cost of a draw."""
        x, label = self.parted(rows)
        identity = jnp.eye(self.d)

        def velocity(state, time):
            along = lambda x: self.guided(x, time, label)  # noqa: E731
            push = lambda e: jax.jvp(along, (state[0],), (jnp.broadcast_to(e, x.shape),))  # noqa: E731
            slopes, pushed = jax.lax.map(push, identity)
            return slopes[0], jnp.einsum("ini->n", pushed)

        def step(i, state):
            return self.stepped(velocity, state, 1 - i / self.steps, -1 / self.steps)

        start = x, jnp.zeros(len(x), x.dtype)
        noise, total = jax.lax.fori_loop(0, self.steps, step, start)
        scale = jnp.log(jnp.broadcast_to(self.scale, (self.d,))).sum()
        return total - scale - 0.5 * ((noise**2).sum(1) + self.d * LOG_2PI)


@register("ddpm", "denoising diffusion (DDPM), for points and images")
@final
class DDPM(Denoiser):
    """Denoising diffusion (Ho et al. 2020) with ``steps`` steps; the network predicts the noise.

    A row becomes x_t = sqrt(a_t) row + sqrt(1 - a_t) noise, t = 1 .. steps, with a_t by a "cosine"
    (Nichol and Dhariwal 2021, eq. 17) or "linear" schedule (Ho et al.: 1e-4 to 0.02 over 1000
    steps, stretched to fewer). The loss of a row is the squared error of the noise per coordinate
    (eq. 14). A draw is ancestral (algorithm 2), each step with the variance of the forward step,
    the larger of the paper's two choices. With the smaller one the sampler alone would lose 5 % of
    a normal's variance at 100 steps; this one is within 1 % there, and makes modes of a hundredth
    of the variance 7 % too wide (derived, for the exact field).
    """

    _: KW_ONLY
    steps: int = at_least(2, default=100, static=True)
    schedule: str = one_of(*SCHEDULES)

    def kept(self) -> np.ndarray:
        """(steps + 1,) a_t, the squared share of the row at t = 0 .. steps."""
        t = np.arange(self.steps + 1) / self.steps
        if self.schedule == "cosine":
            signal = np.cos((t + 0.008) / 1.008 * np.pi / 2) ** 2
            beta = np.minimum(1 - signal[1:] / signal[:-1], 0.999)
        else:
            beta = np.minimum(np.linspace(1e-4, 0.02, self.steps) * 1000 / self.steps, 0.999)
        return np.concatenate([[1.0], np.cumprod(1 - beta)])

    def losses(self, net, rows, key):
        times, start, hide = jax.random.split(key, 3)
        x, label = self.parted(rows)
        t = 1 + jnp.floor(spread_times(times, len(x)) * self.steps).astype(jnp.int32)
        t = jnp.minimum(t, self.steps)
        noise, kept = jax.random.normal(start, x.shape), jnp.asarray(self.kept(), x.dtype)[t]
        seen = jnp.sqrt(kept)[:, None] * x + jnp.sqrt(1 - kept)[:, None] * noise
        predicted = self.field(net, seen, t / self.steps, self.hidden_labels(hide, label))
        return ((predicted - noise) ** 2).mean(1)

    def backward(self, x: Array, t: Array, label: Array | None) -> tuple[Array, Array]:
        """Mean (n, d) and variance of x_(t-1) given x_t (eq. 11; sigma_t^2 = beta_t)."""
        now, before = (jnp.asarray(self.kept(), x.dtype)[at] for at in (t, t - 1))
        beta = 1 - now / before
        error = self.guided(x, t / self.steps, label)
        return (x - beta / jnp.sqrt(1 - now) * error) / jnp.sqrt(1 - beta), beta

    def denoised(self, key, x, label):
        def step(i, x):
            t = self.steps - i
            mean, variance = self.backward(x, t, label)
            noise = jax.random.normal(jax.random.fold_in(key, i), x.shape)
            return mean + jnp.where(t > 1, jnp.sqrt(variance), 0) * noise

        return jax.lax.fori_loop(0, self.steps, step, x)

    def log_prob(self, rows):
        """(n,) variational bound in nats (eq. 5), with one noise per step from a fixed key; given
        the class if there are classes. Its mean is below the log-density of the draws, except for
        the last step, where the bound includes noise that a draw omits."""
        x, label = self.parted(rows)
        kept = jnp.asarray(self.kept(), x.dtype)

        def step(i, total):
            t = self.steps - i
            noise = jax.random.normal(jax.random.fold_in(jax.random.key(0), t), x.shape)
            now, before = kept[t], kept[t - 1]
            beta = 1 - now / before
            seen = jnp.sqrt(now) * x + jnp.sqrt(1 - now) * noise
            mean, variance = self.backward(seen, t, label)
            # Posterior mean given the row (eq. 7); at t = 1 it is the row.
            known = (seen - beta / jnp.sqrt(1 - now) * noise) / jnp.sqrt(1 - beta)
            square = ((known - mean) ** 2).sum(1) / variance
            ratio = jnp.where(t == 1, 1, (1 - before) / (1 - now))  # ratio of the two variances
            ends = jnp.where(t == 1, LOG_2PI + jnp.log(variance), ratio - 1 - jnp.log(ratio))
            return total - 0.5 * (square + self.d * ends)

        total = jax.lax.fori_loop(0, self.steps, step, jnp.zeros(len(x), x.dtype))
        last = kept[-1]
        to_prior = 0.5 * (last * (x**2).sum(1) - self.d * (last + jnp.log1p(-last)))
        return total - to_prior - jnp.log(jnp.broadcast_to(self.scale, (self.d,))).sum()
