"""Sums modulo m, written step by step: a task whose outcome and whose every step can be checked.

A problem is a start and ``steps`` numbers to add; its answer is the value after each of them. A
value can be spelled in two ways, so that a problem of T steps has 2^T right answers. Tokens: 1 .. m
and m + 1 .. 2 m are the values in two spellings, 2 m + 1 .. 3 m the numbers to add. A row, of a
``PromptedTable``, is the problem's number, the start, and in turn a number to add and the value
after it. Two wrong steps can cancel: then the outcome is right all the same.
"""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jax import Array


@dataclass(frozen=True)
class Sums:
    """The task: values 0 .. m - 1, ``steps`` additions to a problem."""

    m: int = 5
    steps: int = 4

    @property
    def vocab_size(self) -> int:
        return 3 * self.m + 1

    @property
    def length(self) -> int:
        """Tokens of a text, without the problem's number."""
        return 1 + 2 * self.steps

    def right_steps(self, rows: Array) -> Array:
        """(n, steps) whether each value follows from the one before and the number added."""
        values, added = (rows[:, 1::2] - 1) % self.m, rows[:, 2::2] - 2 * self.m - 1
        return (values[:, :-1] + added) % self.m == values[:, 1:]

    def outcome(self, rows: Array) -> Array:
        """(n,) 1 where the last value is right, else 0."""
        total = rows[:, 1] - 1 + (rows[:, 2::2] - 2 * self.m - 1).sum(1)
        return ((rows[:, -1] - 1) % self.m == total % self.m) * 1.0

    def at_values(self, steps: Array) -> Array:
        """(n, L) numbers (n, steps) at the places of the values that are written, else 0."""
        return jnp.zeros((len(steps), 1 + self.length)).at[:, 3::2].set(steps)

    def places(self, rows: Array) -> Array:
        """(n, L) whether a value is written there."""
        return self.at_values(jnp.ones((len(rows), self.steps))) > 0

    def beginner(self, right: float) -> np.ndarray:
        """Next-token table after two tokens, of a ``TokenTable`` of order 3, that takes every step
        rightly with this chance, in either spelling, and else errs evenly."""
        m, size = self.m, self.vocab_size
        p = np.zeros(((size + 1) ** 2, size))
        p[:, 1:] = 1 / (size - 1)
        for token in range(1, 2 * m + 1):
            for add in range(m):
                value = (token - 1 + add) % m
                row = np.zeros(size)
                row[1 : 2 * m + 1] = (1 - right) / (2 * m - 2)
                row[[1 + value, 1 + m + value]] = right / 2
                p[1 + 2 * m + add + token * (size + 1)] = row
        return p

    def problems(self, rng: np.random.Generator, count: int, held_out: bool) -> np.ndarray:
        """(count, length) texts with gaps. The pairs of a value v and a number 2 v + 1 to add are
        held out: none is on the right way through a problem, or at least one in every problem with
        ``held_out``."""
        texts = []
        while len(texts) < count:
            start, add = rng.integers(self.m), rng.integers(0, self.m, self.steps)
            before = (start + np.cumsum(np.r_[0, add[:-1]])) % self.m
            if (add == (2 * before + 1) % self.m).any() == held_out:
                text = np.zeros(self.length, np.int32)
                text[0], text[1::2] = 1 + start, 1 + 2 * self.m + add
                texts.append(text)
        return np.array(texts)

    def demonstrations(self, rng: np.random.Generator, texts: np.ndarray, each: int) -> np.ndarray:
        """(each * problems, 1 + length) right rows to every problem, in random spellings."""
        rows = np.repeat(np.c_[1 + np.arange(len(texts)), texts], each, 0)
        values = (rows[:, [1]] - 1 + np.cumsum(rows[:, 2::2] - 2 * self.m - 1, 1)) % self.m
        rows[:, 3::2] = 1 + values + self.m * rng.integers(0, 2, values.shape)
        return rows

    def right_by_chance(self, right: float) -> tuple[float, float]:
        """Chance that the outcome is right, and that a step is wrong given that it is, for steps
        that are right with this chance and err evenly; exact.

        derived: the errors add up modulo m; after T steps they add up to 0 with chance (1 + (m - 1)
        c^T) / m, c = right - (1 - right) / (m - 1), and to each other sum with (1 - c^T) / m.
        """
        c, m, steps = right - (1 - right) / (self.m - 1), self.m, self.steps
        solved = (1 + (m - 1) * c**steps) / m
        return solved, (1 - right) * (1 - c ** (steps - 1)) / m / solved
