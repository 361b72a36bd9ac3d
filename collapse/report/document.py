"""What ``--json`` prints: one object for each command, by the schemas in ``collapse/schemas``."""

import math
from importlib.metadata import version

import numpy as np

from collapse.stats.estimate import Estimate

FORMAT = 1  # version of the schemas of all documents


def document(command: str, body: dict, schema: str = "") -> dict:
    """The body of a command's result with what it is: ``command``, ``version`` of collapse and
    ``schema``, which is named after the command unless another is given. All values are plain."""
    about = {"command": command, "version": version("collapse")}
    return plain(about | {"schema": f"collapse/{schema or command}/{FORMAT}"} | body)


def plain(value):
    """Values that JSON can hold: estimates as objects, NaN as null, infinities as text."""
    if isinstance(value, Estimate):
        return plain(value.as_dict())
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (float, np.floating)):
        if math.isfinite(value):
            return float(value)
        return None if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return value.item() if isinstance(value, np.generic) else value
