"""How a fitted model is drawn from: a slot of its own, never a wrapper of the model.

A token sampler reshapes every next-token distribution in two steps that any token model can apply
in its own layout: raise to the power 1 / temperature and renormalise, then drop the tokens that
``keep`` rejects by their rank and by the probability of all likelier ones.
"""

from abc import abstractmethod
from typing import Any, ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.numerics.pytree import replace
from collapse.part import Numbers, Part, register
from collapse.types import REAL, Batch

ROUNDING = 16  # times the precision: how far off a sum of probabilities may be


class Sampler(Part):
    """Draw from the model as it is, n items.

    ``taken`` is how many of the rows that the judge keeps the next pool will take: a sampler that
    draws one summary draws it of that many items.
    """

    kind: ClassVar[str] = "items"  # of the rows it draws: items, support or summary

    def noise(self, key: Array, model, taken: Array) -> Any:
        """All that is random in a draw, apart from the model's parameters; here, the key."""
        return key

    def draw(self, noise: Any, model, n: int, group: int, taken: Any = None) -> Batch:
        rows = model.reshaped(self).sample_groups(noise, n, group)
        return Batch(rows, jnp.ones(n), jnp.zeros(n, jnp.int32))

    def real(self, key: Array, truth, n: int, count: Array | float) -> Batch:
        """n items of the truth, as they are: a sampler is about models. A summary is of ``count``
        items."""
        return truth.real(key, n)

    def check_compatible(self, arm) -> list[str]:
        """Why this sampler cannot be part of the arm, each a sentence."""
        return []

    def validate(self) -> list[str]:
        return []


@register("plain", "the model as it is")
@final
class Plain(Sampler):
    """Every item with the probability the model gives it."""


@register("covariance-scale", "covariance times a factor")
@final
class CovarianceScale(Sampler):
    """The covariance of every draw times ``factor``: the sampling bias lambda of Alemohammad et
    al. (2024), 1 for none. Exactly so for a Gaussian; a flow narrows the noise it starts from, and
    a diffusion with classes guides by w = 1 / lambda - 1."""

    factor: Numbers = 1.0

    def validate(self):
        if not 0 < float(self.factor) <= 4:
            return [f"CovarianceScale factor must lie in (0, 4], not {float(self.factor):g}."]
        return []


class Stepwise(Sampler):
    """Base of the samplers that go token by token: each next-token distribution is reshaped,
    given at most what a row has said so far."""

    def opened(self, n: int, size: int) -> Any:
        """What is remembered of n rows before their first token, of ``size`` there are."""
        return ()

    def heard(self, memory: Any, token: Array, place: Array) -> Any:
        """The memory once the token (n,) before ``place`` is heard; at place 0 that is no token of
        the row, but its start."""
        return memory

    @abstractmethod
    def shaped(self, logits: Array, memory: Any = ()) -> Array:
        """(n, V) the logits of what is drawn, from those of the model."""


class TokenSampler(Stepwise):
    """Base of the samplers that reshape next-token distributions without a memory, so that a table
    of them can be reshaped as a whole.

    ``temperature`` < 1 sharpens, > 1 flattens; probabilities go to the power 1 / temperature.
    """

    temperature: Numbers = eqx.field(default=1.0, kw_only=True)

    def keep(self, rank: Array, before: Array) -> Array:
        """Which tokens may be drawn. ``rank``: 0 for the likeliest token of its distribution,
        ties by token number; ``before``: total probability of the tokens of smaller rank."""
        return jnp.ones(jnp.shape(rank), bool)

    def shaped(self, logits, memory=()):
        logits = logits / self.temperature
        if type(self).keep is TokenSampler.keep:
            return logits
        # In logarithms: at low temperatures probabilities would be lost to rounding.
        cold = replace(self, temperature=jnp.ones(()))
        return jnp.log(reshape(jax.nn.softmax(logits), cold))

    def draw(self, noise, model, n, group, taken=None):
        rows = model.sample_groups(noise, n, group, self)
        return Batch(rows, jnp.ones(n), jnp.zeros(n, jnp.int32))

    def validate(self):
        if not float(self.temperature) > 0:
            return [f"temperature must be above 0, not {float(self.temperature):g}."]
        return []


