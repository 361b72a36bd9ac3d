"""Categorical loops with training sets that are partly renewed or grow: E[H_t] from unlike pairs.

n rows per generation, t = 1 the first fit on real data, H = 1 - sum p^2, h0 that of the truth. The
fit is the frequencies of the training set, so E[H_t] is the probability that two of its rows, drawn
with replacement, differ. A new row copies a random one, so these probabilities obey recursions.
"""

import numpy as np


def replace_multiple_heterozygosity(t: np.ndarray, n: int, h0: float = 1.0) -> np.ndarray:
    """E[H_t] where generation t trains on t n rows, all of the model before, exact.

    H_0 prod_{k=1..t} (1 - 1/(n k)) ~ t^(-1/n), derived: as replace, with n k rows at k. Unlike
    accumulate, with 1 - 1/(n k^2) and equally much data, everything is lost in the limit.
    """
    factors = 1 - 1 / (n * np.arange(1.0, int(np.max(t)) + 1))
    return h0 * np.concatenate([[1.0], np.cumprod(factors)])[np.asarray(t, int)]


def incremental_heterozygosity(t: np.ndarray, n: int, new: int, h0: float = 1.0) -> np.ndarray:
    """E[H_t] where a random ``new`` of the n rows of the last training set are replaced, exact.

    H_0 (1 - 1/n) f^(t-1) with f = 1 - new (2 n - new - 1) / (n^2 (n - 1)). derived: let G be the
    chance that two different rows are unlike, H = (1 - 1/n) G. Of two rows of the next set both
    are kept (chance (n - new)(n - new - 1) / (n (n - 1)), unlike with G) or one at least is a
    copy of a random row of the set (unlike with H). new = n is replace, new = 1 the model of
    Moran (1958), which loses 2 / n^2 a generation.
    """
    t = np.asarray(t, int)
    factor = 1 - new * (2 * n - new - 1) / (n**2 * (n - 1))
    return h0 * np.where(t == 0, 1, (1 - 1 / n) * factor ** np.maximum(t - 1.0, 0))


def expanding_heterozygosity(t: np.ndarray, n: int, made: int, h0: float = 1.0) -> np.ndarray:
    """E[H_t] where n rows are added a generation, ``made`` said by the model, the rest real, exact.

    derived: with r = n - made and N = (t - 1) n rows before, counting ordered unlike pairs,
    (N + n)^2 H_t = [N^2 + 2 made N + made (made - 1)] H_{t-1} + [2 r (N + made) + r (r - 1)] h0:
    a real row is unlike any other with h0. made = n is accumulate.
    """
    real, values = n - made, [h0, h0 * (1 - 1 / n)]
    for k in range(2, int(np.max(t)) + 1):
        rows = (k - 1.0) * n
        old = (rows**2 + 2 * made * rows + made * (made - 1)) * values[-1]
        values.append((old + (2 * real * (rows + made) + real * (real - 1)) * h0) / (rows + n) ** 2)
    return np.array(values)[np.asarray(t, int)]


def balanced_heterozygosity(t: np.ndarray, n: int, h0: float = 1.0) -> np.ndarray:
    """E[H_t] where generation t trains on n rows in t parts, the first rows of generations 0 to
    t - 1 each: a part has (b + 1) n // t - b n // t rows of generation b. Exact."""
    training = []
    for parts in range(1, int(np.max(t)) + 1):
        ends = np.arange(parts + 1) * n // parts
        rows = [b * n + np.arange(ends[b + 1] - ends[b]) for b in range(parts)]
        training.append(np.concatenate(rows))
    return traced_heterozygosity(training, n, h0)[np.asarray(t, int)]


def traced_heterozygosity(training: list, n: int, h0: float = 1.0) -> np.ndarray:
    """(T + 1,) E[H_t], t = 0..T, where generation t trains on the rows training[t - 1], exact.

    Rows are numbered: b n + j is row j of generation b, n of which each model b draws (0: real).
    U(x, y), the chance that rows x and y are unlike (in units of h0), is 1 among real ones, and
    of a row that model t drew U(x, new) = mean over its training set of U(x, y), and of two of
    them the mean of U over pairs of the set. Costs (T n)^2 memory.
    """
    unlike = 1 - np.eye((len(training) + 1) * n)
    values = [h0]
    for t, rows in enumerate(training, 1):
        new, old = slice(t * n, (t + 1) * n), slice(0, t * n)
        mixed = unlike[np.ix_(rows, rows)].mean()
        unlike[new, old] = unlike[old, rows].mean(1)
        unlike[old, new] = unlike[new, old].T
        unlike[new, new] = mixed * (1 - np.eye(n))
        values.append(h0 * mixed)
    return np.array(values)
