"""What the method passes around: values with named fields, and their shapes.

Letters: n items kept per generation, m candidates drawn for them; an item has shape ``...``.
"""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
from jax import Array

REAL = -1  # the source of a row that came from the truth


class Batch(eqx.Module):
    """What was drawn, in rows of one of three ``kind``s:

    items      each row an item, of mass 1
    support    each row an outcome, mass its probability: infinitely many items, exactly
    summary    one row, the sufficient statistic of as many items as its mass says
    """

    rows: Any  # (m, ...)
    mass: Array  # (m,) how many items a row stands for
    source: Array  # (m,) int, which model drew it; REAL for the truth
    kind: str = eqx.field(static=True, default="items")

    @property
    def exact(self) -> bool:
        return self.kind == "support"


class Summary(eqx.Module):
    """Sufficient statistics of items, one to a row, each per item (averages, not sums).

    Its arrays have the rows as first axis, so that summaries are concatenated and weighed like
    items; ``merged`` makes one row of several.
    """

    @abstractmethod
    def merged(self, count: Array) -> "Summary":
        """One row (1, ...) that stands for all, row i standing for ``count[i]`` items."""


class Verdict(eqx.Module):
    """What a judge says of a batch of m candidates.

    weight  (m,) in [0, 1]: the chance that a candidate is kept, or how much it counts
    reward  (m,) signed: what the judge thinks of it
    notes   {name: (m, ...)}: what is kept with each row, for learners and measures
    """

    weight: Array
    reward: Array
    notes: dict[str, Array] = eqx.field(default_factory=dict)


class Pool(eqx.Module):
    """Training data in a fixed number of slots; a slot of weight 0 is empty. Of one ``kind``, as a
    ``Batch``; a support's mass is then a number of items too."""

    rows: Any
    mass: Array
    weight: Array
    reward: Array
    source: Array
    born: Array  # generation that drew the row
    notes: dict[str, Array]
    kind: str = eqx.field(static=True, default="items")
    past: Any = None  # generators that a regime keeps, stacked by generation

    @property
    def count(self) -> Array:
        """(slots,) how many items each row counts for: what every fit weighs by."""
        return self.mass * self.weight


class View(eqx.Module):
    """What a judge sees of a generation; a measure also sees the verdict and the fresh rows."""

    batch: Batch
    model: Any
    reference: Any  # the first fitted model, or None
    truth: Any  # None unless the judge declares ``uses_truth``
    t: Array
    n: int = eqx.field(static=True)  # an array where programs of summaries are traced
    group: int = eqx.field(static=True, default=1)
    slots: int = eqx.field(static=True, default=0)  # rows that are kept at most
    candidates: int = eqx.field(static=True, default=0)
    taken: Any = None  # how many items of the kept ones the next pool will take
    previous: Any = None  # the model of the generation before
    said: Any = None  # (m,) what a judge outside JAX thinks of the candidates
    verdict: Verdict = None  # type: ignore[assignment]  # None for judges, there for measures
    fresh: Pool = None  # type: ignore[assignment]
    data: Pool | None = None  # what the model was fitted to, for measures that ``reads_data``

    @property
    def items(self) -> Any:
        """(m, ...) the candidates."""
        return self.batch.rows

    @property
    def output(self) -> Batch:
        """The first n candidates, unjudged: what the model says. Everything, if no items."""
        if self.batch.kind != "items":
            return self.batch
        return jax.tree.map(lambda x: x[: self.n], self.batch)

    def log_prob(self) -> Array:
        """(m,) log-probability of each candidate under the model that drew it, in nats."""
        return self.model.log_prob(self.items)

    def reference_log_prob(self) -> Array:
        """(m,) the same under the reference model; needs ``keep_reference`` in the arm."""
        return self.reference.log_prob(self.items)

    @property
    def prompts(self) -> int:
        """How many prompts the candidates answer."""
        return 1 if self.model is None else self.model.prompts

    @property
    def rivals(self) -> int:
        """How many candidates in a row answer one prompt; 1 where all of them do."""
        return self.group if self.prompts > 1 else 1

    @property
    def compared(self) -> int:
        """How many groups there are whose candidates are compared with each other: those that were
        drawn together, in exact mode the answers to each prompt, else all of them."""
        if self.batch.exact:
            return self.prompts
        items = self.batch.kind == "items"
        return len(self.batch.mass) // self.group if items and self.group > 1 else 1

    def grouped(self, x: Array) -> Array:
        """(m, ...) -> (m / group, group, ...)."""
        return x.reshape(-1, self.group, *x.shape[1:])


class State(eqx.Module):
    """All that one generation leaves to the next."""

    model: Any
    learner: Any
    judge: Any
    reference: Any
    pool: Pool
