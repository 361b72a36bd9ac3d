"""Learned reward model: fitted online to noisy labels of a true reward, and used as a proxy for
it."""

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
from collapse.part import Numbers, at_least, positive, register
from collapse.rewards.base import Likelihood, Reward
from collapse.rewards.features import embedded
from collapse.types import Verdict


@register("learned", "reward model refitted to labels in every generation")
@final
class Learned(Judge):
    """Judge by a reward model that is learned online, a proxy for the reward ``teacher``.

    In each generation the ``teacher`` labels ``labels`` candidates drawn at random, with Gaussian
    errors of standard deviation ``sd``. A linear model of ``features`` is fitted to all labels so
    far by ridge regression, and the ``policy`` acts on its predictions for all candidates. The
    policy's own reward is not used.

    ``features(items)`` returns (m, width); the default is ``embedding``. The model can never
    distinguish items with equal features, however many labels it gets. With one feature per outcome
    it is the posterior mean for a reward of prior mean 0 and prior variance sd^2 / ridge.

    In exact mode ``labels`` outcomes are drawn by their mass and labelled: the labels stay few and
    random, although the batch represents infinitely many items.
    """

    teacher: Reward = eqx.field(default_factory=Likelihood)
    _: KW_ONLY
    policy: Judge = eqx.field(default_factory=TopFraction)
    features: Callable | None = eqx.field(static=True, default=None)
    width: int = eqx.field(static=True, default=64)
    labels: int = at_least(1, default=50, static=True)
    sd: Numbers = at_least(0, default=0.0)
    ridge: Numbers = positive(default=1.0)
    squares: Array | None = None  # (width, width), X'X of the labelled items; set by ``prepare``
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
        """The judge with sums of its width: zero, unless it has such sums already."""
        if self.products is not None and self.products.shape == (self.width,):
            return self
        f = self.width
        return replace(self, squares=jnp.zeros((f, f)), products=jnp.zeros(f))

    @property
    def coefficients(self) -> Array:
        """(width,) coefficients of the fitted model: (X'X + ridge I)^-1 X'y."""
        squares = self.squares + self.ridge * jnp.eye(self.width)
        return jax.scipy.linalg.solve(squares, self.products, assume_a="pos")

    def judge(self, key, view):
        choosing, asking, erring, weighing = jax.random.split(key, 4)
        x = embedded("Learned", view.items, self.features, self.width).astype(float)
        labelled = self._labelled(choosing, view)
        true_reward = self.teacher.score(asking, view)[labelled]
        labels = true_reward + self.sd * jax.random.normal(erring, true_reward.shape)
        fitted = self.bind(None)._with(x[labelled], labels)
        reward = x @ fitted.coefficients
        return Verdict(self.policy.weights(weighing, view, reward), reward), fitted

    def _labelled(self, key: Array, view) -> Array:
        """(labels,) indices of the candidates that are labelled."""
        m = len(view.batch.mass)
        if view.batch.exact:
            return jax.random.categorical(key, jnp.log(view.batch.mass), shape=(self.labels,))
        if self.labels > m:
            raise UserError(f"Learned cannot label {self.labels} of {m} candidates: lower labels.")
        return jax.random.permutation(key, m)[: self.labels]

    def _with(self, x: Array, y: Array) -> "Learned":
        """The judge that has also learned from rows x (labels, width) with labels y (labels,)."""
        return replace(self, squares=self.squares + x.T @ x, products=self.products + x.T @ y)

    def validate(self):
        if self.policy.judges_by_reward:
            return super().validate()
        name = type(self.policy).__name__
        return [*super().validate(), f"Learned policy must act on a reward; {name} does not."]
