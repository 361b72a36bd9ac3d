"""How unlike one another the members of a population are, and how varied each of them is."""

import math
from dataclasses import KW_ONLY
from typing import Any, ClassVar, final

import equinox as eqx
import jax.numpy as jnp
from jax import Array

from collapse.curve import OWN, Curve
from collapse.measures.base import Measure
from collapse.part import register

TURNED = ("order", "rotation", "shift")


def location(member: Any) -> Array:
    """(d,) what a member says on average: its mean, its coefficients, its probabilities."""
    for name in ("mean", "w", "p"):
        if hasattr(member, name):
            return jnp.atleast_1d(getattr(member, name))
    raise TypeError(f"{type(member).__name__} has no mean, coefficients or probabilities.")


def variety(member: Any) -> Array:
    """The expected squared distance of what a member says from its location: the trace of a
    covariance, 1 - sum p^2 of outcomes, the label noise of a regression."""
    if hasattr(member, "covariance"):
        return jnp.trace(member.covariance)
    if hasattr(member, "p"):
        return 1 - jnp.sum(member.p**2)
    if hasattr(member, "noise_level"):
        return jnp.asarray(member.noise_level) ** 2
    raise TypeError(f"{type(member).__name__} has no variance that is known.")


@register("member-spread", "between models")
@final
class MemberSpread(Measure):
    """Curves of a population: between, the mean squared distance of the members from their
    average; within, the mean variance of a member; together, their sum, which is that of all
    rows of the population together. A population of probabilities has 1 - sum p^2 for variance.
    At generation 0 the members are the sources private to each."""

    curves: ClassVar = {
        "between": Curve("item units^2", 0, math.inf, "more", TURNED, OWN, heavy=True),
        "within": Curve("item units^2", 0, math.inf, "more", TURNED, OWN, heavy=True),
        "together": Curve("item units^2", 0, math.inf, "more", TURNED, OWN, heavy=True),
    }
    reads = "model"

    def measure(self, key, view):
        members = getattr(view.model, "members", (view.model,))
        at = jnp.stack([location(m) for m in members])
        between = jnp.sum((at - at.mean(0)) ** 2, axis=1).mean()
        within = jnp.stack([variety(m) for m in members]).mean()
        return {"between": between, "within": within, "together": within + between}


@register("member-means", "where each model is")
@final
class MemberMeans(Measure):
    """Curves mean_0, mean_1, ...: the coordinate ``axis`` of each member's location (its mean, its
    coefficients, its probabilities); average, their mean. At generation 0 the members are the
    sources private to each, or the one source of all."""

    reads = "model"

    axis: int = eqx.field(static=True, default=0)
    _: KW_ONLY
    members: int = eqx.field(static=True, default=2)  # filled in by ``prepare``

    @property
    def curves(self) -> dict[str, Curve]:
        each = {f"mean_{k}": Curve("item units", bias=OWN) for k in range(self.members)}
        return each | {"average": Curve("item units", blind_to=("order",), bias=OWN)}

    def bind(self, arm) -> "MemberMeans":
        return MemberMeans(self.axis, members=len(getattr(arm.model, "members", (arm.model,))))

    def measure(self, key, view):
        members = getattr(view.model, "members", (view.model,))
        at = [location(m)[self.axis] for m in members]
        at = at if len(at) == self.members else at[:1] * self.members
        curves = {f"mean_{k}": x for k, x in enumerate(at)}
        return curves | {"average": jnp.stack(at).mean()}
