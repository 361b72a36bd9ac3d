"""The page of the metrics says what they declare, and its example prints what it shows."""

import contextlib
import io
import math
import re

import pytest

from collapse.metrics import METRICS
from tests.shared import ROOT

PAGE = (ROOT / "docs" / "metrics.md").read_text()
LINES = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| `")]
ROWS = {line[0].strip("`"): line for line in LINES if len(line) == 8}


def test_the_example_prints_what_the_page_shows():
    (source,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (shown,) = re.findall(r"```\n\n```\n(.*?)```", PAGE, re.DOTALL)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(source, {})
    assert printed.getvalue() == shown


def test_every_index_is_on_the_page_as_declared():
    number = lambda x: {math.inf: "∞", -math.inf: "-∞"}.get(x, f"{x:.3g}")  # noqa: E731
    for name, one in METRICS.items():
        _, definition, unit, limits, better, blind, bias, oracle = ROWS[name]
        assert unit == one.unit
        assert limits == f"{number(one.low)} to {number(one.high)}"
        assert better == (one.better or "neither")
        assert blind == (", ".join(sorted(one.blind_to)) or "nothing"), name
        assert bias == one.bias
        assert definition
        assert oracle
    assert set(ROWS) == set(METRICS)


@pytest.mark.parametrize("name", ["precision", "recall"])
def test_a_declared_index_calls_its_function(name):
    sample = [[float(i), 0.0] for i in range(9)]
    assert METRICS[name](sample, sample, k=2) == METRICS[name].function(sample, sample, 2) == 1
