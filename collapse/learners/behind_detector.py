"""A learner behind a detector of synthetic items, which removes what it classifies as synthetic."""

from dataclasses import KW_ONLY
from typing import final

import jax.numpy as jnp
from jax import Array

from collapse.learners.base import Learner, synthetic
from collapse.learners.maximum_likelihood import MaximumLikelihood
from collapse.numerics.pytree import replace
from collapse.part import Numbers, register, within
from collapse.schedule import Schedule, value_at


@register("behind-detector", "another learner on data filtered by a synthetic-text detector")
@final
class BehindDetector(Learner):
    """Another ``learner``, trained on the rows that pass a detector. The detector recognises the
    share ``hit`` of the synthetic rows (a ``Schedule`` if models learn to evade it) and
    misclassifies the share ``false_alarm`` of the real rows as synthetic. Each row is weighted by
    its probability of passing.

    A share s of synthetic rows becomes s (1 - hit) / (s (1 - hit) + (1 - s) (1 - false_alarm))
    (derived; the idea of Drayson et al. 2025).
    """

    learner: Learner = MaximumLikelihood()
    _: KW_ONLY
    hit: Array | float | Schedule = within("[0, 1]", default=0.9)
    false_alarm: Numbers = within("[0, 1]", default=0.05)

    @property
    def notes_rows(self):
        return self.learner.notes_rows

    @property
    def needs_net(self):
        return self.learner.needs_net

    @property
    def fits_first(self):
        return self.learner.fits_first

    def begin(self, key, model, data):
        start, first, learner = self.learner.begin(key, model, data)
        return start, first, replace(self, learner=learner)

    def learn(self, key, model, data, reference):
        t = data.born.max() + 1  # the pool holds the rows of the last generation
        left = jnp.where(synthetic(data), 1 - value_at(self.hit, t), 1 - self.false_alarm)
        seen = replace(data, weight=data.weight * left)
        model, learner = self.learner.learn(key, model, seen, reference)
        return model, replace(self, learner=learner)

    def notes(self, view, verdict, sampler):
        return self.learner.notes(view, verdict, sampler)

    def check_compatible(self, arm):
        errors = self.learner.check_compatible(arm)
        if arm.sampler.kind != "items":
            errors.append(
                "BehindDetector needs the source of each row: use a sampler that draws items."
            )
        return errors
