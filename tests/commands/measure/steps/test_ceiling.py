"""R = -a e^H + b: the ceiling that early steps predict is in its interval, and no fit is made where
the entropy says nothing."""

import numpy as np
import pytest

from collapse.commands.measure.steps.ceiling import ceiling
from collapse.stats.estimate import Estimate

A, B = 0.2, 0.9


def rows(h, score, logged=None):
    logged = [None] * len(h) if logged is None else logged
    return [
        {"entropy": Estimate(x), "score": Estimate(y), "logged_entropy": z}
        for x, y, z in zip(h, score, logged, strict=True)
    ]


def test_an_exact_law_is_found_again():
    h = np.linspace(1.4, 0.1, 30)
    found = ceiling(rows(h, B - A * np.exp(h)), 8)
    assert (found["a"], found["b"]) == pytest.approx((A, B))
    assert found["ceiling"].value == pytest.approx(B - A)
    assert (found["early"], found["later"]["steps"]) == (10, 20)
    assert found["later"]["rmse"] < 1e-12
    assert found["predicted"] == pytest.approx(B - A * np.exp(h))


def test_the_ceiling_is_in_93_to_97_of_100_intervals():
    rng, sets, held, inside = np.random.default_rng(0), 1000, 0, []
    h = np.linspace(1.5, 0.05, 36)
    for noise in rng.normal(0, 0.02, (sets, 36)):
        found = ceiling(rows(h, B - A * np.exp(h) + noise), 8)
        held += found["ceiling"].low <= B - A <= found["ceiling"].high
        inside.append(found["later"]["inside"] / found["later"]["steps"])
    assert 0.93 < held / sets < 0.97
    assert np.mean(inside) == pytest.approx(0.95, abs=0.02)


def test_a_run_that_leaves_the_law_is_seen():
    h = np.linspace(1.4, 0.1, 30)
    score = B - A * np.exp(h)
    score[10:] += 0.2
    later = ceiling(rows(h, score + np.random.default_rng(0).normal(0, 0.01, 30)), 8)["later"]
    assert later["inside"] < 3
    assert later["bias"] == pytest.approx(0.2, abs=0.03)


def test_the_logged_entropy_comes_first():
    h = np.linspace(1.4, 0.1, 12)
    found = ceiling(rows(np.full(12, 2.07), B - A * np.exp(h), h.tolist()), 8)
    assert (found["entropy"], found["a"]) == ("logged", pytest.approx(A))


@pytest.mark.parametrize(
    ("h", "reason"),
    [
        (np.full(30, np.log(8)), "nearly all answers to a prompt differ"),
        (np.full(30, np.nan), "no prompt was asked twice"),
        (np.linspace(1, 0.5, 6), "a third of the steps is 2"),
        (np.full(30, 1.0), "does not change"),
    ],
)
def test_no_fit_and_why(h, reason):
    assert reason in ceiling(rows(h, np.linspace(0, 1, len(h))), 8)["reason"]


def test_no_fit_of_a_score_that_stays():
    found = ceiling(rows(np.linspace(1.4, 0.1, 30), np.full(30, 0.5)), 8)
    assert found["reason"] == "the score of the early steps does not change"


def test_the_ceiling_stays_inside_the_possible_scores():
    h = np.linspace(1.4, 0.1, 30)
    noise = np.random.default_rng(0).normal(0, 0.02, 30)
    found = ceiling(rows(h, 1.18 - A * np.exp(h) + noise), 8, (0.0, 1.0))
    assert found["possible"]
    assert found["ceiling"].high == 1
    assert found["ceiling"].clipped
    found = ceiling(rows(h, 1.5 - A * np.exp(h) + noise), 8, (0.0, 1.0))
    assert not found["possible"]
    assert found["ceiling"].value == pytest.approx(1.3, abs=0.05)
