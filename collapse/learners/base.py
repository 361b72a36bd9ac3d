"""What a learner is: how a model is updated from the training data of its generation."""

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

FEW = 8  # rows whose log-probability tells whether a network still computes


class Learner(Part):
    """``begin`` once, then ``learn`` every generation.

    Rows of the truth have no reward: every learner takes them as examples. What a learner must
    know of a row at the time it was drawn it writes into the pool by ``notes``.
    """

    notes_rows: ClassVar[bool] = False  # writes notes
    needs_net: ClassVar[bool] = False  # follows a gradient with respect to ``model.net``

    def begin(self, key: Array, model, data: Pool):
        """What generation 1 starts from, the first fitted model, and the learner's state, once.

        Generation 1 fits these data itself, so that it starts from the model as it is, unless
        only a fit has the form of a fitted model, or the learner moves a model and never fits one.
        """
        first = model.fit(key, data)
        if self.needs_net:
            return first, first, self
        shapes = jax.eval_shape(lambda: (model, first))
        return (model if eqx.tree_equal(*shapes) else first), first, self

    @property
    def refits(self) -> bool:
        """Whether each model is a fit to its data and nothing else."""
        return False

    @property
    def begins_plainly(self) -> bool:
        """Whether it begins as this base class does: it can begin with no data."""
        return type(self).begin is Learner.begin

    @property
    def fits_first(self) -> bool:
        """Whether what generation 1 starts from is a fit."""
        return self.needs_net

    @abstractmethod
    def learn(self, key: Array, model, data: Pool, reference) -> tuple[Any, "Learner"]:
        """The next model and the learner's state."""

    def notes(self, view, verdict, sampler) -> dict[str, Array]:
        """{name: (m, ...)} of each candidate, once it is judged."""
        return {}

    def check_compatible(self, arm) -> list[str]:
        """Why this learner cannot be part of the arm, each a sentence."""
        return []

    def validate(self) -> list[str]:
        return []


def moved(model, net, data: Pool, counted: Array):
    """The model under the parameters ``net`` that a gradient led to, where anything was
    ``counted``. If they are out of range, or no longer say what rows are worth, the model as it
    was, marked as diverged (networks tell of it in the record)."""
    few = jax.tree.map(lambda x: x[:FEW], data.rows)
    sound = all_in_range(net) & ~jnp.isnan(model.log_prob_at(net, few)).any()
    return choose(counted & sound, model.with_params(net), model).marked(counted & ~sound)


def synthetic(data: Pool) -> Array:
    """(slots,) whether a row came from a model."""
    return data.source != REAL


def scaled_rows(data: Pool, factor: Array) -> Pool:
    """The pool with row i standing for factor[i] times as many items."""
    return replace(data, mass=data.mass * factor)


def log_ratio(top: Array, bottom: Array, counted: Array) -> Array:
    """(slots,) difference of two log-probabilities, 0 for rows that do not count (an outcome that
    is lost has log-probability -inf under both)."""
    return jnp.where(counted, top - bottom, 0)
