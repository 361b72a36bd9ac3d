"""Samplers: how items are drawn from a fitted model. A sampler is a part of its own and does not
wrap the model.

A token sampler transforms every next-token distribution in two steps, which any token model can
apply in its own layout: raise to the power 1 / temperature and renormalise, then drop the tokens
that ``keep`` rejects by their rank and by the total probability of all more probable tokens.
"""

from abc import abstractmethod
from typing import Any, ClassVar, final

import jax
import jax.numpy as jnp
from jax import Array

from collapse.numerics.pytree import replace
from collapse.part import Numbers, Part, at_least, positive, register, within
from collapse.types import REAL, Batch

ROUNDING = 16  # machine epsilons: tolerance for sums of probabilities


class Sampler(Part):
    """Base class of samplers; without methods of its own it draws from the model's distribution.

    ``taken`` is the number of kept rows that the next pool takes: a sampler that draws one summary
    draws it for that many items.
    """

    kind: ClassVar[str] = "items"  # kind of the rows it draws: items, support or summary

    def noise(self, key: Array, model, taken: Array) -> Any:
        """The random numbers of a draw, which do not depend on the model's parameters; here the
        key."""
        return key

    def draw(self, noise: Any, model, n: int, group: int, taken: Any = None) -> Batch:
        """A batch of n candidates of the model, consecutive ones in groups of ``group``; ``noise``
        is what the method ``noise`` gave."""
        rows = model.reshaped(self).sample_groups(noise, n, group)
        return Batch(rows, jnp.ones(n), jnp.zeros(n, jnp.int32))

    def real(self, key: Array, truth, n: int, count: Array | float) -> Batch:
        """n unmodified items of the truth: samplers change only models. A summary represents
        ``count`` items."""
        return truth.real(key, n)


@register("plain", "unmodified model distribution")
@final
class Plain(Sampler):
    """Items drawn from the unmodified model distribution."""


@register("covariance-scale", "covariance of the model multiplied by a factor")
@final
class CovarianceScale(Sampler):
    """Multiplies the covariance of every draw by ``factor``: the sampling bias lambda of
    Alemohammad et al. (2024), 1 for none. Exact for a Gaussian; a coupling flow scales the noise
    that it starts from."""

    factor: Numbers = within("(0, 4]", default=1.0)


@register("guidance", "classifier-free guidance of a diffusion model with classes")
@final
class Guidance(Sampler):
    """Draws from (1 + weight) f(x, class) - weight f(x), f being the field of a diffusion or flow
    matching model with classes (classifier-free guidance, Ho and Salimans 2022, eq. 6); 0 is the
    model itself. The sampling bias lambda of Alemohammad et al. (2024) is 1 / (1 + weight)."""

    weight: Numbers = within("[0, 100)", default=0.0)


class Stepwise(Sampler):
    """Base class of samplers that draw token by token: each next-token distribution is transformed,
    given at most the tokens of the row so far."""

    def opened(self, n: int, size: int) -> Any:
        """The initial memory for n rows, with a vocabulary of ``size`` tokens."""
        return ()

    def heard(self, memory: Any, token: Array, place: Array) -> Any:
        """The memory after the token (n,) before ``place`` has been read. At place 0 the token is
        the start of the row and not one of its tokens."""
        return memory

    @abstractmethod
    def shaped(self, logits: Array, memory: Any = ()) -> Array:
        """(n, V) logits of the sampling distribution, given those of the model."""


class TokenSampler(Stepwise):
    """Base class of samplers that transform next-token distributions without memory, so that a
    whole table of them can be transformed at once.

    ``temperature`` < 1 sharpens, > 1 flattens: probabilities are raised to the power 1 /
    temperature.
    """

    temperature: Numbers = positive(default=1.0, kw_only=True)

    def keep(self, rank: Array, before: Array) -> Array:
        """Which tokens may be drawn. ``rank``: 0 for the most probable token of its distribution,
        ties in order of token number; ``before``: total probability of the tokens of smaller rank.
        """
        return jnp.ones(jnp.shape(rank), bool)

    def shaped(self, logits, memory=()):
        logits = logits / self.temperature
        if type(self).keep is TokenSampler.keep:
            return logits
        # The temperature is applied to logits, since probabilities would underflow at low ones.
        without_temperature = replace(self, temperature=jnp.ones(()))
        return jnp.log(reshape(jax.nn.softmax(logits), without_temperature))

    def draw(self, noise, model, n, group, taken=None):
        rows = model.sample_groups(noise, n, group, self)
        return Batch(rows, jnp.ones(n), jnp.zeros(n, jnp.int32))


@register("tempered", "temperature sampling of tokens")
@final
class Tempered(TokenSampler):
    """Temperature sampling: every next-token distribution raised to the power 1 / temperature."""

    temperature: Numbers = positive(default=1.0)


@register("top-k", "top-k sampling of tokens")
@final
class TopK(TokenSampler):
    """Top-k sampling: only the k most probable next tokens (Fan et al. 2018)."""

    k: Array | int = at_least(1, default=50)

    def keep(self, rank, before):
        return rank < self.k


@register("top-p", "top-p (nucleus) sampling of tokens")
@final
class TopP(TokenSampler):
    """Top-p (nucleus) sampling: the smallest set of next tokens with total probability at least p
    (Holtzman 2020).

    A total that is below p by rounding only counts as p: counts often add up to p exactly, but
    their shares as floats do not.
    """

    p: Numbers = within("(0, 1]", default=0.9)

    def keep(self, rank, before):
        rounding = ROUNDING * jnp.finfo(before.dtype).eps
        return (before < self.p - rounding) | (rank == 0) | (self.p >= 1)


@register("statistic", "sufficient statistics in place of items")
@final
class Statistic(Sampler):
    """Draws one sufficient statistic in place of items: equal in distribution, with much less work.
    ``of`` is the sampler that would draw the items."""

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


@register("kept-statistic", "sufficient statistics of what a judge keeps")
@final
class KeptStatistic(Sampler):
    """Shows the judge every outcome with its probability, and draws the sufficient statistic of the
    items that it keeps, for judges that keep each outcome with a chance of its own. Equal in
    distribution to drawing items and judging each: the number kept is binomial, and given that the
    kept items are independent draws of the tilted law. ``of`` is the sampler that would draw them.
    """

    kind = "summary"

    of: Sampler = Plain()

    def draw(self, noise, model, n, group, taken=None):
        rows, p = model.reshaped(self.of).support()
        return Batch(rows, p, jnp.zeros(len(p), jnp.int32), "support")

    def real(self, key, truth, n, count):
        return Statistic(self.of).real(key, truth, n, count)

    def kept(self, key: Array, view, chance: Array) -> Batch:
        """The statistic of the kept items that the next pool takes, of the candidates of ``view``;
        ``chance`` (K,) of each outcome."""
        count_key, kept_key = jax.random.split(key)
        share = jnp.clip(view.batch.mass @ chance, 0, 1)
        m = jnp.asarray(view.candidates, share.dtype)
        count = jnp.minimum(jax.random.binomial(count_key, m, share), view.taken).reshape(1)
        row = view.model.reshaped(self.of).kept(kept_key, count[0], chance)
        return Batch(row, count, jnp.zeros(1, jnp.int32), self.kind)

    def validate(self):
        return self.of.validate()


@register("support", "exact mode: all outcomes with their probabilities")
@final
class Support(Sampler):
    """Exact mode: every outcome with its probability, the limit of infinitely many items drawn by
    the sampler ``of``. Nothing is random; judges answer through ``expect``."""

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
