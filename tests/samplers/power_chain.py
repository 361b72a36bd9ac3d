"""Block Metropolis-Hastings toward p^alpha with every row listed: its exact transition matrices
and the law it has after so many steps, in plain NumPy."""

import numpy as np

from tests.samplers.enumerated import row_law, rows_up_to, tokens_of


class Listed:
    """The chain of a model with next-token probabilities ``after`` {tokens so far: (V,)}."""

    def __init__(self, after: dict, size: int, length: int, alpha: float, temperature: float):
        self.after, self.size, self.length, self.alpha = after, size, length, alpha
        self.warm = {}
        for said, p in after.items():
            q = p ** (1 / temperature)
            self.warm[said] = q / q.sum()

    def rows(self, stop: int) -> list[tuple]:
        """Those of the first ``stop`` places that the model can say."""
        rows = rows_up_to(self.size, stop)
        p = row_law(rows, self.after)
        return [row for row, x in zip(rows, p, strict=True) if x > 0]

    def target(self, stop: int) -> np.ndarray:
        p = row_law(self.rows(stop), self.after) ** self.alpha
        return p / p.sum()

    def log_probs(self, rows: list[tuple], after: dict) -> np.ndarray:
        """(rows, places) of each token; 0 beyond the end."""
        out = np.zeros((len(rows), len(rows[0])))
        for r, row in enumerate(rows):
            for i, v in enumerate(tokens_of(row)):
                out[r, i] = np.log(after[row[:i]][v])
        return out

    def matrix(self, stop: int, lengths: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """(K, K) transition probabilities between rows of ``stop`` places, and (K,) the chance
        that what is proposed is taken; ``lengths`` says whether lengths enter the ratio."""
        rows = self.rows(stop)
        log_p, log_q = self.log_probs(rows, self.after), self.log_probs(rows, self.warm)
        size = np.array([len(tokens_of(row)) for row in rows])
        moves, taken = np.zeros((len(rows), len(rows))), np.zeros(len(rows))
        for m in range(stop):
            behind_p, behind_q = log_p[:, m:].sum(1), log_q[:, m:].sum(1)
            head = np.array([row[:m] for row in rows]).reshape(len(rows), m)
            alike = (head[:, None] == head[None]).all(-1)
            open_ = size > m  # a place of the row, from which it can be redrawn
            ratio = self.alpha * (behind_p[None] - behind_p[:, None])
            ratio = ratio - behind_q[None] + behind_q[:, None]
            if lengths:
                ratio = ratio + np.log(size)[:, None] - np.log(size)[None]
            chance = np.where(alike & open_[:, None] & open_, np.exp(behind_q)[None], 0)
            step = chance * np.exp(np.minimum(ratio, 0)) / size[:, None]
            moves += step
            taken += step.sum(1)
        moves[np.diag_indices(len(rows))] += 1 - moves.sum(1)
        return moves, taken

    def law(self, block: int, steps: int) -> np.ndarray:
        """(rows,) probability of each when ``steps`` steps were made at the end of each block."""
        before, p = [()], np.ones(1)
        for start in range(0, self.length, block):
            stop = min(start + block, self.length)
            rows = self.rows(stop)
            place = {row: i for i, row in enumerate(before)}
            own = np.array([p[place[row[:start]]] for row in rows])
            grown = np.exp(self.log_probs(rows, self.warm)[:, start:].sum(1))
            p = own * grown @ np.linalg.matrix_power(self.matrix(stop)[0], steps)
            before = rows
        return p


def variation(p: np.ndarray, q: np.ndarray) -> float:
    """Half the sum of absolute differences."""
    return float(np.abs(p - q).sum() / 2)
