"""Numbers for given outputs, without a simulation.

Functions of data alone, each declared with its meaning. ``METRICS`` lists them:
``METRICS["distinct"]`` knows its unit, range, what it cannot see and how it depends on the amount
of data. Calling it is calling the function.
"""

import importlib

HOMES = ("counts", "lexical", "overlap", "perplexity")
HOMES += ("similarity", "neighbours", "distances", "answers")
for _home in HOMES:
    importlib.import_module(f"collapse.metrics.{_home}")

from collapse.metrics.base import METRICS, Metric, MetricWarning, metric  # noqa: E402

__all__ = ["METRICS", "Metric", "MetricWarning", "metric"]
