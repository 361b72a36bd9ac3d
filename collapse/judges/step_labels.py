"""Judges that label every step of an item, also by reflection: once the outcome is known."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, final

import equinox as eqx
import jax.numpy as jnp

from collapse.judges.policies import _Scored
from collapse.part import register
from collapse.rewards.features import Steps
from collapse.types import Verdict


@register("step-labels", "all candidates, with a label for each step, for process rewards")
@final
class StepLabels(_Scored):
    """Keep every candidate and label its steps, for the learner ``ProcessGradient``.

    Labels are those of ``reward``, a ``Steps``: 1 for right and 0 for wrong, each inverted with
    probability ``reward.flip``, independently for every candidate. They are stored as the note
    "steps" (m, L). The reward of a candidate is that of ``Steps``.

    ``outcome(items)`` (m,), if given, makes it a reflection on a known outcome: where it is above
    0, all steps are labelled right; elsewhere they get the labels of ``reward``, errors included. A
    right outcome then hides its wrong steps (Uesato et al. 2022).
    """

    share: ClassVar = 1.0

    reward: Steps = eqx.field(kw_only=True)
    outcome: Callable | None = eqx.field(static=True, kw_only=True, default=None)

    if TYPE_CHECKING:  # the reward needs no name: see ``placed``

        def __init__(
            self, first: Steps = ..., /, *, reward: Steps = ..., outcome: Callable | None = ...
        ) -> None: ...

    def judge(self, key, view):
        labels, exists = self.reward.labels(key, view)
        if self.outcome is not None:
            labels = jnp.where(self.outcome(view.items)[:, None] > 0, 1.0, labels)
        reward = self._per_candidate("reward", self.reward.together(labels, exists), view)
        return Verdict(jnp.ones(len(view.batch.mass)), reward, {"steps": labels}), self
