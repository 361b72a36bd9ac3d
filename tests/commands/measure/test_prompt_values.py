"""Numbers of each prompt, against all subsets of its answers and against bootstraps of them."""

from itertools import combinations

import numpy as np
import pytest

from collapse.commands.measure import prompt_values as prompts
from collapse.commands.measure.tally import Corpus

GIVEN = {4: "aabc", 7: "ddddd", 9: "e", 12: "fghfgi"}


def corpus(given=None):
    given = given or GIVEN
    answer = [ord(x) - 97 for text in given.values() for x in text]
    group = [number for number, text in given.items() for _ in text]
    return Corpus("", np.array(answer, np.int32), np.array(group, np.int32))


def by_subsets(text, m, value):
    return np.mean([value([text[i] for i in which]) for which in combinations(range(len(text)), m)])


def entropy(answers):
    p = np.unique(answers, return_counts=True)[1] / len(answers)
    return -(p * np.log(p)).sum()


def test_values_are_means_over_all_subsets():
    found = prompts.cells(corpus())
    assert found.prompt.tolist() == list(GIVEN)
    m = prompts.answers_at([corpus()])
    assert m == 4
    same = prompts.same_answer(found).value
    different, within = prompts.different_answers(found, m).value, prompts.entropy(found, m).value
    for i, text in enumerate(GIVEN.values()):
        if len(text) < 2:
            assert np.isnan([same[i], different[i], within[i]]).all()
            continue
        assert same[i] == pytest.approx(by_subsets(text, 2, lambda x: x[0] == x[1]))
        assert different[i] == pytest.approx(by_subsets(text, m, lambda x: len(set(x))))
        assert within[i] == pytest.approx(by_subsets(text, m, entropy))


def test_prompts_asked_once_have_no_size_to_compare_at():
    assert prompts.answers_at([corpus({1: "a", 2: "b"})]) == 1


def test_noise_is_the_variance_over_answers():
    """Of 400 prompts of one law, the mean estimated variance is that between their values."""
    rng = np.random.default_rng(0)
    p = np.array([0.5, 0.2, 0.1, 0.1, 0.05, 0.05])
    answer = rng.choice(6, (400, 30), p=p).astype(np.int32)
    group = np.repeat(np.arange(400), 30)
    one = Corpus("", answer.ravel(), group)
    for found in (prompts.same_answer(prompts.cells(one)), prompts.mean_of(one, answer.ravel())):
        assert found.noise.mean() == pytest.approx(found.value.var(), rel=3.5 * np.sqrt(2 / 400))


def test_a_mean_by_hand():
    found = prompts.mean_of(corpus({2: "ab", 3: "a"}), np.array([1.0, 3.0, 5.0]))
    assert found.value.tolist() == [2, 5]
    assert found.noise[0] == 1
    assert np.isnan(found.noise[1])
