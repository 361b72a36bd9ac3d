"""Agreement of models against every pair of answers, and against tables written by hand."""

from collections import defaultdict

import numpy as np
import pytest

from collapse.metrics.agreement import (
    Answers,
    agreement_when_wrong,
    by_prompt,
    chance_when_wrong,
    collisions,
)

# Models A and B, prompts 0 and 1, right answers 0 and 1:
# A says 0, 0 and 2, 2; B says 0, 3 and 2, 3.
MODEL = np.array([0, 0, 0, 0, 1, 1, 1, 1])
PROMPT = np.array([0, 0, 1, 1, 0, 0, 1, 1])
ANSWER = np.array([0, 0, 2, 2, 0, 3, 2, 3])
TABLE = Answers(MODEL, PROMPT, ANSWER)
WRONG = ANSWER != PROMPT


def test_a_table_by_hand():
    np.testing.assert_allclose(collisions(TABLE), [[1, 0.5], [0.5, 0]])
    # Both are wrong on prompt 1 alone, where A says 2, 2 and B says 2, 3.
    np.testing.assert_allclose(agreement_when_wrong(TABLE, WRONG), [[1, 0.5], [0.5, 0]])
    # Wrong answers to prompt 1: 2 and 3.
    np.testing.assert_allclose(chance_when_wrong(TABLE, WRONG), np.full((2, 2), 0.5))
    np.testing.assert_allclose(chance_when_wrong(TABLE, WRONG, 5), np.full((2, 2), 0.25))
    within, across = by_prompt(TABLE)
    np.testing.assert_allclose(within, [0.5, 0.5])
    np.testing.assert_allclose(across, [0.5, 0.5])


def test_one_answer_a_prompt_is_the_count_of_kim_et_al():
    """Of the questions that both get wrong, the share with the same wrong answer: here 2 of 3. The
    diagonal has no pair."""
    a, b = [1, 1, 1, 0, 2], [1, 1, 2, 1, 0]  # 0 is right
    one = Answers(np.repeat([0, 1], 5), np.tile(np.arange(5), 2), np.array(a + b))
    found = agreement_when_wrong(one, one.answer != 0)
    np.testing.assert_allclose(found, [[np.nan, 2 / 3], [2 / 3, np.nan]])
    assert chance_when_wrong(one, one.answer != 0, 4)[0, 1] == pytest.approx(1 / 3)


def pairs(given, x, y, q):
    where = [np.flatnonzero((given.model == m) & (given.prompt == q)) for m in (x, y)]
    return [(i, j) for i in where[0] for j in where[1] if i != j]


@pytest.mark.parametrize("seed", range(8))
def test_every_pair_of_answers(seed):
    generator, n = np.random.default_rng(seed), 60
    model = np.concatenate([np.arange(4), generator.integers(0, 4, n - 4)])
    given = Answers(model, generator.integers(0, 8, n), generator.integers(0, 4, n))
    wrong = given.answer != given.prompt % 4
    several = defaultdict(set)
    for q, a in zip(given.prompt[wrong], given.answer[wrong], strict=True):
        several[q].add(a)
    found = (
        collisions(given),
        agreement_when_wrong(given, wrong),
        chance_when_wrong(given, wrong),
        chance_when_wrong(given, wrong, 4),
    )
    for x in range(4):
        for y in range(4):
            equal, same, both, seen, known = [], 0.0, 0.0, 0.0, 0.0
            for q in range(8):
                if not (every := pairs(given, x, y, q)):
                    continue
                agree = [given.answer[i] == given.answer[j] for i, j in every]
                bad = [wrong[i] and wrong[j] for i, j in every]
                equal.append(np.mean(agree))
                same += np.mean([a and b for a, b in zip(agree, bad, strict=True)])
                both += np.mean(bad)
                seen += np.mean(bad) / max(len(several[q]), 1)
                known += np.mean(bad) / 3
            law = np.mean(equal), same / both, seen / both, known / both
            assert [each[x, y] for each in found] == pytest.approx(law)


def test_by_prompt_is_the_mean_of_the_map():
    generator = np.random.default_rng(1)
    model, prompt = np.repeat(np.arange(3), 40), np.tile(np.arange(8), 15)
    given = Answers(model, prompt, generator.integers(0, 5, 120))
    within, across = by_prompt(given)
    found = collisions(given)
    assert within.mean() == pytest.approx(np.diag(found).mean())
    assert across.mean() == pytest.approx(found[~np.eye(3, dtype=bool)].mean())


def test_models_that_choose_at_random_agree_by_chance():
    """400 prompts, 4 options, independent answers: within four standard errors of 1/3."""
    generator, prompts = np.random.default_rng(2), 400
    model, prompt = np.repeat([0, 1], prompts), np.tile(np.arange(prompts), 2)
    given = Answers(model, prompt, generator.integers(0, 4, 2 * prompts))
    found = agreement_when_wrong(given, given.answer != 0)[0, 1]
    assert abs(found - 1 / 3) < 4 * np.sqrt(2 / 9 / (prompts * 9 / 16))
