"""Search in trees: what is right by plain halving, a beginner's walks, and the law of finding the
leaf against a simulation of runs of right steps."""

import jax
import numpy as np
import pytest

from collapse import PromptedTable, TokenTable
from collapse.scenario.trees import Trees

TREES = Trees(count=3, depth=4)
N = 6000


def walks():
    model = PromptedTable(TokenTable(TREES.beginner(), TREES.length), given=TREES.given)
    return np.asarray(jax.jit(lambda key: model.sample(key, N))(jax.random.key(0)))


def test_walks_stay_in_their_trees_and_are_right_by_halving():
    rows = walks()
    tree, nodes = rows[:, 0] - 1, rows[:, 1:] - TREES.nodes * (rows[:, [0]] - 1)
    assert (nodes[:, 0] == 1).all()
    assert (nodes[:, 1:] // 2 == nodes[:, :-1]).all()
    ends = TREES.ways[tree, -1]
    right = np.stack([nodes[:, i] == ends // 2 ** (TREES.depth - i) for i in range(1, 5)], 1)
    np.testing.assert_array_equal(np.asarray(TREES.steps(rows))[:, 2:], right)
    np.testing.assert_array_equal(TREES.outcome(rows), nodes[:, -1] == ends)
    for step in range(TREES.depth):
        p = 0.5 ** (step + 1)
        assert abs(right[:, step].mean() - p) < 4.5 * np.sqrt(p * (1 - p) / N)


def test_a_fooled_judge_takes_that_share_of_wrong_steps_for_right():
    large = Trees(count=20, depth=7)
    true, fooled = large.looks_good(), large.looks_good(0.2)
    assert true.sum() == 20 * 8
    assert fooled[true].all()
    wrong = ~true[1:]
    assert abs(fooled[1:][wrong].mean() - 0.2) < 4.5 * np.sqrt(0.16 / wrong.sum())


@pytest.mark.parametrize("each_step", [False, True])
def test_the_law_of_finding_the_leaf(each_step):
    """20,000 trees by plain Python's rule; the law of the other reward is told apart."""
    rng, depth, tries = np.random.default_rng(1), 4, 3
    known, found = np.zeros(20_000, int), []
    for _ in range(5):
        found.append((0.5 ** (depth - known)).mean())
        flips = rng.random((len(known), tries, depth)) < 0.5
        runs = np.cumprod(flips, axis=2).sum(2).max(1)
        known = np.minimum(known + runs, depth) if each_step else np.where(
            known + runs >= depth, depth, known
        )  # fmt: skip
    law = Trees(count=1, depth=depth).solved(tries, 5, each_step)
    np.testing.assert_allclose(found, law, atol=0.01)
    other = Trees(count=1, depth=depth).solved(tries, 5, not each_step)
    assert np.abs(np.array(found) - other).max() > 0.05
