"""Boolean expressions with their values: a truth in tokens whose items can be verified exactly.

After Briesch, Sobania and Rothlauf (2023), "Large language models suffer from their own output"
(arXiv 2311.16822), who train a model on random True expressions and verify its output by
evaluation. The grammar and its probabilities are our own.

    E -> True | False | not E | ( E and E ) | ( E or E )          row: E = value, then 0 to the end

Each row has one derivation, so its probability is exact. *Correct* rows are a larger set: all that
Python would evaluate to the value after "=", also with omitted or doubled brackets.
"""

from dataclasses import KW_ONLY
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.items import Items
from collapse.models.truths.boolean_parser import (
    AND,
    CLOSE,
    END,
    EQUALS,
    FALSE,
    NOT,
    OPEN,
    OR,
    SYMBOLS,
    correct,
    is_true,
    parse,
)
from collapse.models.truths.shapes import Truth
from collapse.numerics.grouping import row_ranks
from collapse.part import Numbers, register, within

DEEPEST = 6  # gives rows of 256 tokens
# The four combinations of operand values: (operator, left, right).
PAIRS = {
    value: [(AND, a, b) for a in (0, 1) for b in (0, 1) if (a & b) == value]
    + [(OR, a, b) for a in (0, 1) for b in (0, 1) if (a | b) == value]
    for value in (0, 1)
}


