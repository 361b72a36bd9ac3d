"""A detector of AI text in front of a learner: what it takes for synthetic is left out."""

from dataclasses import KW_ONLY
from typing import final

import jax.numpy as jnp
from jax import Array

from collapse.learners.base import Learner, synthetic
from collapse.learners.maximum_likelihood import MaximumLikelihood
from collapse.numerics.pytree import replace
from collapse.part import Numbers, register
from collapse.schedule import Schedule, share_errors, value_at


@register("behind-detector", "another, behind a detector")
@final
class BehindDetector(Learner):
    """Another ``learner`` fed what a detector lets through: it finds the share ``hit`` of the
    synthetic rows (a ``Schedule`` where models learn to hide) and takes the share ``false_alarm``
    of the real ones for synthetic. Each row weighs what is left of it on average.

    A share s of synthetic rows becomes s (1 - hit) / (s (1 - hit) + (1 - s) (1 - false_alarm))
    (derived; the idea of Drayson et al. 2025).
    """

    learner: Learner = MaximumLikelihood()
    _: KW_ONLY
    hit: Array | float | Schedule = 0.9
    false_alarm: Numbers = 0.05

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
        t = data.born.max() + 1  # the rows of the last generation are in the pool
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
                "BehindDetector tells rows apart by source: use a sampler that draws items."
            )
        return errors

    def validate(self):
        errors = share_errors("BehindDetector", "hit", self.hit, zero=True)
        return errors + share_errors("BehindDetector", "false_alarm", self.false_alarm, zero=True)
