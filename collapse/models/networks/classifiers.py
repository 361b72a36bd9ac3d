"""Classifiers: logistic regression and a perceptron, which label inputs."""

from abc import abstractmethod
from dataclasses import KW_ONLY
from typing import final

import jax
import jax.numpy as jnp
from jax import Array

from collapse.items import Items
from collapse.models.base import Model
from collapse.models.distributions.regression import least_squares
from collapse.models.networks.network import Network, mlp, run_mlp
from collapse.numerics.pytree import replace
from collapse.part import Numbers, array, at_least, one_of, register

STEPS = 12  # steps of Newton's method
LENGTHS = (1.0, 0.5, 0.25, 0.125, 0.0)  # step lengths, of which the best is taken
LABELS = ("drawn", "likeliest")


class Classifier(Model):
    """P(label 1 | x) = 1 / (1 + exp(-margin(x))), x from two equally likely classes.

    An item is a row of d + 1 numbers, x and then the label, 0 or 1. The inputs come from
    N(separation, I) and N(-separation, I) with equal probabilities, or from N(0, I) without a
    separation; they are known and not fitted. The label of a sampled input is ``drawn`` with its
    probability, or the ``likeliest``. Needs fields ``separation`` (d,) or None, ``labels``, and
    ``inputs``, d.
    """

    def gives(self):
        return Items("classes", {"d": self.inputs + 1, "classes": 2})

    @abstractmethod
    def margin(self, x: Array) -> Array:
        """(n,) the log-odds of label 1 for inputs (n, d)."""

    def sample(self, key, n):
        side_key, input_key, label_key = jax.random.split(key, 3)
        x = jax.random.normal(input_key, (n, self.inputs))
        if self.separation is not None:
            side = jax.random.bernoulli(side_key, 0.5, (n, 1))
            x = x + jnp.where(side, self.separation, -self.separation)
        p = self.chance(x)
        threshold = 0.5 if self.labels == "likeliest" else jax.random.uniform(label_key, (n,))
        return jnp.concatenate([x, (threshold < p)[:, None].astype(x.dtype)], axis=1)

    def chance(self, x: Array) -> Array:
        """(n,) the probability of label 1 for inputs (n, d)."""
        return jax.nn.sigmoid(self.margin(x))

    def log_prob(self, rows):
        """(n,) log-probability of the labels given their inputs, in nats, as they are drawn: 0 or
        -inf with ``labels`` "likeliest"."""
        margin = self.margin(rows[:, :-1])
        if self.labels == "likeliest":
            right = (margin > 0) == (rows[:, -1] > 0.5)
            return jnp.where(right, 0, -jnp.inf)
        return jax.nn.log_sigmoid((2 * rows[:, -1] - 1) * margin)

    def validate(self):
        errors, name = super().validate(), type(self).__name__
        if self.separation is not None and jnp.shape(self.separation) != (self.inputs,):
            errors.append(f"{name} separation must have {self.inputs} numbers, one for each input.")
        return errors


@register("logistic-regression", "logistic regression that labels points")
@final
class LogisticRegression(Classifier):
    """A linear classifier with margin x.w + bias, w (d,). The true posterior has w = 2 separation
    and bias 0. ``separation`` and ``labels`` are those of ``Classifier``.

    A fit takes a fixed number of Newton steps towards the maximum of the weighted mean
    log-likelihood minus (ridge / 2)(|w|^2 + bias^2); a small ridge keeps the fit to separable data
    finite.
    """

    w: Numbers = array(1)  # (d,)
    _: KW_ONLY
    bias: Numbers = 0.0
    separation: Numbers | None = array(default=None)  # (d,)
    ridge: Numbers = 1e-3
    labels: str = one_of(*LABELS)

    @property
    def inputs(self) -> int:
        return len(self.w)

    def margin(self, x):
        return x @ self.w + self.bias

    def fit(self, key, pool):
        share = pool.count / jnp.where(pool.count.sum() > 0, pool.count.sum(), 1)
        x = jnp.concatenate([pool.rows[:, :-1], jnp.ones_like(pool.rows[:, :1])], axis=1)
        sign = 2 * pool.rows[:, -1] - 1

        def loss(v):
            return share @ jax.nn.softplus(-sign * (x @ v)) + self.ridge / 2 * v @ v

        def step(_, v):
            p = jax.nn.sigmoid(x @ v)
            slope = (share * (p - (sign + 1) / 2)) @ x + self.ridge * v
            curve = (x * (share * p * (1 - p))[:, None]).T @ x
            tries = v - jnp.array(LENGTHS)[:, None] * least_squares(curve, slope, self.ridge)
            losses = jax.vmap(loss)(tries)
            return tries[jnp.argmin(jnp.where(jnp.isnan(losses), jnp.inf, losses))]

        v = jax.lax.fori_loop(0, STEPS, step, jnp.zeros(x.shape[1], x.dtype))
        return replace(self, w=v[:-1], bias=v[-1])

    def validate(self):
        errors = super().validate()
        if not float(self.ridge) > 0:
            errors.append(
                "LogisticRegression ridge must be above 0: without it the fit to separable data"
                " diverges."
            )
        return errors


@register("perceptron", "perceptron that labels points")
@final
class Perceptron(Network, Classifier):
    """A classifier whose margin is a perceptron with ``depth`` hidden layers of ``hidden`` units;
    depth 0 is logistic regression. The loss of a row is the negative log-likelihood of its label,
    in nats; ``training.decay`` acts as ridge. ``inputs`` is d; ``separation`` (d,) and ``labels``
    are those of ``Classifier``.
    """

    inputs: int = at_least(1, default=2, static=True)
    _: KW_ONLY
    hidden: int = at_least(1, default=32, static=True)
    depth: int = at_least(0, default=1, static=True)
    separation: Numbers | None = array(default=None)  # (inputs,)
    labels: str = one_of(*LABELS)

    def initial(self, key):
        return mlp(key, (self.inputs, *[self.hidden] * self.depth, 1), 0.1)

    def margin(self, x):
        return run_mlp(self.net, x)[:, 0]

    def losses(self, net, rows, key):
        return jax.nn.softplus((1 - 2 * rows[:, -1]) * run_mlp(net, rows[:, :-1])[:, 0])
