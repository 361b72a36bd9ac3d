"""Learners: how a model is updated from the training data of its generation."""

import equinox as eqx
import jax
from jax import Array

from collapse.models.base import choose
from collapse.types import Pool


class MaximumLikelihood(eqx.Module):
    """Fit afresh every generation; where no fit exists, the previous parameters stay."""

    def begin(self, key: Array, model, data: Pool):
        """What generation 1 starts from, the first fitted model, and the learner's state, once.

        Generation 1 fits these data itself, so that it starts from the model as it is, unless
        only a fit has the form of a fitted model.
        """
        first = model.fit(key, data)
        shapes = jax.eval_shape(lambda: (model, first))
        return (model if eqx.tree_equal(*shapes) else first), first, self

    def learn(self, key: Array, model, data: Pool, reference):
        """The next model and the learner's state."""
        return choose(model.defined(data), model.fit(key, data), model), self

    def mistakes(self) -> list[str]:
        return []
