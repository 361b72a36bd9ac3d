"""Several judges, one of which is drawn at random for each item or group."""

from dataclasses import KW_ONLY
from typing import final

import jax
import jax.numpy as jnp
from jax import Array

from collapse.judges.base import Judge
from collapse.numerics.pytree import replace
from collapse.part import Numbers, array, register
from collapse.types import Verdict


@register("pluralist", "one of several judges drawn at random per item")
@final
class Pluralist(Judge):
    """A mixture of judges: one of several is drawn for each group of candidates, or for each item
    if the judges do not compare items, and its verdict is used. ``judges[i]`` is drawn with
    probability ``chances[i]``; default: equal probabilities."""

    judges: tuple[Judge, ...]
    _: KW_ONLY
    chances: Numbers | None = array(default=None)

    @property
    def _chances(self) -> Array:
        if self.chances is None:
            return jnp.full(len(self.judges), 1 / len(self.judges))
        return jnp.asarray(self.chances)

    @property
    def share(self):
        shares = jnp.array([float(judge.share) for judge in self.judges])
        return float(self._chances @ shares)

    @property
    def group(self):
        return max(int(judge.group) for judge in self.judges)

    @property
    def uses_truth(self):
        return any(judge.uses_truth for judge in self.judges)

    def judge(self, key, view):
        drawing, *keys = jax.random.split(key, len(self.judges) + 1)
        results = [judge.judge(key, view) for judge, key in zip(self.judges, keys, strict=True)]
        weights, rewards = (
            jnp.stack([getattr(verdict, name) for verdict, _ in results])
            for name in ("weight", "reward")
        )
        m = weights.shape[1]
        if view.batch.exact:
            drawn = jnp.broadcast_to(self._chances[:, None], weights.shape)
        else:
            chances = jnp.log(self._chances)
            who = jax.random.categorical(drawing, chances, shape=(m // view.group,))
            drawn = jax.nn.one_hot(jnp.repeat(who, view.group), len(results), axis=0)
        verdict = Verdict((drawn * weights).sum(0), (drawn * rewards).sum(0))
        return verdict, replace(self, judges=tuple(judge for _, judge in results))

    def validate(self):
        chances = self._chances
        errors = []
        if len(self.judges) < 2 or chances.shape != (len(self.judges),):
            errors.append(
                "Pluralist needs at least two judges and one probability in chances for each."
            )
        if bool((chances < 0).any()) or abs(float(chances.sum()) - 1) > 1e-3:
            errors.append("Pluralist chances must be >= 0 and sum to 1.")
        groups = {int(judge.group) for judge in self.judges}
        if len(groups) > 1:
            errors.append(f"Pluralist judges must have one group size; they have {sorted(groups)}.")
        return errors
