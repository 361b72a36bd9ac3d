"""Populations of models: variance between members and within members."""

import math
from dataclasses import KW_ONLY
from typing import Any, ClassVar, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.curve import OWN, Curve
from collapse.measures.base import Measure
from collapse.metrics.formulas import gini
from collapse.models.capabilities import HasCovariance, HasMean, HasProbabilities
from collapse.models.distributions.regression import LinearRegression
from collapse.models.population import members_of
from collapse.part import Numbers, array, offers, register
from collapse.types import REAL

TURNED = ("order", "rotation", "shift")


def location(member: Any) -> Array:
    """(d,) location of a member: its mean, coefficients or probabilities."""
    if isinstance(member, HasMean):
        return jnp.atleast_1d(member.mean)
    if isinstance(member, LinearRegression):
        return jnp.atleast_1d(member.w)
    if isinstance(member, HasProbabilities):
        return jnp.atleast_1d(member.p)
    raise TypeError(f"{type(member).__name__} has no mean, coefficients or probabilities.")


def variety(member: Any) -> Array:
    """The expected squared distance of an item of a member from the member's location: the trace of
    a covariance, 1 - sum p^2 for outcomes, the label noise of a regression."""
    if isinstance(member, HasCovariance):
        return jnp.trace(member.covariance)
    if isinstance(member, HasProbabilities):
        return gini(member.p)
    if isinstance(member, LinearRegression):
        return jnp.asarray(member.noise_level) ** 2
    raise TypeError(f"{type(member).__name__} has no variance that is known.")


@register("member-spread", "variance between and within the members of a population")
@final
class MemberSpread(Measure):
    """Curves of a population: between, the mean squared distance of the members from their average;
    within, the mean variance of a member; together, their sum, which is the variance of the pooled
    rows. For probabilities the variance is 1 - sum p^2. At generation 0 the members are their
    private sources."""

    curves: ClassVar = {
        "between": Curve("item units^2", 0, math.inf, "more", TURNED, OWN, heavy=True),
        "within": Curve("item units^2", 0, math.inf, "more", TURNED, OWN, heavy=True),
        "together": Curve("item units^2", 0, math.inf, "more", TURNED, OWN, heavy=True),
    }
    reads = "model"

    def measure(self, key, view):
        members = members_of(view.model)
        at = jnp.stack([location(m) for m in members])
        between = jnp.sum((at - at.mean(0)) ** 2, axis=1).mean()
        within = jnp.stack([variety(m) for m in members]).mean()
        return {"between": between, "within": within, "together": within + between}


@register("member-means", "location of each member of a population")
@final
class MemberMeans(Measure):
    """Curves mean_0, mean_1, ...: the coordinate ``axis`` of each member's location (its mean,
    coefficients or probabilities); average, their mean. At generation 0 the members are their
    private sources, or the one common source."""

    reads = "model"

    axis: int = eqx.field(static=True, default=0)
    _: KW_ONLY
    members: int = eqx.field(static=True, default=2)  # filled in by ``prepare``

    @property
    def curves(self) -> dict[str, Curve]:
        each = {f"mean_{k}": Curve("item units", bias=OWN) for k in range(self.members)}
        return each | {"average": Curve("item units", blind_to=("order",), bias=OWN)}

    def bind(self, arm) -> "MemberMeans":
        return MemberMeans(self.axis, members=len(members_of(arm.model)))

    def measure(self, key, view):
        members = members_of(view.model)
        at = [location(m)[self.axis] for m in members]
        at = at if len(at) == self.members else at[:1] * self.members
        curves = {f"mean_{k}": x for k, x in enumerate(at)}
        return curves | {"average": jnp.stack(at).mean()}


