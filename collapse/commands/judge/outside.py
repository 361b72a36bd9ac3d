"""Judges outside JAX in a report card: each different question is asked once, within a budget.

The compiled lanes call back to the host, where answers are remembered. So a judge outside JAX runs
in the same program as any other, with the same random numbers.
"""

import threading
from collections.abc import Callable
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from collapse.errors import UserError
from collapse.judges.base import Judge
from collapse.loop.external_judge import answers_of
from collapse.numerics.pytree import replace
from collapse.rewards.base import Reward
from collapse.rewards.external import ExternalReward, asks_external

SIZES = {"seeds": 8, "generations": 30, "n": 400}  # of a card, if none are given
ONCE = "its noise, if it has any: a text is asked once, and its score remembered"


class Memory:
    """The answers of a function of texts: at most ``calls`` different questions are asked. A
    question is a text, or a group of texts where the function compares ``group`` of them."""

    def __init__(self, judge: Judge, show: Callable, calls: int):
        self.ask, self.name = asks_external(judge)[0].ask, type(judge).__name__
        self.group, self.show, self.calls = int(judge.group), show, calls
        self.known: dict[int, np.ndarray] = {}  # by the digest of a question
        self.error: UserError | None = None
        self._lock = threading.Lock()  # lanes run in several threads

    def __call__(self, items: np.ndarray) -> np.ndarray:
        """(..., m) numbers of items (..., m, L)."""
        rows = np.asarray(items).reshape(-1, self.group * items.shape[-1])
        digests, first, place = np.unique(_digests(rows), return_index=True, return_inverse=True)
        with self._lock:
            try:
                self._learn({int(d): rows[i] for d, i in zip(digests, first, strict=True)})
            except UserError as error:
                self.error = error
                raise
            said = np.stack([self.known[int(digest)] for digest in digests])
        return said[place.ravel()].reshape(items.shape[:-1]).astype(jnp.zeros(()).dtype)

    def _learn(self, seen: dict[int, np.ndarray]) -> None:
        questions = {digest: row for digest, row in seen.items() if digest not in self.known}
        used = len(self.known)
        if used + len(questions) > self.calls:
            raise UserError(
                f"The budget of {self.calls} calls is used up: {used} different questions were "
                f"asked and {len(questions)} more are needed. Give a larger one with --calls, or a "
                "smaller card with -n, --generations or --seeds."
            )
        items = [item for row in questions.values() for item in row.reshape(self.group, -1)]
        if not items:
            return
        texts = [self.show(item) for item in items]
        said = answers_of(self.ask, texts, self.group, self.name, "").reshape(-1, self.group)
        silent = np.isnan(said).any(1).sum()
        if not used and silent > len(said) / 2:
            why = getattr(self.ask, "why_abstained", str)()
            raise UserError(
                f"The judge {self.name} abstained on {silent} of its first {len(said)} questions"
                f"{': ' if why else ''}{why}."
            )
        self.known |= zip(questions, said, strict=True)


def _digests(rows: np.ndarray) -> np.ndarray:
    """(n,) a number of 64 bits for each row of whole numbers: equal rows have equal ones, and of a
    million different rows two are the same with a chance of one in ten million."""
    random = np.random.default_rng(0)
    mixed = np.zeros(len(rows), np.uint64)
    for column in rows.T:  # each value is scattered before it is added, so that places count
        odd = random.integers(2**63, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
        mixed = (mixed ^ (mixed >> np.uint64(29)) ^ column.astype(np.uint64)) * odd
    return mixed ^ (mixed >> np.uint64(32))


@final
class Remembered(Reward):
    """The numbers of a judge outside JAX, by a call back to the host."""

    memory: Memory = eqx.field(static=True)

    def score(self, key, view):
        shape = jax.ShapeDtypeStruct(view.items.shape[:-1], jnp.zeros(()).dtype)
        said = jax.pure_callback(self.memory, shape, view.items, vmap_method="broadcast_all")
        return ExternalReward(self.memory).score(key, replace(view, said=said))


def inside(judge: Judge, memory: Memory) -> Judge:
    """The judge with what it asks outside JAX remembered."""
    outside = lambda x: isinstance(x, ExternalReward)  # noqa: E731
    swap = lambda x: Remembered(memory=memory) if outside(x) else x  # noqa: E731
    return jax.tree.map(swap, judge, is_leaf=outside)


def left_out(sizes: dict, usual: dict) -> list[str]:
    """What is coarser in the card of a judge outside JAX, and why."""
    smaller = [
        f"{name} {sizes[name]} instead of {most}"
        for name, most in usual.items()
        if sizes[name] < most
    ]
    why = ", as every different text is asked for outside JAX"
    return ([", ".join(smaller) + why] if smaller else []) + [ONCE]
