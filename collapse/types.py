"""Data types that the parts of the loop pass to each other, with the shapes of their arrays.

Notation: n items kept per generation, m candidates drawn for them; an item has shape ``...``.
"""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
from jax import Array

# The source of a row that came from the truth. Rows of the truth that are private to member k of a
# population have REAL - 1 - k.
REAL = -1


def is_synthetic(source: Array) -> Array:
    """Whether rows of these sources came from a model, not from the truth (public or private)."""
    return source > REAL


class Batch(eqx.Module):
    """Rows drawn from a model or from the truth, of one of three kinds.

    items      each row is one item, of mass 1
    support    each row is one outcome, its mass the probability: exact mode, infinitely many items
    summary    one row, the sufficient statistic of as many items as its mass
    """

    rows: Any  # (m, ...), or a tree of such arrays
    mass: Array  # (m,) number of items that a row represents, or its probability (support)
    source: Array  # (m,) int, number of the model that drew the row; REAL for the truth
    kind: str = eqx.field(static=True, default="items")

    @property
    def exact(self) -> bool:
        """Whether the rows are a whole support with probabilities."""
        return self.kind == "support"


class Summary(eqx.Module):
    """Base class of sufficient statistics, stored per item (averages, not sums).

    The first axis of its arrays is the row, one statistic each, so that summaries are concatenated
    and weighted like items; ``merged`` makes one row of several.
    """

    @abstractmethod
    def merged(self, count: Array) -> "Summary":
        """One row (1, ...) for all items together; row i represents ``count[i]`` of them."""


class Verdict(eqx.Module):
    """The result of a judge for a batch of m candidates.

    weight  (m,) in [0, 1]: the probability that a candidate is kept; with as many candidates as
            kept rows, its weight in the fit
    reward  (m,) any real number: the score of the candidate, read by learners and measures
    notes   {name: (m, ...)}: arrays that are stored with the rows, for learners and measures
    """

    weight: Array
    reward: Array
    notes: dict[str, Array] = eqx.field(default_factory=dict)


class Pool(eqx.Module):
    """Training data in a fixed number of slots, so that shapes do not depend on what was kept.

    A slot of weight 0 is empty. The rows are of one ``kind``, as in a ``Batch``; the mass of a
    support is a number of items here and not a probability.
    """

    rows: Any  # (slots, ...), or a tree of such arrays
    mass: Array  # (slots,) number of items that a row represents
    weight: Array  # (slots,) weight of the row in a fit, in [0, 1]; 0: empty slot
    reward: Array  # (slots,) the judge's reward; 0 for real rows that it did not judge
    source: Array  # (slots,) int, number of the model that drew the row; REAL for the truth
    born: Array  # (slots,) int, generation that drew the row
    notes: dict[str, Array]  # {name: (slots, ...)} of judge and learner
    kind: str = eqx.field(static=True, default="items")
    past: Any = None  # past models that a regime keeps, stacked by generation

    @property
    def count(self) -> Array:
        """(slots,) effective number of items of each row: its weight in every fit."""
        return self.mass * self.weight


class View(eqx.Module):
    """One generation as judges see it; measures also get the verdict and the kept rows."""

    batch: Batch  # the candidates
    model: Any  # the fitted model that drew them
    reference: Any  # the first fitted model; None unless the arm has ``keep_reference``
    truth: Any  # None unless the judge declares ``uses_truth``; measures always get it
    t: Array  # generation, from 0
    n: int = eqx.field(static=True)  # items kept; an array where arms of several n share a program
    group: int = eqx.field(static=True, default=1)  # candidates compared with each other
    slots: int = eqx.field(static=True, default=0)  # largest number of rows kept
    candidates: int = eqx.field(static=True, default=0)  # number drawn: m for items
    taken: Any = None  # number of kept items that enter the next pool
    previous: Any = None  # the model of the generation before
    said: Any = None  # (m,) rewards from a judge outside JAX, NaN for abstentions
    verdict: Verdict = None  # type: ignore[assignment]  # for measures; None for judges
    fresh: Pool = None  # type: ignore[assignment]  # rows kept, for measures; None for judges
    data: Pool | None = None  # what the model was fitted to, for measures with ``reads_data``

    @property
    def items(self) -> Any:
        """(m, ...) the candidates."""
        return self.batch.rows

    @property
    def output(self) -> Batch:
        """The first n candidates, before any judging; a support or summary is returned whole."""
        if self.batch.kind != "items":
            return self.batch
        return jax.tree.map(lambda x: x[: self.n], self.batch)

    def log_prob(self) -> Array:
        """(m,) log-probability of each candidate under the model that drew it, in nats."""
        return self.model.log_prob(self.items)

    def reference_log_prob(self) -> Array:
        """(m,) log-probability of each candidate under the reference model, in nats; needs
        ``keep_reference`` in the arm."""
        return self.reference.log_prob(self.items)

    @property
    def prompts(self) -> int:
        """Number of prompts that the candidates answer; 1 without prompts."""
        return 1 if self.model is None else self.model.prompts

    @property
    def rivals(self) -> int:
        """Number of consecutive candidates that answer the same prompt; 1 without prompts, where
        all candidates compete."""
        return self.group if self.prompts > 1 else 1

    @property
    def compared(self) -> int:
        """Number of groups within which candidates are compared: those drawn together; in exact
        mode the answers to each prompt; else 1, the whole batch."""
        if self.batch.exact:
            return self.prompts
        items = self.batch.kind == "items"
        return len(self.batch.mass) // self.group if items and self.group > 1 else 1

    def grouped(self, x: Array) -> Array:
        """An array over candidates by group: (m, ...) -> (m / group, group, ...)."""
        return x.reshape(-1, self.group, *x.shape[1:])


class State(eqx.Module):
    """What one generation passes to the next: the carry of the loop, saved in checkpoints."""

    model: Any
    learner: Any  # with its own state, such as a prior
    judge: Any  # with its own state, such as an archive
    reference: Any  # the first fitted model, or None
    pool: Pool
