"""What each scenario of networks claims: made-up curves on which it holds, and each way to spoil
one of them, after which the claims that name that curve, and no others, do not hold."""

import numpy as np
import pytest

from collapse.claims import check
from collapse.scenario import build

SEEDS = 3


def line(first, last, real=None):
    """From the first model to the last; ``real`` at generation 0, which no claim may take for the
    first model: a number on the other side of the last."""
    return first, last, (first + 3 * (last - first) if real is None else real)


# The first and last number of each curve, on which every claim holds.
GOOD = {
    "text-decoding": {
        "pure/distinct_2": (0.3, 0.5),
        **{f"{way}/distinct_2": (0.3, 0.2) for way in ("top-k", "top-p")},
        **{f"{way}/entropy": (5.0, 4.0) for way in ("top-k", "top-p")},
        **{
            f"{way}/cross_entropy": (1.0, 2.0) for way in ("pure", "temperature", "top-k", "top-p")
        },
    },
}
