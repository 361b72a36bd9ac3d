"""Preserved, lost and gained, by hand and by shuffling; pass@k against its definition."""

from itertools import combinations

import numpy as np
import pytest

from collapse.commands.measure.steps import support
from collapse.commands.measure.steps.rollouts import Rollouts
from collapse.files.troubles import Troubles

LIMIT = 2


def rollouts(rows):
    """From (step, prompt, answer, score)."""
    step, prompt, answer, score = map(np.array, zip(*rows, strict=True))
    return Rollouts(
        step.astype(float), prompt, answer, score.astype(float), None, 0.5, [], [], Troubles()
    )


def test_fates_by_hand():
    """Prompt 0 keeps one of two right answers and gains one; 1 is lost; 2 is gained; 3 is never
    solved; 4 is asked once only; 5 is asked at steps 2 and 3."""
    found = support.support(
        rollouts(
            [
                *[(1, 0, 10, 1), (1, 0, 11, 1), (9, 0, 10, 1), (9, 0, 12, 1)],
                *[(1, 1, 10, 1), (1, 1, 10, 0), (9, 1, 13, 0), (9, 1, 13, 0)],
                *[(1, 2, 10, 0), (1, 2, 11, 0), (9, 2, 10, 1), (9, 2, 10, 1)],
                *[(1, 3, 10, 0), (1, 3, 10, 0), (9, 3, 10, 0), (9, 3, 10, 0)],
                (1, 4, 10, 1),
                *[(2, 5, 10, 1), (2, 5, 11, 0), (3, 5, 10, 1), (3, 5, 11, 0), (2, 5, 11, 0)],
            ]
        )
    )
    assert found["prompts"] == 5
    assert (found["first_steps"], found["last_steps"]) == ([1, 2], [3, 9])
    solved, answers = found["solved"], found["answers"]
    assert [solved[x] for x in ("preserved", "lost", "gained")] == [2, 1, 1]
    assert [answers[x] for x in ("preserved", "lost", "gained")] == [2, 2, 2]
    assert [row["k"] for row in found["pass_at"]] == [1, 2]
    assert found["pass_at"][0]["first"].value == pytest.approx((1 + 0.5 + 0 + 0 + 1 / 3) / 5)


def test_nothing_is_known_of_prompts_asked_once():
    assert support.support(rollouts([(1, 0, 0, 1), (2, 1, 0, 1)])) is None


def test_no_right_answer_at_all():
    found = support.support(rollouts([(s, 0, 0, 0) for s in (1, 1, 2, 2)]))
    assert found["answers"]["lost"] == found["solved"]["gained_by_chance"] == 0


def test_losses_by_chance_are_those_of_shuffling():
    """Both samples thrown together and dealt again."""
    rng = np.random.default_rng(0)
    before, after = np.array([3, 1, 0, 2, 5]), np.array([0, 1, 1, 0, 4])
    n_before, n_after = np.full(5, 6), np.full(5, 9)
    found = support._fates(before, after, n_before, n_after)
    lost, gained = [], []
    for _ in range(4000):
        again = rng.hypergeometric(before + after, n_before + n_after - before - after, n_before)
        lost.append(((again > 0) & (again == before + after)).sum())
        gained.append(((again == 0) & (before + after > 0)).sum())
    error = 3.5 * np.std(lost) / np.sqrt(4000)
    assert found["lost_by_chance"] == pytest.approx(np.mean(lost), abs=error)
    assert found["gained_by_chance"] == pytest.approx(np.mean(gained), abs=error)


def test_pass_at_is_the_share_of_subsets_with_a_right_answer():
    right, n = np.array([0, 2, 5]), np.array([6, 6, 6])
    for row in support.pass_at([right, right], [n, n]):
        for k in [row["k"]]:
            each = [
                np.mean([any(i < c for i in which) for which in combinations(range(6), k)])
                for c in right
            ]
        assert row["first"].value == pytest.approx(np.mean(each))
        assert not row["differs"]


def test_no_change_of_pass_at_k_is_seldom_called_one():
    rng, sets, alarms = np.random.default_rng(1), 400, 0
    n = np.full(40, 8)
    for _ in range(sets):
        p = rng.beta(0.5, 0.5, 40)
        rows = support.pass_at([rng.binomial(8, p), rng.binomial(8, p)], [n, n])
        alarms += any(row["differs"] for row in rows)
    assert alarms / sets <= 0.05 + LIMIT * np.sqrt(0.05 * 0.95 / sets)
