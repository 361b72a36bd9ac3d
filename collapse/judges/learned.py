"""A reward model that is fitted to labels while it judges: a proxy of what is really wanted."""

from collections.abc import Callable
from dataclasses import KW_ONLY
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.errors import UserError
from collapse.judges.base import Judge
from collapse.judges.policies import TopFraction
from collapse.numerics.pytree import replace
from collapse.part import Numbers, register
from collapse.rewards.base import Likelihood, Reward
from collapse.rewards.features import embedded
from collapse.types import Verdict


@register("learned", "a reward model refitted to labels")
@final
class Learned(Judge):
    """In each generation the ``teacher`` labels as many candidates as ``labels`` says, drawn at
    random, with Gaussian errors of standard deviation ``sd``; a linear model of ``features`` is
    fitted to all labels so far by ridge regression, and the ``policy`` acts on what it predicts for
    every candidate. The policy's own reward is not asked.

    ``features(items)`` gives (m, width); without it items are as ``embedding`` makes them. What
    the features cannot tell apart the model never learns to tell apart, however many labels it
    sees. With one feature for each outcome it is the posterior mean for a reward of prior mean 0
    and prior variance sd^2 / ridge.

    In exact mode the labels are of ``labels`` outcomes drawn by their mass: they stay few, and
    random, among infinitely many items.
    """

    teacher: Reward = eqx.field(default_factory=Likelihood)
    _: KW_ONLY
    policy: Judge = eqx.field(default_factory=TopFraction)
    features: Callable | None = eqx.field(static=True, default=None)
    width: int = eqx.field(static=True, default=64)
    labels: int = eqx.field(static=True, default=50)
    sd: Numbers = 0.0
    ridge: Numbers = 1.0
    squares: Array | None = None  # (width, width), X'X of all that was labelled; made by the arm
    products: Array | None = None  # (width,), X'y

    @property
    def share(self):
        return self.policy.share

    @property
    def group(self):
        return self.policy.group

    @property
    def uses_truth(self):
        return self.teacher.uses_truth or self.policy.uses_truth

    def bind(self, arm) -> "Learned":
        """With sums of its width, of nothing unless it has some."""
        if self.products is not None and self.products.shape == (self.width,):
            return self
        f = self.width
        return replace(self, squares=jnp.zeros((f, f)), products=jnp.zeros(f))

    @property
    def coefficients(self) -> Array:
        """(width,) those of the fitted model: (X'X + ridge I)^-1 X'y."""
        squares = self.squares + self.ridge * jnp.eye(self.width)
        return jax.scipy.linalg.solve(squares, self.products, assume_a="pos")

    def judge(self, key, view):
        choosing, asking, erring, weighing = jax.random.split(key, 4)
        x = embedded("Learned", view.items, self.features, self.width).astype(float)
        shown = self._shown(choosing, view)
        wanted = self.teacher.score(asking, view)[shown]
        labels = wanted + self.sd * jax.random.normal(erring, wanted.shape)
        fitted = self.bind(None)._with(x[shown], labels)
        reward = x @ fitted.coefficients
        if view.batch.exact:
            weight = self.policy.expect(view, reward)
        else:
            weight = self.policy.weigh(weighing, view, reward)
        return Verdict(weight, reward), fitted

    def _shown(self, key: Array, view) -> Array:
        """(labels,) the places of the candidates that are labelled."""
        m = len(view.batch.mass)
        if view.batch.exact:
            return jax.random.categorical(key, jnp.log(view.batch.mass), shape=(self.labels,))
        if self.labels > m:
            raise UserError(f"Learned cannot label {self.labels} of {m} candidates: lower labels.")
        return jax.random.permutation(key, m)[: self.labels]

    def _with(self, x: Array, y: Array) -> "Learned":
        return replace(self, squares=self.squares + x.T @ x, products=self.products + x.T @ y)

    def validate(self):
        found = []
        if self.labels < 1:
            found.append(f"Learned labels must be at least 1, not {self.labels}.")
        if not float(jnp.asarray(self.ridge)) > 0:
            found.append(f"Learned ridge must be above 0, not {float(self.ridge):g}.")
        if not float(jnp.asarray(self.sd)) >= 0:
            found.append(f"Learned sd must be at least 0, not {float(self.sd):g}.")
        if type(self.policy).judge is not Judge.judge:
            name = type(self.policy).__name__
            found.append(f"Learned policy must act on a reward; {name} has verdicts of its own.")
        return found
