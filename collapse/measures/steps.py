"""Items made of steps: how many steps are right, and which of the wrong ones a learner rewards."""

from collections.abc import Callable
from dataclasses import KW_ONLY
from typing import ClassVar, final

import equinox as eqx
import jax.numpy as jnp
from jax import Array

from collapse.curve import Curve
from collapse.measures.base import Measure
from collapse.part import register
from collapse.rewards.features import real_steps
from collapse.types import is_synthetic


@register("step-errors", "right outcomes, right steps, and wrong steps that are reinforced")
@final
class StepErrors(Measure):
    """Steps and outcomes of the output. ``function(items)`` (m, L) scores the step at each token,
    right from one half on; ``mask(items)`` (m, L) says which steps exist; ``outcome(items)`` (m,)
    is above 0 where the item's result is right.

    Curves: solved, the share of items with the right outcome; steps_right, the share of steps that
    are right; wrong_when_solved, the share of wrong steps in items with the right outcome (the
    reasoning error of Uesato et al. 2022); reinforced, the share of the wrong steps in the kept
    items whose advantage is above 0, so that the learner makes them likelier. The last one is NaN
    with learners that compute no advantage, the others where there are no such steps.
    """

    curves: ClassVar = {
        "solved": Curve("share", 0, 1, "more", ("copies", "order"), "none"),
        "steps_right": Curve("share", 0, 1, "more", ("copies", "order"), "none"),
        "wrong_when_solved": Curve("share", 0, 1, "less", ("copies", "order"), "none"),
        "reinforced": Curve("share", 0, 1, "less", ("copies", "order"), "none"),
    }

    function: Callable = eqx.field(static=True)
    _: KW_ONLY
    outcome: Callable = eqx.field(static=True)
    mask: Callable = eqx.field(static=True, default=real_steps)

    def measure(self, key, view):
        rows, mass = view.output.rows, view.output.mass[:, None]
        solved, exists = self.outcome(rows) > 0, mass * self.mask(rows)
        right = self.function(rows) >= 0.5
        in_solved = exists * solved[:, None]
        return {
            "solved": (view.output.mass * solved).sum() / view.output.mass.sum(),
            "steps_right": share(right, exists),
            "wrong_when_solved": share(~right, in_solved),
            "reinforced": self.reinforced(view.fresh),
        }

    def reinforced(self, fresh) -> Array:
        """Share of the wrong steps of the kept rows of a model whose advantage is above 0."""
        if "advantage" not in fresh.notes:
            return jnp.full((), jnp.nan)
        advantage = fresh.notes["advantage"]
        advantage = advantage.reshape(len(advantage), -1)  # one number a row, or one a token
        count = jnp.where(is_synthetic(fresh.source), fresh.count, 0)[:, None]
        wrong = self.mask(fresh.rows) & ~(self.function(fresh.rows) >= 0.5)
        return share(jnp.broadcast_to(advantage > 0, wrong.shape), count * wrong)


def share(of: Array, weight: Array) -> Array:
    """Weighted share of true values in the mask ``of``; NaN if the total weight is 0."""
    total = weight.sum()
    return jnp.where(total > 0, (weight * of).sum() / jnp.where(total > 0, total, 1), jnp.nan)
