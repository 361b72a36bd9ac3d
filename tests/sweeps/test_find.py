"""Thresholds against laws: where a condition begins to hold, rising and falling."""

import numpy as np
import pytest

import collapse as c
from collapse.sweeps.find import condition_of, find

K, T = 20, 8


def arm(**more):
    truth = c.Categorical(np.full(K, 1 / K))
    parts = {"truth": truth, "measures": (c.ModelDiversity(),), "n": 50, "generations": T}
    return c.Arm(**parts | more)


@pytest.mark.slow
def test_the_size_at_which_half_of_the_heterozygosity_is_left():
    """(1 - 1/n)^T = 1/2 (Wright 1931)."""
    found = find(arm(), "n=4:60", f"model_gini@{T} >= 0.5 * real", seeds=600)
    one = found.thresholds["arm"]
    law = 1 / (1 - 0.5 ** (1 / T))  # 12.05
    assert found.above["arm"]
    assert one.low <= law <= one.high
    assert one.high - one.low < 4
    other = find(arm(), "n=4:60", f"model_gini@{T} >= 0.6 * real", seeds=600)
    assert not one.low <= other.thresholds["arm"].value <= one.high


@pytest.mark.slow
def test_a_condition_that_holds_below_the_threshold():
    """p^(1/T) for a temperature T: entropy falls below a level as T falls; greedy at last."""
    truth = c.zipf(K)
    base = arm(truth=truth, sampler=c.Tempered(0.5), n=20_000, generations=2)
    found = find(base, "sampler.temperature=0.2:1", "model_entropy@2 <= 1.5", seeds=4)
    p = 1 / np.arange(1, K + 1)

    def entropy(temperature):
        q = p ** (1 / temperature)
        q /= q.sum()
        return -(q * np.log(q)).sum()

    grid = np.linspace(0.2, 1, 8001)
    law = grid[np.argmin([abs(entropy(x) - 1.5) for x in grid])]
    one = found.thresholds["arm"]
    assert not found.above["arm"]
    np.testing.assert_allclose(one.value, law, atol=0.01)


@pytest.mark.slow
def test_what_holds_everywhere_and_nowhere():
    every = find(arm(), "n=20:60", "model_entropy >= 0.1", seeds=4)
    assert every.thresholds["arm"].value == 20
    none = find(arm(), "n=20:60", "model_entropy >= 9", seeds=4)
    assert np.isnan(none.thresholds["arm"].value)


@pytest.mark.parametrize(
    ("setting", "condition", "sentence"),
    [
        ("n=4:60", "model_entropy", "is no condition: write CURVE"),
        ("n=4:60", "model_entropy > 2", "is no condition"),
        ("n=4:60", "model_entropy >= 1e", "'1e' is no number"),
        ("n=4:60", "model_entropy >= 2 * last", "is no condition"),
        ("n=4", "model_entropy >= 2", "write PATH=LOW:HIGH"),
        ("n=4:60:5", "model_entropy >= 2", "write PATH=LOW:HIGH"),
        ("n=4:60", "entropie >= 2", "There is no curve"),
        ("m=4:60", "model_entropy >= 2", "There is no field of Arm"),
    ],
)
def test_mistakes_are_sentences(setting, condition, sentence):
    with pytest.raises(c.UserError, match=sentence):
        find(arm(), setting, condition, seeds=2)


def test_a_condition_is_read_as_it_is_written():
    one = condition_of("effective_number@20 <= 1.5 * first")
    assert (one.curve, one.at, one.least, one.level, one.unit) == (
        "effective_number", 20, False, 1.5, "first",
    )  # fmt: skip
    curve = np.arange(1.0, 23.0)[None]
    np.testing.assert_allclose(one.numbers(curve), [-21 / 2])
    assert one.wanted == -1.5
