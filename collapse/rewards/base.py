"""Rewards: a signed number for each item. Judges turn it into a selection."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import KW_ONLY
from typing import ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.errors import UserError
from collapse.items import POINTS, TEXT, Items
from collapse.numerics.tokens import lengths
from collapse.part import Numbers, Part, array, at_least, one_of, positive, register
from collapse.schedule import Schedule, value_at
from collapse.types import View

UNDER = ("model", "reference", "previous")  # models whose log-probability can be the reward


class Reward(Part):
    """Base class of rewards: a signed number for every candidate."""

    uses_truth: ClassVar[bool] = False
    under: ClassVar[str] = ""  # the model whose log-probability it reads, one of ``UNDER``
    random: ClassVar[bool] = False  # True if it can differ between equal items: no exact form

    @abstractmethod
    def score(self, key: Array, view: View) -> Array:
        """(m,) reward of each candidate."""


@register("likelihood", "log-probability per token or per item")
@final
class Likelihood(Reward):
    """Log-probability of the item ``under`` the "model" that drew it, the "reference" (the first
    fit) or the "previous" model (of the generation before).

    ``per`` "token" divides by the number of tokens, end symbol included: it favours items made of
    common parts. ``per`` "item" is the sum: it favours short items. The two select very different
    items.
    """

    per: str = one_of("token", "item")
    _: KW_ONLY
    under: str = one_of(*UNDER)

    def score(self, key, view):
        under = {"model": view.model, "reference": view.reference, "previous": view.previous}
        log_prob = under[self.under].log_prob(view.items)
        if self.per == "item" or not is_text(view.items):
            return log_prob
        return log_prob / lengths(view.items)


@register("ratio", "log-probability under the reference minus that under the model")
@final
class Ratio(Reward):
    """Log-probability of the item under the reference minus that under the model, in nats: the
    logarithm of its importance weight. Its mean is minus the KL divergence from model to reference.
    It is 0 for items that the model cannot draw. The arm needs ``keep_reference``."""

    under = "reference"

    def score(self, key, view):
        log_prob = view.log_prob()
        return jnp.where(log_prob > -jnp.inf, view.reference_log_prob() - log_prob, 0.0)


@register("length", "number of tokens")
@final
class Length(Reward):
    """Number of tokens of the item, without its end symbol."""

    def takes(self):
        return Items("tokens", {}, (*TEXT, "pairs"))

    def score(self, key, view):
        return (view.items != 0).sum(-1).astype(float)


class FunctionReward(Reward):
    """Any function of the items alone: ``function(items) -> (m,)``, written in JAX."""

    function: Callable = eqx.field(static=True)

    def score(self, key, view):
        numbers = self.function(view.items)
        if numbers is None:
            name = getattr(self.function, "__name__", "of the items")
            raise UserError(
                f"The function {name} returned None: end it with return and one number for each "
                "item."
            )
        return numbers


@register("distance", "negative distance to a target, clipped")
@final
class Distance(Reward):
    """Minus the distance of a point to ``target`` (d,), in the units of the items, clipped at
    -``at_most`` (Ferbach et al. 2024, experiments in the plane). With a ``covariance`` (d, d) it is
    the Mahalanobis distance, in standard deviations (Qiao et al. 2026)."""

    target: Numbers = array(1)
    _: KW_ONLY
    at_most: Numbers = positive(default=jnp.inf)
    covariance: Numbers | None = array(2, default=None)

    def takes(self):
        d = len(self.target)
        return Items("points", {"d": None if d == 1 else d}, POINTS)

    def score(self, key, view):
        gap = view.items - self.target
        scaled = gap if self.covariance is None else gap @ jnp.linalg.inv(self.covariance)
        return -jnp.minimum(jnp.sqrt((scaled * gap).sum(-1)), self.at_most)

    def validate(self):
        errors = super().validate()
        if self.covariance is None:
            return errors
        cov, d = np.asarray(self.covariance), len(self.target)
        if cov.shape != (d, d):
            errors.append(
                f"Distance covariance must be ({d}, {d}), as target has {d} numbers, not "
                f"{cov.shape}."
            )
        elif not np.allclose(cov, cov.T) or not (np.linalg.eigvalsh(cov) > 0).all():
            errors.append("Distance covariance must be symmetric and positive definite.")
        return errors


@register("valid", "1 for items of positive probability under the truth, else 0")
@final
class Valid(Reward):
    """1 for items of positive probability under the truth, else 0: an oracle that reads the
    truth."""

    uses_truth = True

    def score(self, key, view):
        return (view.truth.log_prob(view.items) > -jnp.inf).astype(float)


@register("table", "table with a number for each outcome")
@final
class TableReward(Reward):
    """A number for each of K outcomes: ``values`` (K,)."""

    values: Numbers = array(0)

    def takes(self):
        return Items("outcomes", {"outcomes": len(self.values)})

    def score(self, key, view):
        return self.values[view.items].astype(float)

    def validate(self):
        return table_errors("TableReward", "values", self.values)


class Wrapper(Reward):
    """Base class of rewards that modify another one, ``reward``."""

    reward: Reward

    @property
    def uses_truth(self):
        return self.reward.uses_truth


@register("scaled", "another reward times a factor")
@final
class Scaled(Wrapper):
    """Another reward times ``by``: its scale relative to noise and biases of the judge."""

    _: KW_ONLY
    by: Array | float | Schedule = 1.0

    def score(self, key, view):
        return value_at(self.by, view.t) * self.reward.score(key, view)


@register("noise", "another reward plus Gaussian or heavy-tailed noise")
@final
class Noise(Wrapper):
    """Another reward plus independent noise of scale ``sd``: Gaussian, or Student's t with ``df``
    degrees of freedom, whose heavy tail can make the true reward fall under strong selection."""

    random = True

    _: KW_ONLY
    sd: Numbers = at_least(0, default=1.0)
    df: Numbers | None = positive(default=None)

    def score(self, key, view):
        reward_key, noise_key = jax.random.split(key)
        reward = self.reward.score(reward_key, view)
        if self.df is None:
            return reward + self.sd * jax.random.normal(noise_key, reward.shape)
        return reward + self.sd * jax.random.t(noise_key, self.df, reward.shape)


def is_text(items: Array) -> bool:
    """Whether items are token rows (m, L) rather than outcomes or points."""
    return items.ndim == 2 and jnp.issubdtype(items.dtype, jnp.integer)


def table_errors(part: str, field: str, values: Array) -> list[str]:
    """Error sentences for a field that must hold one number per outcome; empty if it does."""
    values = jnp.asarray(values)
    if values.ndim != 1 or bool(jnp.isnan(values).any()):
        return [f"{part} {field} must be a list of numbers, one for each outcome."]
    return []
