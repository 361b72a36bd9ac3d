"""Learners: how a model is updated from the training data of its generation."""

import equinox as eqx
from jax import Array

from collapse.models.base import choose
from collapse.types import Pool


class MaximumLikelihood(eqx.Module):
    """Fit afresh every generation; where no fit exists, the previous parameters stay."""

    def begin(self, key: Array, model, data: Pool):
        """The first fitted model and the learner's state, once."""
        return model.fit(key, data), self

    def learn(self, key: Array, model, data: Pool, reference):
        """The next model and the learner's state."""
        return choose(model.defined(data), model.fit(key, data), model), self

    def mistakes(self) -> list[str]:
        return []
