"""Rewards computed from features of an item: classifier confidence, similarity, scores of its
steps."""

from collections.abc import Callable
from dataclasses import KW_ONLY
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.errors import UserError
from collapse.part import Numbers, array, one_of, positive, register, within
from collapse.rewards.base import Reward
from collapse.schedule import Schedule, value_at

AGGREGATIONS = ("sum", "mean", "product", "min", "first-error")


def is_discrete(items: Array) -> bool:
    """Whether items are outcomes or token rows rather than points."""
    return jnp.issubdtype(items.dtype, jnp.integer)


def embedding(items: Array, width: int) -> Array:
    """Any items as vectors (m, width): points (m, d) unchanged and padded with zeros; outcomes (m,)
    one-hot; token rows (m, L) as counts of their tokens, without the end symbol. Outcomes and
    tokens are numbered modulo ``width``."""
    if not is_discrete(items):
        flat = items.reshape(len(items), -1)
        if flat.shape[1] > width:
            raise UserError(
                f"Points of {flat.shape[1]} numbers do not fit width={width}: raise it."
            )
        return jnp.pad(flat, ((0, 0), (0, width - flat.shape[1])))
    rows = items.reshape(len(items), -1)
    counted = rows != 0 if items.ndim > 1 else jnp.ones_like(rows, bool)
    place = jnp.arange(len(rows))[:, None]
    counts = jnp.zeros((len(rows), width), jnp.int32)
    return counts.at[place, rows % width].add(counted.astype(jnp.int32))


def embedded(owner: str, items: Array, embed: Callable | None, width: int) -> Array:
    """(m, width) vectors of the items: by the user's function ``embed``, or by ``embedding`` if
    None."""
    vectors = embedding(items, width) if embed is None else jnp.asarray(embed(items))
    if vectors.shape != (len(items), width):
        raise UserError(
            f"The function that {owner} embeds items with returned shape {vectors.shape}; it must "
            f"be (m, width) = ({len(items)}, {width})."
        )
    return vectors


@register("confidence", "posterior probability of a Gaussian classifier")
@final
class Confidence(Reward):
    """``strength`` times the confidence of a classifier: the posterior probability of the most
    probable class, or of class ``of``. Classes are Gaussians with means ``centres`` (C, d),
    standard deviation ``sd`` and weights ``prior`` (C,), equal by default. Ferbach et al. (2024),
    section 4: gamma max_i q_i(x) and gamma q_airplane(x)."""

    centres: Numbers = array(0)
    _: KW_ONLY
    sd: Numbers = positive(default=1.0)
    prior: Numbers | None = array(0, default=None)
    of: int | None = eqx.field(static=True, default=None)
    strength: Numbers = 1.0

    def posterior(self, points: Array) -> Array:
        """(m, C) posterior probability of each class."""
        # The term x^2 is common to all classes and left out: for distant points, single precision
        # would keep nothing else.
        log_odds = ((points[:, None] - self.centres / 2) * self.centres).sum(-1) / self.sd**2
        if self.prior is not None:
            log_odds = log_odds + jnp.log(self.prior)
        return jax.nn.softmax(log_odds, axis=1)

    def score(self, key, view):
        d = self.centres.shape[1]
        if is_discrete(view.items) or view.items.shape[1:] != (d,):
            raise UserError(
                f"Confidence needs points of {d} numbers, as many as its centres have; these items"
                f" have type {view.items.dtype} and shape {view.items.shape[1:]}. Use a model of"
                " points."
            )
        posterior = self.posterior(view.items)
        confidence = posterior.max(1) if self.of is None else posterior[:, self.of]
        return self.strength * confidence

    def validate(self):
        if self.centres.ndim != 2 or len(self.centres) < 2:
            return ["Confidence centres must be the points of at least two classes: shape (C, d)."]
        errors, classes = super().validate(), len(self.centres)
        if self.of is not None and not 0 <= self.of < classes:
            errors.append(f"Confidence of must be a class, 0 .. {classes - 1}, not {self.of}.")
        if self.prior is not None and (
            self.prior.shape != (classes,) or not bool((self.prior > 0).all())
        ):
            errors.append(f"Confidence prior must be {classes} weights above 0, one per class.")
        return errors


