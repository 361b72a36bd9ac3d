"""Sums modulo m: what is right by plain Python, and what is right by chance."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from collapse import PromptedTable, TokenTable
from collapse.scenario.sums import Sums

SUMS, RIGHT, N = Sums(m=5, steps=4), 0.6, 40_000
TEXTS = SUMS.problems(np.random.default_rng(0), 12, held_out=False)


def read(row) -> tuple[int, list[int], list[int]]:
    """The start, the numbers to add and the values written, of a row without its prompt."""
    start, rest = int(row[0]) - 1, [int(x) for x in row[1:]]
    return start, [x - 11 for x in rest[::2]], [(x - 1) % 5 for x in rest[1::2]]


def beginner_rows():
    model = PromptedTable(TokenTable(SUMS.beginner(RIGHT), SUMS.length, order=3), given=TEXTS)
    return jax.jit(lambda key: model.sample(key, N))(jax.random.key(0))


@pytest.mark.slow
def test_steps_and_outcomes_are_those_of_plain_sums():
    rows = beginner_rows()[:200]
    steps, outcomes = np.asarray(SUMS.right_steps(rows)), np.asarray(SUMS.outcome(rows))
    for row, right, solved in zip(np.asarray(rows), steps, outcomes, strict=True):
        before, add, values = read(row[1:])
        assert solved == ((before + sum(add)) % 5 == values[-1])
        for number, value, ok in zip(add, values, right, strict=True):
            assert ok == ((before + number) % 5 == value)
            before = value


@pytest.mark.slow
def test_what_is_right_by_chance():
    """Outcomes, and wrong steps in right ones, in standard errors; another chance is told apart."""
    rows = beginner_rows()
    solved, right = np.asarray(SUMS.outcome(rows)) > 0, np.asarray(SUMS.right_steps(rows))
    law, wrong = SUMS.right_by_chance(RIGHT)
    assert abs(solved.mean() - law) < 4.5 * np.sqrt(law / N)
    assert abs((~right[solved]).mean() - wrong) < 4.5 * np.sqrt(wrong / (law * N))
    assert abs(solved.mean() - SUMS.right_by_chance(0.65)[0]) > 4.5 * np.sqrt(law / N)


def test_demonstrations_are_right_and_held_out_pairs_are_not_in_them():
    rng = np.random.default_rng(1)
    rows = SUMS.demonstrations(rng, TEXTS, 3)
    assert np.asarray(SUMS.right_steps(jnp.asarray(rows))).all()
    assert (np.asarray(SUMS.outcome(jnp.asarray(rows))) == 1).all()
    assert len(np.unique(rows, axis=0)) > len(TEXTS)  # in several spellings

    def held_out(texts):
        pairs = [zip(*_way(text), strict=True) for text in texts]
        return [any(add == (2 * value + 1) % 5 for value, add in way) for way in pairs]

    assert not any(held_out(TEXTS))
    assert all(held_out(SUMS.problems(rng, 12, held_out=True)))


def _way(text) -> tuple[list[int], list[int]]:
    add = [int(x) - 11 for x in text[1::2]]
    values = [(int(text[0]) - 1 + sum(add[:i])) % 5 for i in range(len(add))]
    return values, add
