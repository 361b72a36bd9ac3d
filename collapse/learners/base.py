"""Base class of learners: how a model is updated from the training data of its generation."""

from abc import abstractmethod
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.models.base import choose
from collapse.numerics.pytree import all_in_range, replace
from collapse.part import Part
from collapse.types import REAL, Pool

FEW = 8  # rows whose log-probability shows whether a network still gives finite numbers


class Learner(Part):
    """``begin`` once, then ``learn`` every generation.

    Rows of the truth have no reward: every learner treats them as examples. With ``notes`` a
    learner stores in the pool what it must know of a row at the time it was drawn.
    """

    notes_rows: ClassVar[bool] = False  # stores notes with the rows
    corrected: ClassVar[bool] = False  # weighs rows by the probability they were drawn with
    needs_net: ClassVar[bool] = False  # follows a gradient with respect to ``model.net``

    def begin(self, key: Array, model, data: Pool):
        """Called once. Returns the start model of generation 1, the first fitted model, and the
        learner.

        Generation 1 fits these data itself, so the start model is normally the model as given.
        Exceptions: models whose form is set by a fit, and learners that move a model without ever
        fitting one.
        """
        first = model.fit(key, data)
        if self.needs_net:
            return first, first, self
        shapes = jax.eval_shape(lambda: (model, first))
        return (model if eqx.tree_equal(*shapes) else first), first, self

    @property
    def refits(self) -> bool:
        """Whether each model depends only on a fit to its data."""
        return False

    @property
    def begins_plainly(self) -> bool:
        """Whether ``begin`` is that of this base class, which also works without data."""
        return type(self).begin is Learner.begin

    @property
    def fits_first(self) -> bool:
        """Whether the start model of generation 1 is a fitted one."""
        return self.needs_net

    @abstractmethod
    def learn(self, key: Array, model, data: Pool, reference) -> tuple[Any, "Learner"]:
        """The next model and the learner's new state."""

    def notes(self, view, verdict, sampler) -> dict[str, Array]:
        """{name: (m, ...)} numbers to store with each judged candidate."""
        return {}


def moved(model, net, data: Pool, counted: Array):
    """The model with the parameters ``net`` that gradient steps led to, if any row was ``counted``.
    If these are out of range or no longer give finite log-probabilities, the model as it was,
    marked as diverged (which networks report in the record)."""
    few = jax.tree.map(lambda x: x[:FEW], data.rows)
    sound = all_in_range(net) & ~jnp.isnan(model.log_prob_at(net, few)).any()
    return choose(counted & sound, model.with_params(net), model).marked(counted & ~sound)


def synthetic(data: Pool) -> Array:
    """(slots,) whether a row came from a model."""
    return data.source != REAL


def generation_of(data: Pool) -> Array:
    """The generation that trains on these data: the one after that which drew the last row."""
    return data.born.max() + 1


def scaled_rows(data: Pool, factor: Array) -> Pool:
    """The pool with the mass of row i multiplied by factor[i]."""
    return replace(data, mass=data.mass * factor)


def log_ratio(top: Array, bottom: Array, counted: Array) -> Array:
    """(slots,) difference of two log-probabilities, 0 for rows that do not count (a lost outcome
    has log-probability -inf in both)."""
    return jnp.where(counted, top - bottom, 0)