@register("tempered", "temperature")
@final
class Tempered(TokenSampler):
    """Every next-token distribution to the power 1 / temperature."""

    temperature: Numbers = 1.0


@register("top-k", "the k likeliest next tokens")
@final
class TopK(TokenSampler):
    """Only the k likeliest next tokens (Fan et al. 2018)."""

    k: Array | int = 50

    def keep(self, rank, before):
        return rank < self.k

    def validate(self):
        few = [] if int(self.k) >= 1 else [f"top-k needs k of at least 1, not {int(self.k)}."]
        return super().validate() + few


@register("top-p", "the likeliest share p of next tokens")
@final
class TopP(TokenSampler):
    """The smallest set of next tokens with total probability of at least p (Holtzman 2020).

    A set whose total falls short of p by rounding alone holds p: counts often add up to p exactly,
    and their shares as floats then do not.
    """

    p: Numbers = 0.9

    def keep(self, rank, before):
        rounding = ROUNDING * jnp.finfo(before.dtype).eps
        return (before < self.p - rounding) | (rank == 0) | (self.p >= 1)

    def validate(self):
        inside = 0 < float(self.p) <= 1
        return super().validate() + (
            [] if inside else [f"top-p needs p in (0, 1], not {float(self.p):g}."]
        )


@register("statistic", "sufficient statistics, no items")
@final
class Statistic(Sampler):
    """One sufficient statistic in place of the items it is of: equal in law, at a fraction of the
    work. ``of`` is the sampler that would have drawn the items."""

    kind = "summary"

    of: Sampler = Plain()

    def noise(self, key, model, taken):
        return model.noise(key, taken)

    def draw(self, noise, model, n, group, taken=None):
        row = model.reshaped(self.of).summary(noise, taken)
        return Batch(row, jnp.reshape(taken, 1), jnp.zeros(1, jnp.int32), self.kind)

    def real(self, key, truth, n, count):
        count = jnp.asarray(count, float)
        row = truth.summary(truth.noise(key, count), count)
        return Batch(row, count.reshape(1), jnp.full(1, REAL, jnp.int32), self.kind)

    def validate(self):
        return self.of.validate()


@register("support", "exact: all outcomes")
@final
class Support(Sampler):
    """Exact mode: every outcome with its probability, as if infinitely many items were drawn by
    way of ``of``. Nothing is random; judges answer through ``expect``."""

    kind = "support"

    of: Sampler = Plain()

    def draw(self, noise, model, n, group, taken=None):
        rows, p = model.reshaped(self.of).support()
        return Batch(rows, p, jnp.zeros(len(p), jnp.int32), self.kind)

    def real(self, key, truth, n, count):
        rows, p = truth.support()
        return Batch(rows, p, jnp.full(len(p), REAL, jnp.int32), self.kind)

    def validate(self):
        return self.of.validate()


def reshape(p: Array, sampler: TokenSampler) -> Array:
    """Apply a token sampler to probabilities in rows: (..., V) -> (..., V), renormalised."""
    log_p = jnp.log(p) / sampler.temperature
    p = jnp.where(p > 0, jnp.exp(log_p - log_p.max(-1, keepdims=True)), 0)
    p = p / p.sum(-1, keepdims=True)
    order = jnp.argsort(-p, axis=-1, stable=True)
    falling = jnp.take_along_axis(p, order, -1)
    rank = jnp.argsort(order, axis=-1)
    before = jnp.take_along_axis(jnp.cumsum(falling, -1) - falling, rank, -1)
    p = jnp.where(sampler.keep(rank, before), p, 0)
    return p / p.sum(-1, keepdims=True)
