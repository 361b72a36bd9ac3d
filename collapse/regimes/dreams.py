"""Dreams: a part of the training data is drawn from the model in another way than its output."""

from dataclasses import KW_ONLY
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp

from collapse.items import misread
from collapse.numerics.pytree import replace
from collapse.part import Numbers, register, within
from collapse.regimes.base import Regime, mixed
from collapse.samplers.base import Sampler, TokenSampler
from collapse.samplers.disturbed import Corrupted


@register("dreams", "model output, a share of it drawn by another sampler")
@final
class Dreams(Regime):
    """Of the n rows, round(``share`` n) are dreamt: drawn from the same model by ``sampler``, and
    seen by no judge. The others are the first rows that the judge kept.

    Dreams can be noisy (``Corrupted``, the default), recombined (``Recombined``), or seek entropy
    (``Tempered`` above 1). After the hypothesis of Hoel (2021) that dreams, as corrupted input,
    keep brains from overfitting to their days.
    """

    kinds = ("items",)
    stale = False

    share: Numbers = within("[0, 1]", default=0.1)
    _: KW_ONLY
    sampler: Sampler = eqx.field(default_factory=Corrupted)

    def dreamt(self):
        """The number of rows that are dreamt."""
        return jnp.round(self.share * float(self.n))

    def taken(self, t):
        return self.n - self.dreamt()

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None, judged=None):
        n = len(fresh.mass)
        batch = model.draw(key, n, 1, self.sampler, jnp.array(float(n)))
        one, zero = jnp.ones_like(fresh.weight), jnp.zeros_like(fresh.reward)
        notes = jax.tree.map(jnp.zeros_like, fresh.notes)
        dreams = replace(
            fresh, rows=batch.rows, mass=one, weight=one, reward=zero, source=batch.source,
            notes=notes,
        )  # fmt: skip
        return mixed(dreams, fresh, self.dreamt())

    def check_compatible(self, arm):
        errors, name = super().check_compatible(arm), type(self.sampler).__name__
        errors += misread(self.sampler, arm.truth) + self.sampler.check_compatible(arm)
        if self.sampler.kind != "items":
            errors.append(f"Dreams are items, and the sampler {name} draws {self.sampler.kind}.")
        if isinstance(self.sampler, TokenSampler) and not arm.model.tokens:
            model = type(arm.model).__name__
            errors.append(f"Dreams by {name} reshape tokens, and {model} has none.")
        return errors
