"""Learners behind a detector of synthetic items, which removes rows or resamples them."""

from abc import abstractmethod
from dataclasses import KW_ONLY
from typing import final

import jax
import jax.numpy as jnp
from jax import Array

from collapse.learners.base import Learner, generation_of, synthetic
from collapse.learners.maximum_likelihood import MaximumLikelihood
from collapse.numerics.pytree import replace
from collapse.numerics.top_k import largest, ordered_bits
from collapse.part import Numbers, at_least, positive, register, within
from collapse.schedule import Schedule, value_at
from collapse.types import Pool


class _Behind(Learner):
    """Base class of learners that train another ``learner`` on what passes a detector."""

    reads_source = True

    learner: Learner = MaximumLikelihood()

    @abstractmethod
    def passed(self, key: Array, data: Pool) -> Pool:
        """The training data that pass the detector."""

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
        passed = self.passed(jax.random.fold_in(key, 1), data)
        model, learner = self.learner.learn(key, model, passed, reference)
        return model, replace(self, learner=learner)

    def notes(self, view, verdict, sampler):
        return self.learner.notes(view, verdict, sampler)

    def check_compatible(self, arm):
        errors = self.learner.check_compatible(arm)
        if arm.sampler.kind != "items":
            name = type(self).__name__
            errors.append(f"{name} needs the source of each row: use a sampler that draws items.")
        return errors


@register("behind-detector", "another learner on data filtered by a synthetic-text detector")
@final
class BehindDetector(_Behind):
    """Another ``learner``, trained on the rows that pass a detector. The detector recognises the
    share ``hit`` of the synthetic rows (a ``Schedule`` if models learn to evade it) and
    misclassifies the share ``false_alarm`` of the real rows as synthetic. Each row is weighted by
    its probability of passing.

    A share s of synthetic rows becomes s (1 - hit) / (s (1 - hit) + (1 - s) (1 - false_alarm))
    (derived; the idea of Drayson et al. 2025).
    """

    _: KW_ONLY
    hit: Array | float | Schedule = within("[0, 1]", default=0.9)
    false_alarm: Numbers = within("[0, 1]", default=0.05)

    def passed(self, key, data):
        hit = value_at(self.hit, generation_of(data))
        passing = jnp.where(synthetic(data), 1 - hit, 1 - self.false_alarm)
        return replace(data, weight=data.weight * passing)


@register("detector-resampled", "another learner on data resampled by a detector's confidence")
@final
class DetectorResampled(_Behind):
    """Another ``learner``, trained on rows that are resampled by a detector's confidence
    (Drayson et al. 2025): ``copies`` of each row lie in an urn, and ``draws`` times as many as
    there are rows are drawn from it without replacement, by weights (1 - c)^power. Confidence c is
    the detector's probability that a model wrote the row.

    The detector is a toy: its score is normal with unit variance, and ``separation`` higher for
    synthetic rows (0: it knows nothing; the area under its curve is Phi(separation / sqrt 2)). Its
    confidence is calibrated on as many synthetic as human rows. The share of synthetic rows among
    those that are drawn is ``laws.weighting.resampled_share``.
    """

    _: KW_ONLY
    separation: Numbers = within("[0, inf)", default=3.0)
    power: Numbers = within("[0, inf)", default=10.0)
    draws: float = positive(default=1.5, static=True)
    copies: int = at_least(1, default=3, static=True)

    def passed(self, key, data):
        scoring, drawing = jax.random.split(key)
        filled, slots = data.count > 0, len(data.mass)
        score = jax.random.normal(scoring, (slots,)) + self.separation * synthetic(data)
        odds = self.separation * (score - self.separation / 2)  # log-odds of a synthetic row
        # The largest of log-weights with Gumbel noise are a draw without replacement (Vieira 2014).
        noise = jax.random.gumbel(drawing, (self.copies, slots))
        urn = jnp.where(filled, self.power * jax.nn.log_sigmoid(-odds) + noise, -jnp.inf)
        count = jnp.round(self.draws * filled.sum()).astype(jnp.int32)
        drawn = largest(ordered_bits(urn.reshape(-1)), count).reshape(urn.shape) & filled
        return replace(data, mass=data.mass * drawn.sum(0))

    def validate(self):
        errors = super().validate()
        if not errors and self.draws > self.copies:
            errors.append(
                f"DetectorResampled draws ({self.draws:g}) must be at most copies ({self.copies}): "
                "no more rows can be drawn than are in the urn."
            )
        return errors
