"""Coalescent and infinite-alleles laws: ancestry in the loop, and new kinds of items.

The loop read backwards in time: every one of n items copies a random item of the previous
generation. With probability u per generation it is instead of a kind never seen before.
"""

import numpy as np
from scipy.special import gammaln


def occupancy(n: int) -> np.ndarray:
    """(n + 1, n + 1) probability that i balls thrown into n boxes occupy j: row i, column j.

    The next ball falls into an occupied box with probability j / n.
    """
    j = np.arange(n + 1)
    rows = [np.eye(n + 1)[0]]
    for _ in range(n):
        following = rows[-1] * j / n
        following[1:] += rows[-1][:-1] * (n - j[:-1]) / n
        rows.append(following)
    return np.array(rows)


def ancestors(t: np.ndarray, n: int) -> np.ndarray:
    """E[number of distinct documents left] at t, of n all distinct at t = 0, exact.

    derived: the documents left are the ancestors at 0 of the n items of generation t; one
    generation back, i ancestors choose parents as i balls choose among n boxes.
    """
    moves, law, counts = occupancy(n), np.eye(n + 1)[n], []
    for _ in range(int(np.max(t)) + 1):
        counts.append(law @ np.arange(n + 1))
        law = law @ moves
    return np.array(counts)[np.asarray(t, int)]


def distinct_time(n: int, left: int = 1) -> float:
    """Mean number of generations until at most ``left`` of n distinct documents are left, exact.

    The backward chain of ``ancestors`` from n, solved row by row: from i it moves to j <= i.
    Tends to 2 n (1/left - 1/n) (Kingman 1982), from below, as several pairs merge at once.
    """
    moves, time = occupancy(n), np.zeros(n + 1)
    for i in range(left + 1, n + 1):
        time[i] = (1 + moves[i, :i] @ time[:i]) / (1 - moves[i, i])
    return float(time[n])


def distinct_time_coalescent(n: int, left: int = 1) -> float:
    """2 n (1/left - 1/n): the limit of ``distinct_time`` for left << n (Kingman 1982), whose
    relative error is O(1/n) for left = 1 up to logarithms."""
    return 2 * n * (1 / left - 1 / n)


def infinite_alleles_identity(n: int, u: float) -> float:
    """F, the probability that two items of a stationary generation are of one kind.

    (1 - u)^2 / (n - (n - 1)(1 - u)^2), about 1 / (1 + 2 n u), exact: neither item is new, and
    they copied one parent (1/n) or two of one kind (Kimura and Crow 1964, haploid). The expected
    sum of squared shares is 1/n + (1 - 1/n) F.
    """
    old = (1 - u) ** 2
    return old / (n - (n - 1) * old)


def infinite_alleles_collision(t: np.ndarray, n: int, u: float, s0: float) -> np.ndarray:
    """E[sum of squared shares] of the items of generation t, exact; s0 that of the truth, kinds
    shared with which are counted as they are.

    S_t = 1/n + (1 - 1/n)(1 - u)^2 S_{t-1}: two rows of generation t are of one kind if neither is
    new and both copied one kind of the model before, which happens with S_{t-1}.
    """
    factor, t = (1 - 1 / n) * (1 - u) ** 2, np.asarray(t, float)
    if factor == 1:
        return np.full(t.shape, float(s0))
    limit = 1 / n / (1 - factor)
    return limit + (s0 - limit) * factor**t


def infinite_alleles_kinds(n: int, u: float) -> np.ndarray:
    """(n + 1,) E[number of kinds among s items of a stationary generation], s = 0..n, exact.

    derived: going back a generation each of i lineages is new with chance u, which is a kind
    found; the m others choose among n parents. So e_i = i u + sum_m Binom(i, 1 - u)(m) sum_j
    occupancy(m, j) e_j, solved row by row. Ewens' formula is its limit for s << n.
    """
    throws, kinds = occupancy(n), np.zeros(n + 1)
    j = np.arange(n + 1)
    for i in range(1, n + 1):
        stay = gammaln(i + 1) - gammaln(j[: i + 1] + 1) - gammaln(i - j[: i + 1] + 1)
        stay = np.exp(stay + j[: i + 1] * np.log1p(-u) + (i - j[: i + 1]) * np.log(u))
        moves = stay @ throws[: i + 1]
        kinds[i] = (i * u + moves[:i] @ kinds[:i]) / (1 - moves[i])
    return kinds


def ewens_kinds(s: int, theta: float) -> tuple[float, float]:
    """Mean and variance of the number of kinds among s items (Ewens 1972).

    Sums of theta / (theta + i) and theta i / (theta + i)^2, i = 0..s-1: exact for the urn in
    which item i + 1 is new with chance theta / (theta + i) (Hoppe 1984); for a loop with
    theta = 2 n u (haploid) in the limit s << n.
    """
    i = np.arange(s)
    return float((theta / (theta + i)).sum()), float((theta * i / (theta + i) ** 2).sum())


def ewens_kinds_law(s: int, theta: float) -> np.ndarray:
    """(s + 1,) P(K kinds among s items) (Ewens 1972): independent new items, convolved."""
    law = np.array([1.0])
    for i in range(s):
        new = theta / (theta + i)
        law = np.convolve(law, [1 - new, new])
    return law


def ewens_probability(spectrum: np.ndarray, theta: float) -> float:
    """The sampling formula of Ewens (1972): P(a_j kinds are seen j times each, j = 1..s).

    s! / (theta (theta + 1) ... (theta + s - 1)) prod_j theta^a_j / (j^a_j a_j!), with
    ``spectrum`` = (a_1, a_2, ...) and s = sum j a_j.
    """
    a = np.asarray(spectrum, float)
    j = np.arange(1, len(a) + 1)
    s = float(j @ a)
    log = gammaln(s + 1) - gammaln(theta + s) + gammaln(theta)
    return float(np.exp(log + (a * np.log(theta / j) - gammaln(a + 1)).sum()))
