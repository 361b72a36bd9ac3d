"""What the probes of a judge found, for the document, the table and the figure."""

from dataclasses import dataclass, field

import numpy as np

from collapse.stats.estimate import Estimate
from collapse.stats.proportions import share

NO_GROWTH = Estimate(1.0, 1.0, 1.0, method="by definition")
NO_SHARE = Estimate(0.0, 0.0, 0.0, method="by definition", unit="share")


@dataclass
class Found:
    """``rows``: a row for the ordinary items, where they are scored, and one for each family.

    ``kind``: how items are judged: "texts" one by one, "groups" of ``group``, or "tokens". ``n``
    and ``calls``: ordinary items, and questions asked. ``middle``, ``top``: median and upper decile
    of the scores of ordinary items, None in groups. ``lacking``: probes that do not apply, with the
    reason. ``order``: how often the verdict changes with the order, None where it has none.
    """

    kind: str
    n: int
    calls: int
    middle: float | None
    top: float | None
    rows: list[dict]
    lacking: dict[str, str] = field(default_factory=dict)
    group: int = 1
    order: dict | None = None


def earned(name: str, about: str, scores: np.ndarray, middle: float, top: float) -> dict:
    """The row of a family: the shares of its scores (n,) that reach the median and the upper decile
    of ordinary items. An abstention (NaN) reaches neither."""
    return {
        "name": name,
        "about": about,
        "n": len(scores),
        "abstained": int(np.isnan(scores).sum()),
        "earns": share((scores >= middle).astype(float)),
        "top": share((scores >= top).astype(float)),
        "growth": NO_GROWTH,
        "real_share": NO_SHARE,
        "change": None,
        "example": "",
    }
