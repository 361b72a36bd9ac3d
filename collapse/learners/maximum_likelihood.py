"""Maximum likelihood: a new fit every generation, optionally with a prior from an earlier model."""

from dataclasses import KW_ONLY
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.errors import UserError
from collapse.learners.base import Learner, generation_of
from collapse.models.base import choose
from collapse.numerics.pytree import replace
from collapse.part import at_least, one_of, register
from collapse.schedule import Schedule, value_at
from collapse.types import Pool


class Refit(Learner):
    """Base class of learners that fit the model anew to the data of each generation."""

    def learn(self, key, model, data, reference):
        return choose(model.defined(data), model.fit(key, data), model), self


@register("maximum-likelihood", "maximum-likelihood refit in every generation")
@final
class MaximumLikelihood(Refit):
    """Maximum-likelihood refit in every generation; if no fit exists, the previous parameters
    stay."""

    @property
    def refits(self):
        return type(self) is MaximumLikelihood


@register("prior-weighted", "refit with the first or the previous model as a prior")
@final
class PriorWeighted(Learner):
    """Fit to the data plus ``prior`` items' worth of an earlier model's distribution, set by
    ``start``: that of the "base", the first fit (restart every time: STaR, Zelikman et al. 2022;
    ReST-EM, Singh et al. 2024), or of the "previous" model (continue: RAFT, Dong et al. 2023).

    For categorical models this is the mode under a Dirichlet prior: p' = (n q + prior p_start) / (n
    + prior), q the shares in n rows. With a judge that keeps every row with equal chance,
    heterozygosity then falls by the factor 1 - n / (n + prior)^2 per generation with "previous".
    With "base" it stays above (1 - a^2) H_0 / (1 - a^2 (1 - 1 / n)), a = n / (n + prior), which is
    its limit (derived).

    A ``prior`` that changes with the generation t is a ``Schedule``. With "previous" and n (t - 1)
    the model goes 1 / t of the way to its new data, and is the mean of all it has learned: a
    learning rate that falls with age.
    """

    prior: Array | float | Schedule = at_least(0, default=1000.0)
    _: KW_ONLY
    start: str = one_of("base", "previous")
    base: Any = None

    @property
    def begins_plainly(self):
        return self.start == "previous"  # which needs no base

    def begin(self, key, model, data):
        base = model.fit(key, data)
        learner = replace(self, base=base if self.start == "base" else None)
        # The same distribution, with the array shapes that ``learn`` returns.
        first = model.fit(key, with_model(data, base, 0.0))
        if self.start == "previous" and not _same_arrays(base, first):
            name = type(model).__name__
            raise UserError(
                f"A {name} grows with every fit: PriorWeighted needs start='base' for it."
            )
        return first, first, learner

    def learn(self, key, model, data, reference):
        start = self.base if self.start == "base" else model
        both = with_model(data, start, value_at(self.prior, generation_of(data)))
        return choose(model.defined(data), model.fit(key, both), model), self

    def check_compatible(self, arm):
        if arm.model.parts == 1:
            return []
        return [
            "PriorWeighted fits twice before generation 1: set model.training.in_parts to false."
        ]


def with_model(data: Pool, model, count: Array | float) -> Pool:
    """The data plus ``count`` items' worth of the model's exact distribution."""
    rows, mass = model.remembered()
    prior = jax.tree.map(lambda x: jnp.zeros((len(mass), *x.shape[1:]), x.dtype), data)
    mass = (count * mass).astype(data.mass.dtype)
    prior = replace(prior, rows=rows, mass=mass, weight=jnp.ones_like(mass))
    return jax.tree.map(lambda x, y: jnp.concatenate([x, y.astype(x.dtype)]), data, prior)


def _same_arrays(first, second) -> bool:
    """Whether two models have arrays of the same shapes and types."""
    return eqx.tree_equal(*jax.eval_shape(lambda: (first, second)))