@register("similarity", "cosine similarity to a target or to the other candidates")
@final
class Similarity(Reward):
    """Cosine similarity between the item's vector and ``target`` (width,). Without a target: its
    mean cosine similarity to the other items of the batch, a measure of typicality. ``embed`` maps
    items to vectors (m, width); the default is ``embedding``. A zero vector has similarity 0."""

    _: KW_ONLY
    embed: Callable | None = eqx.field(static=True, default=None)
    width: int = eqx.field(static=True, default=64)
    target: Array | None = eqx.field(
        default=None, converter=lambda x: None if x is None else jnp.asarray(x, float)
    )

    def score(self, key, view):
        vectors = unit(embedded("Similarity", view.items, self.embed, self.width).astype(float))
        if self.target is not None:
            return vectors @ unit(self.target)
        mass = view.batch.mass
        total = vectors @ (mass @ vectors)  # of the cosines with all items, itself included
        if view.batch.exact:  # infinitely many items: one has no share of the mean
            return total / mass.sum()
        return (total - (vectors**2).sum(1)) / jnp.maximum(len(mass) - 1, 1)

    def validate(self):
        if self.target is not None and self.target.shape != (self.width,):
            shape = self.target.shape
            return [f"Similarity target must have shape (width,) = ({self.width},), not {shape}."]
        return []


def unit(vectors: Array) -> Array:
    """Vectors (..., e) scaled to length 1; zero vectors stay zero."""
    length = jnp.sqrt((vectors**2).sum(-1, keepdims=True))
    return vectors / jnp.where(length > 0, length, 1)


def real_steps(items: Array) -> Array:
    """(m, L) mask of the steps: tokens before the end of a row; every step for other items."""
    return items != 0 if is_discrete(items) else jnp.ones(items.shape[:2], bool)


@register("steps", "aggregate of step scores (process reward)")
@final
class Steps(Reward):
    """Process reward: the scores of an item's steps, combined by ``aggregation`` (Lightman et al.
    2023). ``function(items)`` returns step scores (m, L), 1 for right and 0 for wrong, or the
    probability that the step is right; ``mask(items)`` (m, L) says which steps exist. An item
    without steps has reward 0.

    sum, mean     of the step scores
    product       the probability that every step is right, if errors are independent
    min           the lowest step score
    first-error   the number of steps before the first with a score below one half

    ``flip`` is the probability that a step's label is inverted: s becomes 1 - s. Steps that are
    right with probability q then have a mean product of (q + flip - 2 q flip)^L. For an outcome
    reward, one number for a whole item, use ``FunctionReward``.
    """

    function: Callable = eqx.field(static=True)
    _: KW_ONLY
    aggregation: str = one_of(*AGGREGATIONS, default="product")
    mask: Callable = eqx.field(static=True, default=real_steps)
    flip: Array | float | Schedule | None = within("[0, 1]", default=None)

    @property
    def random(self):
        return self.flip is not None

    def score(self, key, view):
        return self.together(*self.labels(key, view))

    def labels(self, key, view) -> tuple[Array, Array]:
        """(m, L) score s of each step, 1 - s where its label is inverted; (m, L) mask of the steps
        that exist."""
        steps, real = jnp.asarray(self.function(view.items)), self.mask(view.items)
        if steps.ndim != 2 or steps.shape != real.shape:
            raise UserError(
                f"Steps needs one score for each step of each item: its function returned shape "
                f"{steps.shape}, and its mask has shape {real.shape}."
            )
        steps = steps.astype(float)
        if self.flip is not None:
            flipped = jax.random.uniform(key, steps.shape) < value_at(self.flip, view.t)
            steps = jnp.where(flipped, 1 - steps, steps)
        return steps, real

    def together(self, steps: Array, real: Array) -> Array:
        """(m,) the scores (m, L) of the steps that exist, combined; 0 for an item without steps."""
        return jnp.where(real.any(1), self._together(steps, real), 0.0)

    def _together(self, steps: Array, real: Array) -> Array:
        if self.aggregation == "product":
            return jnp.where(real, steps, 1).prod(1)
        if self.aggregation == "min":
            return jnp.where(real, steps, jnp.inf).min(1)
        if self.aggregation == "first-error":
            right = jnp.where(real, steps >= 0.5, True)
            return (jnp.cumprod(right, 1) * real).sum(1).astype(float)
        total = jnp.where(real, steps, 0).sum(1)
        return total if self.aggregation == "sum" else total / jnp.maximum(real.sum(1), 1)
