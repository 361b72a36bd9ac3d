"""Metrics of a user's own outputs, without a simulation.

``METRICS`` lists them with their declared properties: ``METRICS["distinct"]`` has its unit, range,
the changes it is blind to, and its dependence on the amount of data. Calling it calls the function.
"""

import importlib

HOMES = ("counts", "lexical", "overlap", "perplexity")
HOMES += ("similarity", "neighbours", "distances", "answers")
for _home in HOMES:
    importlib.import_module(f"collapse.metrics.{_home}")

from collapse.metrics.base import METRICS, Metric, MetricWarning, metric  # noqa: E402

__all__ = ["METRICS", "Metric", "MetricWarning", "metric"]
