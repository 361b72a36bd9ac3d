"""Formulas written once for NumPy and for JAX: metrics of people's own data use them, and so do the
measures of a simulation.

``p`` (K,) are probabilities and ``counts`` (K,) counts of different items; zeros are ignored. With
``times`` (K,) the i-th of them stands for so many items. Nothing is checked here.
"""

from math import isinf
from typing import Any


def namespace(array: Any):
    """The module of functions on this kind of array: ``numpy`` or ``jax.numpy``."""
    return array.__array_namespace__()


def entropy(p, times=1, axis=None):
    """Plug-in Shannon entropy in nats, -sum p ln p (Shannon 1948)."""
    xp = namespace(p)
    return -xp.where(p > 0, times * p * xp.log(xp.where(p > 0, p, 1)), 0).sum(axis)


def chao_shen(counts, times=1):
    """Entropy in nats, corrected for unseen items by the sample coverage C = 1 - f1 / n, f1 the
    number of singletons (Chao and Shen 2003): -sum C p ln(C p) / (1 - (1 - C p)^n). If every item
    is a singleton, one of them is counted as seen before, so that C > 0."""
    xp = namespace(counts)
    n = (times * counts).sum()
    single = xp.where(counts == 1, times, 0).sum()
    coverage = 1 - xp.where(single == n, n - 1, single) / n
    p = xp.where(counts > 0, coverage * counts / n, 1.0)
    # expm1 is accurate for tiny p. Of a single item p is 1, and rounding can make it 1 for others.
    seen = -xp.expm1(n * xp.log1p(-xp.minimum(p, 1 - xp.finfo(p.dtype).eps)))
    return -xp.where(counts > 0, times * p * xp.log(p) / seen, 0).sum()


NEAR_ONE, STEEP = 0.01, 10  # distance from order 1, and order above which powers can underflow


def hill(p, order: float, times=1):
    """Hill number, the effective number of items: (sum p^q)^(1 / (1 - q)) (Hill 1973). Order 0 is
    the number of different items, 1 is exp(entropy), 2 is 1 / sum p^2, infinity is 1 / max p."""
    xp = namespace(p)
    if order == 1:
        return xp.exp(entropy(p, times))
    if isinf(order):
        return 1 / p.max()
    some = xp.where(p > 0, p, 1)
    if abs(order - 1) < NEAR_ONE:  # the sum is near 1, so sum - 1 is computed
        over = (times * p * xp.expm1((order - 1) * xp.log(some))).sum()
        return xp.exp(xp.log1p(over) / (1 - order))
    top = 1.0 if order <= STEEP else p.max()  # otherwise all powers could underflow
    power = xp.where(p > 0, times * (some / top) ** order, 0).sum() ** (1 / (1 - order))
    return power * top ** (order / (1 - order))


def gini(p):
    """Gini heterozygosity 1 - sum p^2: the chance that two draws, with replacement, differ."""
    return 1 - (p**2).sum()


def top_share(counts, m: int):
    """Share of the m most frequent items."""
    return namespace(counts).sort(counts)[-m:].sum() / counts.sum()


def distinct(counts):
    """distinct-n of the counts of n-grams: different ones over all (Li et al. 2016); 0 if none."""
    return (counts > 0).sum() / namespace(counts).maximum(counts.sum(), 1)


def expectation_adjusted_distinct(counts, vocabulary: int, n: int):
    """EAD: different n-grams over their expected number if all V^n were equally probable,
    V^n (1 - (1 - V^-n)^C) for C n-grams (Liu et al. 2022)."""
    xp, cells = namespace(counts), float(vocabulary) ** n
    expected = -cells * xp.expm1(counts.sum() * xp.log1p(-1 / cells))
    return (counts > 0).sum() / xp.maximum(expected, 1)


def total_variation(p, q):
    """(...,) half the sum of |p - q| over the last axis: the largest difference in the probability
    of an event (Levin and Peres 2017, proposition 4.2)."""
    return abs(p - q).sum(-1) / 2


def pass_at(right, drawn, k: int):
    """(P,) 1 - C(n - c, k) / C(n, k): the probability that k of n = ``drawn`` answers, drawn
    without replacement, contain one of the c = ``right`` (P,) ones (Chen et al. 2021, eq. 1). As a
    product, without overflow."""
    xp = namespace(right)
    i = xp.arange(k)
    left = xp.asarray(drawn)[..., None] - i
    return 1 - (xp.maximum(left - right[..., None], 0) / left).prod(-1)


def diversity_loss(before, after):
    """(3,) parts of the loss of the chance that two answers to a prompt differ, which they add up
    to: wrong answers removed, right answers narrowed, wrong answers narrowed (derived).

    ``before`` and ``after`` (4, ...): the chances that two answers are both right, both wrong,
    equal and right, equal and wrong. What is removed is counted with the spread from before: had
    only the shares of right and wrong changed, two right ones would be equal as often as before. A
    kind that was absent before is not narrowed.
    """
    xp, moved = namespace(before), []
    for both, equal in ((0, 2), (1, 3)):
        there = before[both] > 0
        known = after[both] * before[equal] / xp.where(there, before[both], 1)
        moved.append(xp.where(there, known, after[equal]))
    removed = moved[0] + moved[1] - before[2] - before[3]
    return xp.stack([removed, after[2] - moved[0], after[3] - moved[1]])
