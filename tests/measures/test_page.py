"""The page of the measures says what their curves declare, and names oracles that there are."""

import math
import re

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from collapse.metrics import METRICS
from collapse.types import Batch, View
from tests.shared import ROOT, shipped_curves

PAGE = (ROOT / "docs" / "measures.md").read_text()
SECTIONS = [part for part in PAGE.split("\n## ") if "| curve |" in part]
CELLS = ["curve", "definition", "unit", "limits", "better", "blind", "bias", "floor", "oracle"]


def named(cell: str) -> list[str]:
    """The curves of a row: `a`, `b` or `a_1` .. `a_8`."""
    names = re.findall(r"`(\w+)`", cell)
    if " .. " not in cell:
        return names
    stem, first = names[0].rsplit("_", 1)
    return [f"{stem}_{i}" for i in range(int(first), int(names[1].rsplit("_", 1)[1]) + 1)]


def rows() -> dict[str, dict]:
    found = {}
    for line in PAGE.splitlines():
        if line.startswith("| `"):
            cells = dict(zip(CELLS, line.strip("| ").split(" | "), strict=True))
            for name in named(cells["curve"]):
                assert name not in found, name
                found[name] = cells
    return found


def test_every_curve_is_on_the_page_as_declared():
    number = lambda x: {math.inf: "∞", -math.inf: "-∞"}.get(x, f"{x:.3g}")  # noqa: E731
    table, curves = rows(), shipped_curves()
    assert set(table) == set(curves)
    for name, curve in curves.items():
        row = table[name]
        assert row["unit"] == curve.unit
        assert row["limits"] == f"{number(curve.low)} to {number(curve.high)}", name
        assert row["better"] == (curve.better or "neither"), name
        assert row["blind"] == (", ".join(sorted(curve.blind_to)) or "nothing"), name
        heavy = "; heavy-tailed over seeds" if curve.heavy else ""
        assert row["bias"] == curve.bias + heavy, name
        assert row["definition"]
        assert row["floor"]


def test_oracles_are_in_the_tests_that_are_named():
    """Every section names its tests, which speak of the section's curves; and every index that is
    an oracle is one, whose agreement is measured."""
    agreement = (ROOT / "tests" / "measures" / "test_agreement.py").read_text()
    for section in SECTIONS:
        paths = re.findall(r"`(tests/[\w/]+\.py)`", section)
        text = "".join((ROOT / path).read_text() for path in paths)
        assert paths, section[:40]
        for line in section.splitlines():
            if not line.startswith("| `"):
                continue
            cells = dict(zip(CELLS, line.strip("| ").split(" | "), strict=True))
            for name in named(cells["curve"]):
                stem = re.sub(r"_\d+$", "_", name)
                assert f'"{name}' in text or stem in text or f"={name}" in text, name
            for index in re.findall(r"index `(\w+)`", cells["oracle"]):
                assert f'METRICS["{index}"]' in agreement or index in ("precision", "recall")
                assert index in METRICS


def test_differences_on_the_page_are_those_allowed_by_the_tests():
    """No agreement with an index is claimed to be worse than rounding of single precision."""
    for name, row in rows().items():
        for size in re.findall(r"index `\w+`: (\de-\d+)", row["oracle"]):
            assert float(size) < 5e-6, name


def test_the_measure_of_the_page_measures():
    (source,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    scope: dict = {}
    exec(source, scope)
    measure = scope["Longest"]()
    texts = jnp.array([[1, 2, 0], [1, 0, 0], [3, 3, 3]])
    batch = Batch(texts, jnp.ones(3), jnp.zeros(3, jnp.int32))
    view = View(batch, None, None, None, jnp.array(1), 2)
    assert float(measure.measure(None, view)["longest"]) == 2  # of the first n = 2
    assert measure.curves["longest"].unit == "tokens"


@pytest.mark.parametrize("name", ["entropy", "hill_0", "total_variation"])
def test_floors_are_those_of_plain_sampling(name):
    """Of 1,000 draws of Zipf's law over 100, by NumPy: within 4.5 standard errors of 50 seeds, and
    the last digit of the page."""
    p = 1 / np.arange(1, 101)
    p /= p.sum()
    shares = np.random.default_rng(0).multinomial(1000, p, 5000) / 1000
    values = {
        "entropy": stats.entropy(shares, axis=1),
        "hill_0": (shares > 0).sum(1),
        "total_variation": 0.5 * np.abs(shares - p).sum(1),
    }[name]
    first, second = (float(x) for x in rows()[name]["floor"].split(", "))
    allowed = 4.5 * values.std() / np.sqrt(50) + 0.005 * values.mean()
    told = second if name == "total_variation" else first
    assert abs(told - values.mean()) < allowed
    assert abs(values.mean()) > 2 * allowed
