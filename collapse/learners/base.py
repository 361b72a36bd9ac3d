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
from collapse.types import Pool, is_synthetic

FEW = 8  # rows whose log-probability shows whether a network still gives finite numbers


class Learner(Part):
    """Base class of learners: ``begin`` is called once, then ``learn`` in every generation.

    Rows of the truth have no reward: every learner treats them as examples. With ``notes`` a
    learner stores in the pool what it must know of a row at the time it was drawn.
    """

    notes_rows: ClassVar[bool] = False  # stores notes with the rows
    corrected: ClassVar[bool] = False  # weighs rows by the probability they were drawn with
    reads_source: ClassVar[bool] = False  # treats rows of the truth and of models differently
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
        """The next model and the learner's new state.

        ``model`` is that of the generation before, ``data`` the training data, ``reference`` the
        first fitted model, or None. The model must have the arrays of the old one, with the same
        shapes and types.
        """

    def notes(self, view, verdict, sampler) -> dict[str, Array]:
        """{name: (m, ...)} numbers to store with each judged candidate."""
        return {}


def moved(model, net, data: Pool, counted: Array):
    """The model with new parameters ``net``, unless they diverged or nothing was learned from.

    It keeps its old parameters if no row ``counted`` (bool scalar), or if ``net`` is out of range
    or gives NaN as log-probability of the first rows of ``data``. In the second case it is marked
    as diverged, which networks report in the record.
    """
    first_rows = jax.tree.map(lambda x: x[:FEW], data.rows)
    sound = all_in_range(net) & ~jnp.isnan(model.log_prob_at(net, first_rows)).any()
    return choose(counted & sound, model.with_params(net), model).marked(counted & ~sound)


def synthetic(data: Pool) -> Array:
    """(slots,) whether each row came from a model."""
    return is_synthetic(data.source)


def generation_of(data: Pool) -> Array:
    """The generation that trains on these data: the one after that which drew the last row."""
    return data.born.max() + 1


def scaled_rows(data: Pool, factor: Array) -> Pool:
    """The pool with the mass of row i multiplied by factor[i]."""
    return replace(data, mass=data.mass * factor)


def log_ratio(top: Array, bottom: Array, counted: Array) -> Array:
    """(slots,) difference of two log-probabilities; 0 for rows that do not count, since both are
    -inf for an outcome that was lost, and their difference NaN."""
    return jnp.where(counted, top - bottom, 0)
