"""Answers to prompts against combinations, pairs counted one by one and published results."""

import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from collapse.metrics import answers
from tests.shared import shared

FEW = settings(max_examples=40, deadline=None, derandomize=True, database=None)
GROUP = st.lists(st.sampled_from("abc"), min_size=2, max_size=7)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_pass_at_is_the_share_of_draws_with_a_right_answer(k):
    for right in range(6):
        wrong = math.comb(5 - right, k) / math.comb(5, k)
        assert answers.pass_at([right], 5, k) == pytest.approx(1 - wrong, abs=1e-15)
    assert answers.pass_at([0, 3, 7], [5, 5, 7], k) == pytest.approx(
        np.mean([0, 1 - math.comb(2, k) / math.comb(5, k), 1])
    )
    assert answers.pass_at([1], 10_000, 5000) == pytest.approx(0.5)


@FEW
@given(st.lists(GROUP, min_size=1, max_size=3), st.lists(GROUP, min_size=3, max_size=3))
def test_collisions_are_those_of_all_pairs(groups, others):
    others = others[: len(groups)]
    within = [np.mean([a == b for a, b in itertools.combinations(g, 2)]) for g in groups]
    assert answers.collision_within(groups) == pytest.approx(np.mean(within))
    across = [np.mean([a == b for a in g for b in h]) for g, h in zip(groups, others, strict=True)]
    assert answers.collision_across(groups, others) == pytest.approx(np.mean(across))
    merged = [["a" if x == "b" else x for x in group] for group in groups]
    assert answers.collision_within(merged) >= answers.collision_within(groups)
    assert answers.novelty_classes(merged) <= answers.novelty_classes(groups)
    assert answers.novelty_distinct(groups) == answers.novelty_classes(groups) - 1


def test_collision_within_does_not_depend_on_how_many_are_drawn():
    """Sixths of a die; the mean of 2,000 groups of 3 and of 30, to 4 standard errors."""
    rng = np.random.default_rng(0)
    for n in (3, 30):
        groups = rng.integers(0, 6, (2000, n))
        spread = np.std([answers.collision_within([group]) for group in groups[:300]])
        assert abs(answers.collision_within(groups) - 1 / 6) < 4 * spread / math.sqrt(2000)


def test_wrong_models_agree_as_all_pairs_do():
    rng = np.random.default_rng(2)
    ours, theirs = (rng.integers(0, 4, (6, 5)) for _ in range(2))
    right = rng.integers(0, 4, 6)
    pairs = [
        (a, b)
        for x, y, answer in zip(ours, theirs, right, strict=True)
        for a, b in itertools.product(x, y)
        if answer not in (a, b)
    ]
    expected = np.mean([a == b for a, b in pairs])
    assert answers.agreement_when_wrong(ours, theirs, right) == pytest.approx(expected)
    assert answers.agreement_when_wrong([["b"], ["a"]], [["b"], ["c"]], "aa") == 1


def test_utility_weighs_early_answers_more():
    assert answers.novelty_utility([[5, 5, 5]]) == pytest.approx(5)
    assert answers.novelty_utility([[1, 0], [0, 1]]) == pytest.approx(0.5)
    assert answers.novelty_utility([[1, 0]]) == pytest.approx(1 / 1.8)
    # An answer that repeats an earlier one is worth 0.
    assert answers.novelty_utility([[4, 0, 4]]) < answers.novelty_utility([[4, 4, 4]])


def test_frontier_holds_what_nothing_beats():
    quality, diversity = [3, 2, 2, 1, 0, 3], [1, 2, 1, 3, 3, 1]
    assert answers.frontier(quality, diversity).tolist() == [0, 1, 3]
    assert answers.frontier_area(quality, diversity) == 3 * 1 + 2 * 1 + 1 * 1


@FEW
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=8))
def test_frontier_area_is_the_number_of_cells_below_it(settings_tried):
    quality, diversity = zip(*settings_tried, strict=True)
    cells = sum(any(q > i and d > j for q, d in settings_tried) for i in range(6) for j in range(6))
    assert answers.frontier_area(quality, diversity) == cells
    best = [settings_tried[i] for i in answers.frontier(quality, diversity)]
    for q, d in settings_tried:
        assert any(a >= q and b >= d for a, b in best)
    for (q, d), (a, b) in itertools.permutations(best, 2):
        assert not (a >= q and b >= d)


@pytest.mark.data
def test_noveltybench_is_what_it_published():
    """Gemini 1.5 Pro, 100 curated prompts of 10 answers: mean distinct .83, utility 2.8658..."""
    folder = "llm_outputs/noveltybench/gemini-1.5-pro_curated_"
    lines = shared(f"{folder}scores.jsonl").read_text().splitlines()
    published = json.loads(shared(f"{folder}summary.json").read_text())
    rows = [json.loads(line) for line in lines]
    classes = [row["partition"] for row in rows]
    assert answers.novelty_distinct(classes) == pytest.approx(published["mean_distinct"])
    assert answers.novelty_classes(classes) == pytest.approx(1.83)
    utility = answers.novelty_utility([row["generation_scores"] for row in rows])
    assert utility == pytest.approx(2.8658255953362204, rel=1e-14)
    assert utility == pytest.approx(published["mean_utility"], rel=1e-14)
    # 38 of 100 prompts get more than one answer: most pairs say the same.
    assert answers.collision_within(classes) > 0.5
