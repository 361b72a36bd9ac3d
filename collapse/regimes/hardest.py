"""Model output, and new real answers to the prompts at which the model is worst."""

from typing import final

import jax.numpy as jnp

from collapse.part import Numbers, offers, register, within
from collapse.regimes.base import Regime, in_slots, joined, merged, real_rows, scaled


@register("fill-hardest", "model output, and new real rows for prompts of which little was kept")
@final
class FillHardest(Regime):
    """Kept model output, and new real rows where the judge kept little of a prompt's answers.

    Every prompt has its part of the n rows. A prompt of which less than the share ``below`` was
    kept is filled up to its whole part with real rows of its own; other prompts train on what was
    kept of theirs. With a truth that is seldom right this is a weak labeller of the hardest
    prompts, as boosting allocates its attention (Amin et al. 2025). For models with prompts.
    """

    kinds = ("items", "support")
    even = False
    stale = False

    below: Numbers = within("(0, 1]", default=0.5)

    def start(self, real, generations, model=None):
        return in_slots(real, 2 * self.n) if real.kind == "items" else real

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None, judged=None):
        real = real_rows(key, truth, sampler, fresh, self.n, t, judged)
        # Numbers of rows by prompt, (C,).
        prompt, zero = model.pairs(real.rows)[0], jnp.zeros_like(model.prompt)
        kept = zero.at[model.pairs(fresh.rows)[0]].add(fresh.count)
        drawn = zero.at[prompt].add(real.count)
        wanted = self.n * model.prompt
        missing = jnp.where(kept < self.below * wanted, wanted - kept, 0)
        filling = scaled(real, (missing / jnp.where(drawn > 0, drawn, 1))[prompt])
        return joined(fresh, filling) if fresh.kind == "items" else merged(fresh, filling)

    def check_compatible(self, arm):
        errors = super().check_compatible(arm)
        if not offers(arm.model, "pairs"):
            name = type(arm.model).__name__
            errors.append(
                f"FillHardest is for models with prompts, such as Conditional, not {name}."
            )
        return errors
