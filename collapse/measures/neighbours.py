"""Precision and recall of points, by nearest-neighbour distances."""

from dataclasses import KW_ONLY
from typing import Any, ClassVar, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.curve import Curve
from collapse.items import POINTS, Items
from collapse.measures.base import Measure
from collapse.numerics.device import compiled
from collapse.part import array, at_least, register

ALIKE = ("order", "rotation", "scale", "shift")
NEAR = "small; below 1 for two samples of one source, further below in more dimensions"

AT_ONCE = 32  # points per batch of distances, so that they stay in cache
SEED = 20_001


@register("precision-recall", "k-nearest-neighbour precision and recall")
@final
class PrecisionRecall(Measure):
    """Curves (Kynkaanniemi et al. 2019, eq. 1-2; k = 5 as in Alemohammad et al. 2024):

    precision  share of the output inside the ball of at least one real row
    recall     share of the real rows inside the ball of at least one item of the output

    The radius of a row's ball is the distance to its k-th nearest other row of the same set,
    boundary included. Equal rows count as neighbours, and a ball of radius 0 contains its copies.
    Distances are Euclidean, in item units, and all are computed: n^2 d operations.

    ``rows`` (N, d) are held-out real rows; None: n rows drawn from the truth with a fixed key
    before the run. ``columns`` is the number of leading columns used in distances (None: all), for
    example to leave out a label in the last column.
    """

    curves: ClassVar = {
        "precision": Curve("share", 0, 1, "more", ALIKE, NEAR),
        "recall": Curve("share", 0, 1, "more", ALIKE, NEAR),
    }

    k: int = at_least(1, default=5, static=True)
    _: KW_ONLY
    rows: Any = array(default=None)
    columns: int | None = at_least(1, default=None, static=True)

    def bind(self, arm) -> "PrecisionRecall":
        if self.rows is not None:
            return self
        return PrecisionRecall(self.k, rows=real_rows(arm.truth, arm.n), columns=self.columns)

    def takes(self):
        d = None if self.rows is None else self.rows.shape[1]
        return Items("points", {"d": d}, POINTS)

    def measure(self, key, view):
        mass = view.output.mass / view.output.mass.sum()
        real, output = (rows[:, : self.columns] for rows in (self.rows, view.output.rows))
        precise = inside(output, real, radii(real, self.k))
        recalled = inside(real, output, radii(output, self.k))
        return {"precision": precise @ mass, "recall": recalled.mean()}

    def check_compatible(self, arm):
        if arm.sampler.kind != "items":
            return [
                "PrecisionRecall needs items, and this sampler draws none: leave it out, or use a"
                " sampler that draws items."
            ]
        if min(arm.n, arm.n if self.rows is None else len(self.rows)) <= self.k:
            return [f"PrecisionRecall needs more than k = {self.k} items and real rows."]
        return []

    def validate(self):
        if self.rows is None or np.ndim(self.rows) == 2:
            return super().validate()
        shape = np.shape(self.rows)
        return [*super().validate(), f"PrecisionRecall rows must be (N, d), not {shape}."]


@compiled
def real_rows(truth, n: int) -> Array:
    """n rows of the truth, drawn with a fixed key."""
    return truth.sample(jax.random.key(SEED), n)


def squares(row: Array, rows: Array) -> Array:
    """(n,) squared distances of one row (d,) from all rows (n, d).

    They are computed from differences and not from a matrix product, so that copies have distance
    exactly 0 and the result is symmetric."""
    return ((rows - row) ** 2).sum(1)


def radii(rows: Array, k: int) -> Array:
    """(n,) squared distance of each row from its k-th nearest other row."""
    n = len(rows)

    def kth_smallest(i):
        square = squares(rows[i], rows).at[i].set(jnp.inf)  # leaves out the row, not its copies
        # Removes the smallest k - 1 times, which is much faster than a sort on a CPU.
        drop = lambda _, square: square.at[jnp.argmin(square)].set(jnp.inf)  # noqa: E731
        return jax.lax.fori_loop(0, k - 1, drop, square).min()

    return jax.lax.map(kth_smallest, jnp.arange(n), batch_size=min(AT_ONCE, n))


def inside(rows: Array, centres: Array, reach: Array) -> Array:
    """(n,) 1 for rows inside the ball of any centre, with squared radii ``reach``."""
    in_any = lambda row: (squares(row, centres) <= reach).any()  # noqa: E731
    return jax.lax.map(in_any, rows, batch_size=min(AT_ONCE, len(rows))).astype(reach.dtype)
