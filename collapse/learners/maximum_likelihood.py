"""Maximum likelihood: afresh every generation, or as fine-tuning of an earlier model."""

from dataclasses import KW_ONLY
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.errors import UserError
from collapse.learners.base import Learner
from collapse.models.base import choose
from collapse.numerics.pytree import replace
from collapse.part import Numbers, register
from collapse.types import Pool


class Refit(Learner):
    """Base of MaximumLikelihood and of what does the same with a difference."""

    def learn(self, key, model, data, reference):
        return choose(model.defined(data), model.fit(key, data), model), self


@register("maximum-likelihood", "refit")
@final
class MaximumLikelihood(Refit):
    """Fit afresh every generation; where no fit exists, the previous parameters stay."""

    @property
    def refits(self):
        return type(self) is MaximumLikelihood


@register("prior-weighted", "refit with a prior: the base or the last model")
@final
class PriorWeighted(Learner):
    """Fit the data together with ``prior`` items' worth of what a model said before: the "base",
    which is the first fit (restart every time: STaR, Zelikman et al. 2022; ReST-EM, Singh et al.
    2024), or the "previous" one (continue: RAFT, Dong et al. 2023).

    For outcomes it is the mode under a Dirichlet prior: p' = (n q + prior p_start) / (n + prior),
    q the shares in n rows. A judge that keeps every row alike then leaves heterozygosity falling
    by 1 - n / (n + prior)^2 a generation when it continues; when it restarts it stays above
    (1 - a^2) H_0 / (1 - a^2 (1 - 1 / n)), a = n / (n + prior), which is where it settles (derived).
    """

    prior: Numbers = 1000.0
    _: KW_ONLY
    start: str = eqx.field(static=True, default="base")
    base: Any = None

    def begin(self, key, model, data):
        base = model.fit(key, data)
        learner = replace(self, base=base if self.start == "base" else None)
        # In the form that a fit together with a base has; it is the same distribution.
        first = model.fit(key, with_model(data, base, 0.0))
        if self.start == "previous" and not _alike(base, first):
            name = type(model).__name__
            raise UserError(
                f"A {name} grows with every fit: PriorWeighted needs start='base' for it."
            )
        return first, first, learner

    def learn(self, key, model, data, reference):
        start = self.base if self.start == "base" else model
        both = with_model(data, start, self.prior)
        return choose(model.defined(data), model.fit(key, both), model), self

    def check_compatible(self, arm):
        if arm.model.parts == 1:
            return []
        return [
            "PriorWeighted fits twice before generation 1: set model.training.in_parts to false."
        ]

    def validate(self):
        found = []
        if self.start not in ("base", "previous"):
            found.append(f"PriorWeighted start must be base or previous, not {self.start!r}.")
        if not float(jnp.asarray(self.prior)) >= 0:
            found.append(
                f"PriorWeighted prior must be at least 0 items, not {float(self.prior):g}."
            )
        return found


def with_model(data: Pool, model, count: Array | float) -> Pool:
    """The data, and ``count`` items' worth of what the model says, exactly."""
    rows, mass = model.remembered()
    more = jax.tree.map(lambda x: jnp.zeros((len(mass), *x.shape[1:]), x.dtype), data)
    mass = (count * mass).astype(data.mass.dtype)
    more = replace(more, rows=rows, mass=mass, weight=jnp.ones_like(mass))
    return jax.tree.map(lambda x, y: jnp.concatenate([x, y.astype(x.dtype)]), data, more)


def _alike(first, second) -> bool:
    return eqx.tree_equal(*jax.eval_shape(lambda: (first, second)))
