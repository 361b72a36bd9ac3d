"""Metrics of a user's own outputs, without a simulation.

``METRICS`` lists them with their declared properties: ``METRICS["distinct"]`` has its unit, range,
the changes it is blind to, and its dependence on the amount of data. Calling it calls the function.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collapse.metrics.base import METRICS, Metric, MetricWarning, metric

HOMES = ("counts", "lexical", "overlap", "perplexity")
HOMES += ("similarity", "neighbours", "distances", "answers")

__all__ = ["METRICS", "Metric", "MetricWarning", "metric"]


def __getattr__(name: str) -> Any:
    """The public names, once every metric is declared: a simulation needs their formulas alone."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    for home in HOMES:
        importlib.import_module(f"collapse.metrics.{home}")
    return getattr(importlib.import_module("collapse.metrics.base"), name)