@register("expressions", "Boolean expressions with values, an exactly verifiable truth")
@final
class Expressions(Truth):
    """Token rows (n, length) int32 of random expressions, at most ``depth`` operators deep.

    Fields: kinds (4,), probabilities of a constant, not, and, or, if the depth allows all of them
    (else a constant); ``true``, the probability that a constant is True. Without ``answers`` a row
    is only an expression, conditioned on being True: the data of Briesch et al.
    """

    _: KW_ONLY
    kinds: Array = eqx.field(
        default_factory=lambda: jnp.array([0.1, 0.2, 0.35, 0.35]), converter=jnp.asarray
    )
    true: Numbers = within("(0, 1)", default=0.5)
    depth: int = within(f"[0, {DEEPEST}]", default=3, static=True)
    answers: bool = eqx.field(static=True, default=True)

    @property
    def vocab_size(self) -> int:
        """Number of tokens, end symbol included."""
        return len(SYMBOLS) if self.answers else EQUALS

    @property
    def length(self) -> int:
        """Tokens per row: the longest expression, its answer and one end symbol."""
        return 2 ** (self.depth + 2) - (0 if self.answers else 2)

    def gives(self):
        return Items("tokens", {"length": self.length, "vocab_size": self.vocab_size})

    def shares(self) -> Array:
        """(depth + 1, 2) probability that an expression of at most so many levels is False,
        True."""
        constant, negation, both, either = self.kinds
        true = [jnp.asarray(self.true, float)]
        for _ in range(self.depth):
            t = true[-1]
            of_pairs = both * t**2 + either * (1 - (1 - t) ** 2)
            true.append(constant * self.true + negation * (1 - t) + of_pairs)
        return jnp.stack([1 - jnp.stack(true), jnp.stack(true)], 1)

    def choices(self) -> Array:
        """(depth + 1, 2, 6) probabilities of the first production of an expression of at most so
        many levels and this value: a constant, not, or one of the four ``PAIRS``."""
        shares = self.shares()
        constants = shares[0]
        levels = [jnp.stack([jnp.eye(6)[0]] * 2)]
        for d in range(self.depth):
            below, pairs = shares[d], []
            for value in (0, 1):
                first = [self.kinds[0] * constants[value], self.kinds[1] * below[1 - value]]
                rest = [self.kinds[op - NOT + 1] * below[a] * below[b] for op, a, b in PAIRS[value]]
                pairs.append(jnp.stack(first + rest) / shares[d + 1, value])
            levels.append(jnp.stack(pairs))
        return jnp.stack(levels)

    def sample(self, key, n):
        first, then = jax.random.split(key)
        value = jnp.ones(n, jnp.int32)
        if self.answers:
            value = jax.random.bernoulli(first, self.shares()[-1, 1], (n,)).astype(jnp.int32)
        begin, rest, count = productions(self.depth)
        ends = jnp.cumsum(self.choices().reshape(-1, 6), 1)
        stack = jnp.zeros((n, 3 * self.depth + 4), jnp.int32)
        stack = stack.at[:, 0].set(len(SYMBOLS) + 2 * self.depth + value)
        if self.answers:
            stack = stack.at[:, 1].set(EQUALS).at[:, 2].set(FALSE + value)
        places = jnp.arange(stack.shape[1])

        def step(stack, key):
            top = stack[:, 0]
            open_ = jnp.maximum(top - len(SYMBOLS), 0)
            u = jax.random.uniform(key, (n,)) * ends[open_, -1]
            way = jnp.minimum((ends[open_] <= u[:, None]).sum(1), 5)
            grows = top >= len(SYMBOLS)
            token = jnp.where(grows, begin[open_, way], top)
            more = jnp.where(grows, count[open_, way], 0)[:, None]
            kept = jnp.take_along_axis(
                jnp.pad(stack, ((0, 0), (0, 1))),
                jnp.clip(places - more + 1, 0, stack.shape[1]),
                axis=1,
            )
            new = jnp.pad(rest[open_, way], ((0, 0), (0, stack.shape[1] - rest.shape[2])))
            return jnp.where(places < more, new, kept), token

        return jax.lax.scan(step, stack, jax.random.split(then, self.length))[1].T

    def correct(self, rows: Array) -> Array:
        """(n,) bool: whether a row is a well-formed expression followed by its right value; without
        ``answers``, a well-formed expression that is True."""
        return correct(rows) if self.answers else is_true(rows)

    def log_prob(self, rows):
        """(n,) exact log-probability in nats; -inf for a row outside the grammar."""
        shares = self.shares()
        read = parse(rows, jnp.log(self.kinds), jnp.log(shares[0]), self.depth)
        total = read["log_prob"] - (0.0 if self.answers else jnp.log(shares[-1, 1]))
        return jnp.where(self.correct(rows) & read["own"], total, -jnp.inf)

    def entropy(self) -> float:
        """Exact Shannon entropy of a row, in nats: the sum over the choices at each level."""
        choices = np.asarray(self.choices(), float)
        shares = np.asarray(self.shares(), float)
        below = np.zeros(2)
        for d in range(self.depth + 1):
            p = choices[d]
            own = -(p * np.log(np.where(p > 0, p, 1))).sum(1)
            if d:
                for value in (0, 1):
                    parts = [below[1 - value], *(below[a] + below[b] for _, a, b in PAIRS[value])]
                    own[value] += p[value, 1:] @ parts
            below = own
        if not self.answers:
            return float(below[1])
        last = shares[-1]
        return float(last @ below - (last * np.log(np.where(last > 0, last, 1))).sum())

    @property
    def support_size(self) -> int:
        """Exact number of different rows, if every kind has positive probability."""
        false = true = 1
        for _ in range(self.depth):
            whole = false + true
            pairs_true = true * true + whole * whole - false * false
            pairs_false = false * false + whole * whole - true * true
            false, true = 1 + true + pairs_false, 1 + false + pairs_true
        return false + true if self.answers else true

    def text(self, row) -> str:
        """One row as text, up to its end symbol."""
        tokens = np.asarray(row).tolist()
        return " ".join(SYMBOLS[token] for token in tokens[: (tokens + [END]).index(END)])

    def identify(self, rows):
        return row_ranks(rows, self.vocab_size), len(rows)

    def validate(self):
        errors = super().validate()
        kinds = np.asarray(self.kinds, float)
        if kinds.shape != (4,) or kinds.min() < 0 or abs(kinds.sum() - 1) > 1e-4:
            errors.append("Expressions kinds must be 4 probabilities (constant, not, and, or).")
        return errors


def productions(depth: int) -> tuple[Array, Array, Array]:
    """For every open expression, numbered 2 * levels + value, and each of its 6 productions: the
    first token (M, 6), the symbols after it (M, 6, 4) and their number (M, 6). A symbol is a token,
    or the number of an open expression plus the number of tokens."""
    begin = np.zeros((depth + 1, 2, 6), np.int32)
    rest, count = np.zeros((depth + 1, 2, 6, 4), np.int32), np.zeros((depth + 1, 2, 6), np.int32)
    for d in range(depth + 1):
        below = len(SYMBOLS) + 2 * (d - 1)
        for value in (0, 1):
            ways = [[FALSE + value], [NOT, below + 1 - value]]
            ways += [[OPEN, below + a, op, below + b, CLOSE] for op, a, b in PAIRS[value]]
            for way, symbols in enumerate(ways if d else ways[:1]):
                begin[d, value, way] = symbols[0]
                rest[d, value, way, : len(symbols) - 1] = symbols[1:]
                count[d, value, way] = len(symbols) - 1
    return tuple(jnp.asarray(x.reshape(-1, *x.shape[2:])) for x in (begin, rest, count))
