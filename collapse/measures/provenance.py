"""Where the training data of a generation come from."""

from typing import ClassVar, final

import jax.numpy as jnp

from collapse.curve import Curve
from collapse.measures.base import Measure
from collapse.part import register
from collapse.types import is_synthetic


@register("synthetic-share", "share of the training data that models wrote")
@final
class SyntheticShare(Measure):
    """Curve: synthetic_share, the share of the training data's weight that came from a model; 0 at
    generation 0. It means something only where rows keep their sources: in mixes of items and in a
    ``Web``, but not in regimes that merge supports or summaries, nor in a ``Web`` with several
    crawlers, which marks all rows as private to a member."""

    reads_data = True
    curves: ClassVar = {
        "synthetic_share": Curve("share", 0, 1, "less", ("copies", "order"), "none"),
    }

    def measure(self, key, view):
        count = view.data.count
        total = count.sum()
        synthetic = jnp.where(is_synthetic(view.data.source), count, 0).sum()
        return {"synthetic_share": synthetic / jnp.where(total > 0, total, 1)}
