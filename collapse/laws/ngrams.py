"""Small n-gram chains by enumeration: the exact distribution of sampled rows.

A row is L tokens below V; token 0 ends it and fills the rest. A model is its training rows with
their weights: after a context of ``order`` - 1 tokens, the start included, it draws from the tokens
that followed it in them; a context without followers is shortened from the left. All sets of n rows
are enumerated with their probabilities, so results are exact up to rounding.
"""

from collections import defaultdict
from collections.abc import Callable
from itertools import combinations_with_replacement, product
from math import factorial, prod

import numpy as np

Row = tuple[int, ...]
START = -1


def every_row(size: int, length: int) -> list[Row]:
    """All distinct rows, in lexicographic order."""
    rows = product(range(size), repeat=length)
    return [
        row
        for row in rows
        if not any(a == 0 and b != 0 for a, b in zip(row, row[1:], strict=False))
    ]


def followers(rows: dict[Row, float], order: int) -> dict[tuple, dict[int, float]]:
    """Weight of each token after each context of up to ``order`` - 1 tokens."""
    weights: dict[tuple, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for row, weight in rows.items():
        before = (START,) * (order - 1)
        for token in row:
            for cut in range(order):
                weights[before[cut:]][token] += weight
            if token == 0:
                break
            before = (*before, token)[1:]
    return weights


def row_law(rows: dict[Row, float], order: int, every: list[Row], reshape: Callable) -> np.ndarray:
    """(R,) probability of each of ``every`` row under the model of ``rows``, where reshape(p) (V,)
    is a sampler's transformation of a next-token distribution. Exact if the context was seen;
    otherwise for a mixture of transformed contexts."""
    size = 1 + max(max(row) for row in every)
    counts = followers(rows, order)
    full = {c: _reshaped(counts[c], size, reshape) for c in counts if len(c) == order - 1}
    shorter = {c: _mixed(counts, c, full, size) for c in counts if len(c) < order - 1}
    following = full | shorter

    def chance(row):
        probability, before = 1.0, (START,) * (order - 1)
        for token in row:
            seen = next(before[cut:] for cut in range(order) if before[cut:] in following)
            probability *= following[seen][token]
            if token == 0 or not probability:
                break
            before = (*before, token)[1:]
        return probability

    return np.array([chance(row) for row in every])


def _reshaped(counts: dict[int, float], size: int, reshape: Callable) -> np.ndarray:
    p = np.array([counts.get(token, 0.0) for token in range(size)])
    return reshape(p / p.sum())


def _mixed(counts, context: tuple, full: dict, size: int) -> np.ndarray:
    """Next-token distribution after a shortened context: the mixture of the full contexts that end
    in it."""
    ending = [c for c in full if c[len(c) - len(context) :] == context]
    share = np.array([sum(counts[c].values()) for c in ending])
    return share @ np.array([full[c] for c in ending]) / share.sum()


def table_law(
    rows: dict[Row, float], order: int, every: list[Row], reshape: Callable
) -> np.ndarray:
    """(R,) the same for a table of next tokens, uniform after unseen contexts, where reshape(p,
    previous) (V,) is a sampler's transformation given the set of tokens already in the row."""
    size = 1 + max(max(row) for row in every)
    follow = followers(rows, order)

    def chance(row):
        probability, before, previous = 1.0, (START,) * (order - 1), frozenset()
        for token in row:
            counts = follow.get(before, dict.fromkeys(range(size), 1.0))
            p = _reshaped(counts, size, lambda p, previous=previous: reshape(p, previous))
            probability *= p[token]
            if token == 0 or not probability:
                break
            before, previous = (*before, token)[1:], previous | {token}
        return probability

    return np.array([chance(row) for row in every])


def penalised(p: np.ndarray, previous: frozenset, theta: float) -> np.ndarray:
    """(V,) probabilities with q^theta for every token of probability q that has occurred already,
    renormalised (Keskar et al. 2019; the logits of a table are log-probabilities, which are
    negative)."""
    weight = p ** np.where(np.isin(np.arange(len(p)), list(previous)), theta, 1.0)
    return weight / weight.sum()


def chain(
    truth: np.ndarray,
    n: int,
    every: list[Row],
    last: int,
    law: Callable,
    weigh: Callable = np.ones_like,
) -> np.ndarray:
    """(last, R) expected share of each row in the output of generations 1 .. last, starting from n
    rows of ``truth`` (R,). law(rows and their weights) (R,) is the distribution of the fitted
    model; generation t trains on the n rows of t - 1, with weights weigh(row counts) (R,)."""
    choices = combinations_with_replacement(range(len(every)), n)
    sets = [np.bincount(c, minlength=len(every)) for c in choices]
    ways = np.array([factorial(n) / prod(map(factorial, counts.tolist())) for counts in sets])

    def rows_law(counts, weight):
        return law({row: float(w) for row, w in zip(every, counts * weight, strict=True) if w > 0})

    def chances(p):  # of each set of n rows
        return ways * np.prod(p[:, None] ** np.array(sets).T, axis=0)

    first = np.array([rows_law(counts, np.ones(len(every))) for counts in sets])
    later = first if weigh is np.ones_like else np.array([rows_law(c, weigh(c)) for c in sets])
    reached, shares = chances(truth), []
    for t in range(1, last + 1):
        laws = first if t == 1 else later
        shares.append(reached @ laws)
        if t < last:
            reached = sum(x * chances(p) for x, p in zip(reached, laws, strict=True) if x > 0)
    return np.array(shares)
