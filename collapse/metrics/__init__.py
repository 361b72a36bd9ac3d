"""Numbers for a person's own outputs: functions of data alone, each declared with its meaning.

``INDICES`` lists them: ``INDICES["distinct"]`` knows its unit, range, what it cannot see and how it
depends on the amount of data. Calling it is calling the function.
"""

import importlib

HOMES = ("counts", "lexical", "overlap", "perplexity")
HOMES += ("similarity", "neighbours", "distances", "answers")
for _home in HOMES:
    importlib.import_module(f"collapse.metrics.{_home}")

from collapse.metrics.base import INDICES, Index, IndexWarning, index  # noqa: E402

__all__ = ["INDICES", "Index", "IndexWarning", "index"]
