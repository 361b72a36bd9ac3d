"""Small n-gram chains by enumeration: the exact law of the rows that are said.

A row is L tokens below V; token 0 ends it and fills the rest. A model is its training rows with
their weights: after a context of ``order`` - 1 tokens, the start included, comes what came after it
in them, and a context that nothing came after is cut from the left until something did. All models
of n rows are listed with their chance; nothing is approximate but the arithmetic.
"""

from collections import defaultdict
from collections.abc import Callable
from itertools import combinations_with_replacement, product
from math import factorial, prod

import numpy as np

Row = tuple[int, ...]
START = -1


def every_row(size: int, length: int) -> list[Row]:
    """All rows, each once, in the order of their tokens."""
    rows = product(range(size), repeat=length)
    return [
        row
        for row in rows
        if not any(a == 0 and b != 0 for a, b in zip(row, row[1:], strict=False))
    ]


def followers(rows: dict[Row, float], order: int) -> dict[tuple, dict[int, float]]:
    """How much of each token came after each context of up to ``order`` - 1 tokens."""
    found: dict[tuple, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for row, weight in rows.items():
        before = (START,) * (order - 1)
        for token in row:
            for cut in range(order):
                found[before[cut:]][token] += weight
            if token == 0:
                break
            before = (*before, token)[1:]
    return found


def row_law(rows: dict[Row, float], order: int, every: list[Row], reshape: Callable) -> np.ndarray:
    """(R,) chance that the model of these rows says each of ``every`` row, where reshape(p) (V,) is
    what a sampler makes of a next-token distribution. Exact where a context has been seen; behind
    it, of a mixture of reshaped contexts."""
    size = 1 + max(max(row) for row in every)
    told = followers(rows, order)
    full = {c: _reshaped(told[c], size, reshape) for c in told if len(c) == order - 1}
    shorter = {c: _mixed(told, c, full, size) for c in told if len(c) < order - 1}
    following = full | shorter

    def chance(row):
        found, before = 1.0, (START,) * (order - 1)
        for token in row:
            seen = next(before[cut:] for cut in range(order) if before[cut:] in following)
            found *= following[seen][token]
            if token == 0 or not found:
                break
            before = (*before, token)[1:]
        return found

    return np.array([chance(row) for row in every])


def _reshaped(counts: dict[int, float], size: int, reshape: Callable) -> np.ndarray:
    p = np.array([counts.get(token, 0.0) for token in range(size)])
    return reshape(p / p.sum())


def _mixed(told, context: tuple, full: dict, size: int) -> np.ndarray:
    """What follows a context that is cut: the full contexts that end in it, each with its share."""
    ending = [c for c in full if c[len(c) - len(context) :] == context]
    share = np.array([sum(told[c].values()) for c in ending])
    return share @ np.array([full[c] for c in ending]) / share.sum()


def table_law(
    rows: dict[Row, float], order: int, every: list[Row], reshape: Callable
) -> np.ndarray:
    """(R,) the same of a table of next tokens, all alike after a context it has not seen, where
    reshape(p, heard) (V,) is what a sampler makes of a next-token distribution, given the tokens
    that the row has said already."""
    size = 1 + max(max(row) for row in every)
    told = followers(rows, order)

    def chance(row):
        found, before, heard = 1.0, (START,) * (order - 1), frozenset()
        for token in row:
            counts = told.get(before, dict.fromkeys(range(size), 1.0))
            p = _reshaped(counts, size, lambda p, heard=heard: reshape(p, heard))
            found *= p[token]
            if token == 0 or not found:
                break
            before, heard = (*before, token)[1:], heard | {token}
        return found

    return np.array([chance(row) for row in every])


def penalised(p: np.ndarray, heard: frozenset, theta: float) -> np.ndarray:
    """(V,) with q^theta for every token of probability q that was said already, made to sum to 1
    (Keskar et al. 2019; the logits of a table are log-probabilities, which are negative)."""
    weight = p ** np.where(np.isin(np.arange(len(p)), list(heard)), theta, 1.0)
    return weight / weight.sum()


def chain(
    truth: np.ndarray,
    n: int,
    every: list[Row],
    last: int,
    law: Callable,
    weigh: Callable = np.ones_like,
) -> np.ndarray:
    """(last, R) expected share of each row among those said in generations 1 .. last, n rows of
    ``truth`` (R,) to begin with, where law(rows and their weights) (R,) is what a model of them
    says; generation t trains on the n rows of t - 1, with the weights that weigh(row counts) (R,)
    gives them."""
    choices = combinations_with_replacement(range(len(every)), n)
    sets = [np.bincount(c, minlength=len(every)) for c in choices]
    ways = np.array([factorial(n) / prod(map(factorial, counts.tolist())) for counts in sets])

    def said(counts, weight):
        return law({row: float(w) for row, w in zip(every, counts * weight, strict=True) if w > 0})

    def chances(p):  # of each set of n rows
        return ways * np.prod(p[:, None] ** np.array(sets).T, axis=0)

    first = np.array([said(counts, np.ones(len(every))) for counts in sets])
    later = first if weigh is np.ones_like else np.array([said(c, weigh(c)) for c in sets])
    reached, found = chances(truth), []
    for t in range(1, last + 1):
        laws = first if t == 1 else later
        found.append(reached @ laws)
        if t < last:
            reached = sum(x * chances(p) for x, p in zip(reached, laws, strict=True) if x > 0)
    return np.array(found)
