"""Search in binary trees, step by step: one leaf of each is rewarded, and a step is right that
stays on the way to it.

A problem is a tree; its answer is a walk from the root to a leaf. Tokens are the nodes, numbered
from 1 in each tree (the root is 1, below node h are 2 h and 2 h + 1), one tree after the other. A
row, of a ``PromptedTable``, is the problem's number, the root, and the nodes of the walk. A table
of the next token after one knows each node, and a walk cannot leave its tree.
"""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jax import Array


@dataclass(frozen=True)
class Trees:
    """The task: ``count`` trees of ``depth`` steps. ``seed`` decides which leaf is rewarded."""

    count: int = 8
    depth: int = 5
    seed: int = 0

    @property
    def nodes(self) -> int:
        """Nodes of a tree."""
        return 2 ** (self.depth + 1) - 1

    @property
    def vocab_size(self) -> int:
        return 1 + self.count * self.nodes

    @property
    def length(self) -> int:
        """Tokens of a text, without the problem's number."""
        return 1 + self.depth

    @property
    def given(self) -> np.ndarray:
        """(count, length) texts with gaps: the roots."""
        texts = np.zeros((self.count, self.length), np.int32)
        texts[:, 0] = 1 + self.nodes * np.arange(self.count)
        return texts

    @property
    def ways(self) -> np.ndarray:
        """(count, 1 + depth) nodes on the way to the rewarded leaf, numbered within the tree."""
        leaves = 2**self.depth
        ends = leaves + np.random.default_rng(self.seed).integers(0, leaves, self.count)
        return ends[:, None] >> np.arange(self.depth, -1, -1)

    def beginner(self) -> np.ndarray:
        """Next-token table after one token, of a ``TokenTable``: one of both ways, evenly."""
        p = np.zeros((self.vocab_size + 1, self.vocab_size))
        p[:, 0] = 1
        for tree in range(self.count):
            for node in range(1, 2**self.depth):
                token = tree * self.nodes + node
                p[token, 0] = 0
                p[token, [token + node, token + node + 1]] = 0.5
        return p

    def looks_good(self, fooled: float = 0.0) -> np.ndarray:
        """(vocab_size,) whether a judge takes a node to be on the way to the leaf: those that are,
        and this share of the others, drawn once and for all."""
        good = np.random.default_rng(self.seed + 1).random((self.count, self.nodes + 1)) < fooled
        np.put_along_axis(good, self.ways, True, axis=1)
        return np.r_[False, good[:, 1:].ravel()]

    def steps(self, rows: Array, fooled: float = 0.0) -> Array:
        """(n, 2 + depth) 1 where a step is taken, and looks right to that judge, else 0."""
        good = jnp.asarray(self.looks_good(fooled), float)
        return jnp.where(self.places(rows), good[rows], 0.0)

    def places(self, rows: Array) -> Array:
        """(n, 2 + depth) whether a step is taken there."""
        return jnp.broadcast_to(jnp.arange(rows.shape[1]) >= 2, rows.shape)

    def outcome(self, rows: Array) -> Array:
        """(n,) 1 where the walk ends on the rewarded leaf, else 0."""
        return self.steps(rows)[:, -1]

    def solved(self, tries: int, generations: int, each_step: bool) -> np.ndarray:
        """(generations,) chance that a walk ends on the leaf, where ``tries`` walks a generation
        are learned from and what is rewarded once is done ever after; exact.

        derived: for one reward at the end, the leaf is known once one walk has ended there. For a
        reward for each step, the first of them that are known grow by the longest of ``tries`` runs
        of right steps, each one step longer with chance 1/2.
        """
        depth = self.depth
        left = np.arange(depth + 1)  # steps that are not known yet
        chance, found = 0.5**left, []
        known = np.zeros(depth + 1)
        known[depth] = 1.0
        for _ in range(generations):
            found.append(float(known @ chance))
            if each_step:
                longest = np.diff((1 - 0.5 ** np.arange(1, depth + 1)) ** tries, prepend=0.0)
                new = np.zeros(depth + 1)
                for steps in left:
                    moves = longest[:steps]  # chances of 0 .. steps - 1 more steps
                    new[steps - np.arange(steps)] += known[steps] * moves
                    new[0] += known[steps] * (1 - moves.sum())
                known = new
            else:
                missed = (1 - 0.5**depth) ** tries
                known = np.r_[1 - missed * known[depth], np.zeros(depth - 1), missed * known[depth]]
        return np.array(found)