@register("member-collision", "probability that answers of one model, or of two, are the same")
@final
class MemberCollision(Measure):
    """How often members of a population give the same answer, estimated from their output.

    Curves: own_collision, the probability that two answers of a member are the same, on average
    over members; cross_collision, the same of answers of two members, on average over pairs;
    collision_ratio, the second over the first (1: the members are one); effective_models, M own /
    (own + (M - 1) cross), how many models without a common answer are as diverse as the M members.
    Collisions are unbiased: a row is not compared with itself. With ``pairs`` also collision_0_0,
    collision_0_1 and so on, for each pair of members. At generation 0 the members are their private
    sources.
    """

    pairs: bool = eqx.field(static=True, default=False)
    _: KW_ONLY
    members: int = eqx.field(static=True, default=2)  # filled in by ``prepare``

    @property
    def curves(self) -> dict[str, Curve]:
        same = Curve("probability", 0, 1, "less", ("order",), "none")
        ratio = "relative bias of order 1/n"
        curves = {
            "own_collision": same,
            "cross_collision": same,
            "collision_ratio": Curve("ratio", 0, math.inf, "less", ("order",), ratio),
            "effective_models": Curve("models", 0, math.inf, "more", ("order",), ratio),
        }
        each = Curve("probability", 0, 1, "less", (), "none")
        return curves | ({f"collision_{a}_{b}": each for a, b in self._pairs} if self.pairs else {})

    @property
    def _pairs(self) -> list[tuple[int, int]]:
        return [(a, b) for a in range(self.members) for b in range(a, self.members)]

    def bind(self, arm) -> "MemberCollision":
        return MemberCollision(self.pairs, members=len(members_of(arm.model)))

    def measure(self, key, view):
        output, count = view.output, self.members
        numbers, bound = view.truth.identify(output.rows)
        member = jnp.where(output.source >= 0, output.source, REAL - 1 - output.source)
        mass = jnp.where((member >= 0) & (member < count), output.mass, 0)
        counts = jnp.zeros((count, bound)).at[member.clip(0, count - 1), numbers].add(mass)
        total = counts.sum(1)
        # A row is not compared with itself; in exact mode that has no probability.
        itself = jnp.zeros((count, count)) if view.batch.exact else jnp.diag(total)
        collision = (counts @ counts.T - itself) / (jnp.outer(total, total) - itself)
        own = jnp.trace(collision) / count
        cross = (collision.sum() - jnp.trace(collision)) / (count * (count - 1))
        curves = {
            "own_collision": own,
            "cross_collision": cross,
            "collision_ratio": cross / own,
            "effective_models": count * own / (own + (count - 1) * cross),
        }
        each = {f"collision_{a}_{b}": collision[a, b] for a, b in self._pairs}
        return curves | (each if self.pairs else {})

    def check_compatible(self, arm):
        if len(members_of(arm.model)) < 2:
            return ["MemberCollision compares models: it needs a Population of at least two."]
        return super().check_compatible(arm)


@register("agreement-when-wrong", "probability that wrong models give the same wrong answer")
@final
class AgreementWhenWrong(Measure):
    """Curves of a population of conditional tables: agreement_when_wrong, the probability that two
    different members that are both wrong give the same wrong answer (Kim et al. 2025; 1/3 by chance
    with four answers, NaN if two are never both wrong); wrong, the mean error rate of a member.

    Field: right (C,), the number of the right answer to each prompt. Exact, from the tables.
    """

    reads = "model"
    curves: ClassVar = {
        "agreement_when_wrong": Curve("probability", 0, 1, "less", ("order",), OWN),
        "wrong": Curve("probability", 0, 1, "less", ("order",), OWN),
    }

    right: Numbers = array()  # (C,)

    def measure(self, key, view):
        members = view.model.members or (view.model,)
        prompt = members[0].prompt
        p = jnp.stack([m.p for m in members])  # (M, C, K)
        wrong = p.at[:, jnp.arange(p.shape[1]), jnp.asarray(self.right, int)].set(0)

        def pairs(x):
            """Sum over pairs of different members of the products of (M, C, ...), by prompt."""
            products = x.sum(0) ** 2 - (x**2).sum(0)
            return prompt @ products.reshape(len(prompt), -1).sum(1)

        missed = wrong.sum(-1)
        return {
            "agreement_when_wrong": pairs(wrong) / pairs(missed),
            "wrong": (missed @ prompt).mean(),
        }

    def check_compatible(self, arm):
        members = arm.model.members
        if len(members) < 2 or not offers(members[0], "prompt"):
            return ["AgreementWhenWrong needs a Population of at least two conditional tables."]
        if np.shape(self.right) != np.shape(members[0].prompt):
            return [f"AgreementWhenWrong needs {len(members[0].prompt)} right answers."]
        return []
