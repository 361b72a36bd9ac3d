"""Rewards: what a judge thinks of an item, as a signed number. Judges decide what to do with it."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import KW_ONLY
from typing import ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.errors import UserError
from collapse.items import POINTS, TEXT, Items
from collapse.numerics.tokens import lengths
from collapse.part import Numbers, Part, array, register
from collapse.schedule import Schedule, value_at
from collapse.types import View

UNDER = ("model", "reference", "previous")  # models an item can be likely under


class Reward(Part):
    """A number for every candidate."""

    uses_truth: ClassVar[bool] = False
    random: ClassVar[bool] = False  # differs between equal items: it has no exact form

    @abstractmethod
    def score(self, key: Array, view: View) -> Array:
        """(m,) reward of each candidate."""

    def takes(self) -> Items | None:
        """The items it can read; None for any, or where it does not say."""
        return None

    def validate(self) -> list[str]:
        return []


@register("likelihood", "log-probability, per token")
@final
class Likelihood(Reward):
    """Log-probability of the item ``under`` the "model" that drew it, the "reference" (the first
    fit) or the "previous" model, that of the generation before.

    ``per`` "token" divides by the number of tokens, end symbol included: it selects items made of
    common parts. ``per`` "item" is the sum: it selects short items. They differ wildly.
    """

    per: str = eqx.field(static=True, default="token")
    _: KW_ONLY
    under: str = eqx.field(static=True, default="model")

    def score(self, key, view):
        under = {"model": view.model, "reference": view.reference, "previous": view.previous}
        log_prob = under[self.under].log_prob(view.items)
        if self.per == "item" or not is_text(view.items):
            return log_prob
        return log_prob / lengths(view.items)

    def validate(self):
        found = []
        if self.per not in ("token", "item"):
            found.append(f"Likelihood per must be token or item, not {self.per!r}.")
        if self.under not in UNDER:
            found.append(f"Likelihood under must be {', '.join(UNDER)}, not {self.under!r}.")
        return found


@register("ratio", "log-probability, reference minus model")
@final
class Ratio(Reward):
    """Log-probability of the item under the reference minus that under the model, in nats: the
    logarithm of its importance weight. Its mean is minus the KL divergence from model to reference.
    What the model cannot say at all has 0. The arm needs ``keep_reference``."""

    under = "reference"

    def score(self, key, view):
        own = view.log_prob()
        return jnp.where(own > -jnp.inf, view.reference_log_prob() - own, 0.0)


@register("length", "tokens in the item")
@final
class Length(Reward):
    """Number of tokens of the item, its end symbol not counted."""

    def takes(self):
        return Items("tokens", {}, (*TEXT, "pairs"))

    def score(self, key, view):
        return (view.items != 0).sum(-1).astype(float)


class FunctionReward(Reward):
    """Any function of the items alone: ``function(items) -> (m,)``, written in JAX."""

    function: Callable = eqx.field(static=True)

    def score(self, key, view):
        found = self.function(view.items)
        if found is None:
            name = getattr(self.function, "__name__", "of the items")
            raise UserError(
                f"The function {name} returned None: end it with return and one number for each "
                "item."
            )
        return found


@register("distance", "how near a target, clipped")
@final
class Distance(Reward):
    """Minus the distance of a point to ``target`` (d,), in the units of the items, and never below
    -``at_most`` (the clipped rewards of Ferbach et al. 2024 in the plane)."""

    target: Numbers = array(1)
    _: KW_ONLY
    at_most: Numbers = jnp.inf

    def takes(self):
        d = len(self.target)
        return Items("points", {"d": None if d == 1 else d}, POINTS)

    def score(self, key, view):
        away = jnp.sqrt(((view.items - self.target) ** 2).sum(-1))
        return -jnp.minimum(away, self.at_most)

    def validate(self):
        return [] if float(self.at_most) > 0 else ["Distance at_most must be above 0."]


@register("valid", "1 for what the truth can say")
@final
class Valid(Reward):
    """1 for what the truth can say, 0 for what it cannot: an oracle, which reads the truth."""

    uses_truth = True

    def score(self, key, view):
        return (view.truth.log_prob(view.items) > -jnp.inf).astype(float)


@register("table", "a number for each outcome")
@final
class TableReward(Reward):
    """A number for each outcome of a model of K: ``values`` (K,)."""

    values: Numbers = array(0)

    def takes(self):
        return Items("outcomes", {"outcomes": len(self.values)})

    def score(self, key, view):
        return self.values[view.items].astype(float)

    def validate(self):
        return table_mistakes("TableReward", "values", self.values)


class Wrapper(Reward):
    """Base of the rewards that change another one, ``reward``."""

    reward: Reward

    @property
    def uses_truth(self):
        return self.reward.uses_truth


@register("scaled", "another times a number")
@final
class Scaled(Wrapper):
    """Another reward times ``by``: how much a judge makes of it, beside its noise and likings."""

    _: KW_ONLY
    by: Array | float | Schedule = 1.0

    def score(self, key, view):
        return value_at(self.by, view.t) * self.reward.score(key, view)


@register("noise", "another plus noise, Gaussian or heavy-tailed")
@final
class Noise(Wrapper):
    """Another reward plus independent noise of scale ``sd``: Gaussian, or Student's t of
    ``df`` degrees, whose heavy tail is what a turn-down of the true reward can come from."""

    random = True

    _: KW_ONLY
    sd: Numbers = 1.0
    df: Numbers | None = None

    def score(self, key, view):
        inner, own = jax.random.split(key)
        reward = self.reward.score(inner, view)
        if self.df is None:
            return reward + self.sd * jax.random.normal(own, reward.shape)
        return reward + self.sd * jax.random.t(own, self.df, reward.shape)

    def validate(self):
        found = []
        if not float(jnp.asarray(self.sd)) >= 0:
            found.append(f"Noise sd must be at least 0, not {float(self.sd):g}.")
        if self.df is not None and not float(jnp.asarray(self.df)) > 0:
            found.append(f"Noise df must be above 0, not {float(self.df):g}.")
        return found


def is_text(items: Array) -> bool:
    """Whether items are token rows (m, L), and not outcomes or points."""
    return items.ndim == 2 and jnp.issubdtype(items.dtype, jnp.integer)


def table_mistakes(part: str, field: str, values: Array) -> list[str]:
    """What is wrong with a list of one number for each outcome."""
    values = jnp.asarray(values)
    if values.ndim != 1 or bool(jnp.isnan(values).any()):
        return [f"{part} {field} must be a list of numbers, one for each outcome."]
    return []
