"""The probabilities of single outcomes, one curve each."""

from typing import final

import equinox as eqx

from collapse.curve import OWN, Curve
from collapse.measures.base import Measure
from collapse.part import register


@register("outcome-shares", "probabilities of single outcomes")
@final
class OutcomeShares(Measure):
    """Probabilities of the first ``count`` outcomes under a categorical model. Curves: share_0,
    share_1, ..."""

    reads = "model"

    count: int = eqx.field(static=True, default=8)

    @property
    def curves(self):
        each = Curve("probability", 0, 1, bias=OWN)
        return {f"share_{i}": each for i in range(self.count)}

    def measure(self, key, view):
        return {f"share_{i}": view.model.p[i] for i in range(self.count)}
