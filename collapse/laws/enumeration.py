"""Small judged chains by enumeration: the exact distribution of a judge's selection.

K outcomes, n items kept per generation, and a model that is the frequencies of its training items.
All possible samples are enumerated with their probabilities, so results are exact up to rounding. A
``Law`` maps counts (K integers), or the frequencies of a model (K numbers), to their probability.
Generation 1 is the first fit on n real items, unjudged.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from math import comb, factorial, prod

import numpy as np

Law = dict[tuple, float]
Model = tuple[float, ...]


@cache
def compositions(total: int, kinds: int) -> tuple[tuple[int, ...], ...]:
    """All counts of ``total`` items over ``kinds`` outcomes."""
    if kinds == 1:
        return ((total,),)
    firsts = range(total + 1)
    return tuple((i, *rest) for i in firsts for rest in compositions(total - i, kinds - 1))


def multinomial(n: int, p) -> Law:
    """Law of the counts of n draws from p (K,)."""
    ways = {c: factorial(n) // prod(map(factorial, c)) for c in compositions(n, len(p))}
    return {c: w * prod(q**i for q, i in zip(p, c, strict=True)) for c, w in ways.items()}


def drawn_without(counts: tuple[int, ...], size: int) -> Law:
    """Law of the counts of ``size`` items drawn without replacement from items with ``counts``."""
    every = comb(sum(counts), size)
    law = {}
    for few in compositions(size, len(counts)):
        ways = prod(comb(c, f) for c, f in zip(counts, few, strict=True))
        if ways:
            law[few] = ways / every
    return law


def summed(laws: Iterator[tuple[tuple, float, Law]]) -> Law:
    """The mixture of laws, given as (shift of the counts, probability, law)."""
    mixture: Law = defaultdict(float)
    for shift, chance, law in laws:
        for counts, own in law.items():
            mixture[tuple(map(sum, zip(shift, counts, strict=True)))] += chance * own
    return dict(mixture)


# Counts kept by judges, for candidates drawn from p


def of_groups(p, k: int, pick: Callable, groups: int) -> Law:
    """Counts kept of ``groups`` groups of k candidates each, where pick(group) gives the chance of
    each tuple of places that may be kept of a group (k outcomes)."""
    kinds = len(p)
    one: Law = defaultdict(float)
    for group in product([i for i in range(kinds) if p[i] > 0], repeat=k):
        chance = prod(p[i] for i in group)
        for places, own in pick(group).items():
            kept = [group[i] for i in places]
            one[tuple(kept.count(i) for i in range(kinds))] += chance * own
    law: Law = {(0,) * kinds: 1.0}
    for _ in range(groups):
        law = summed((counts, chance, one) for counts, chance in law.items())
    return law


def of_coins(p, candidates: int, most: int, chance_of: Callable) -> Law:
    """Counts of the first ``most`` that are kept of ``candidates``, each by a coin of its own:
    chance_of(counts) (K,) gives the chance of each outcome among the counts that were drawn. Those
    kept are exchangeable, so that the first of them are drawn without replacement."""
    zero = (0,) * len(p)

    def kept(counts):
        coins = [_binomial(c, x) for c, x in zip(counts, chance_of(counts), strict=True)]
        for few in product(*(range(c + 1) for c in counts)):
            chance = prod(coin[i] for coin, i in zip(coins, few, strict=True))
            if chance and sum(few) > most:
                yield zero, chance, drawn_without(few, most)
            elif chance:
                yield few, chance, {zero: 1.0}

    drawn = multinomial(candidates, p)
    return summed((zero, chance, summed(kept(c))) for c, chance in drawn.items() if chance)


def of_best(p, candidates: int, kept: int, reward) -> Law:
    """Counts of the ``kept`` best of ``candidates``; equal rewards in the order they were drawn,
    and so without replacement."""
    levels = sorted(set(reward), reverse=True)

    def best(counts):
        kept_counts, left = (0,) * len(counts), kept
        for level in levels:
            tied = tuple(c if r == level else 0 for c, r in zip(counts, reward, strict=True))
            if sum(tied) >= left:
                return kept_counts, drawn_without(tied, left)
            kept_counts = tuple(map(sum, zip(kept_counts, tied, strict=True)))
            left -= sum(tied)
        raise ValueError("More are kept than there are candidates.")

    drawn = multinomial(candidates, p)
    laws = ((chance, *best(counts)) for counts, chance in drawn.items() if chance)
    return summed((shift, chance, law) for chance, shift, law in laws)


def of_cells(p, candidates: int, kept: int, reward, cell_of) -> Law:
    """Counts kept of ``candidates`` where every cell keeps its best, as many as each other or all
    it has, and ``kept`` in all or a few less, but one of each cell at least. Outcome i lies in
    cell_of[i]; no two of a cell have the same reward."""

    def elites(counts):
        sizes = [
            sum(c for c, at in zip(counts, cell_of, strict=True) if at == i) for i in set(cell_of)
        ]
        fits = [q for q in range(1, candidates + 1) if sum(min(s, q) for s in sizes) <= kept]
        left = dict.fromkeys(cell_of, max(fits, default=1))
        quotas = [0] * len(counts)
        for i in sorted(range(len(counts)), key=lambda i: -reward[i]):
            quotas[i] = min(counts[i], left[cell_of[i]])
            left[cell_of[i]] -= quotas[i]
        return tuple(quotas)

    law: Law = defaultdict(float)
    for counts, chance in multinomial(candidates, p).items():
        law[elites(counts)] += chance
    return dict(law)


def _binomial(n: int, chance: float) -> list[float]:
    return [comb(n, i) * chance**i * (1 - chance) ** (n - i) for i in range(n + 1)]


# Selection within one group: {positions: probability}


def best_of(reward) -> Callable:
    """The best of a group; of equal ones the first."""
    return lambda group: {(max(range(len(group)), key=lambda i: reward[group[i]]),): 1.0}


def plackett_luce(reward, strength: float) -> Callable:
    """One of a group, with probability proportional to e^(strength reward)."""

    def pick(group):
        odds = np.exp(strength * np.array([reward[i] for i in group]))
        return {(i,): float(x) for i, x in enumerate(odds / odds.sum())}

    return pick


def one_of(picks, chances) -> Callable:
    """One of several selection rules, drawn at random for each group."""

    def pick(group):
        law: Law = defaultdict(float)
        for way, chance in zip(picks, chances, strict=True):
            for places, own in way(group).items():
                law[places] += chance * own
        return law

    return pick


def marginal_relevance(reward, similar: Callable, trade: float, keep: int) -> Callable:
    """Maximal marginal relevance (Carbonell and Goldstein 1998): the next to be kept has the most
    trade * reward - (1 - trade) * similar(own, nearest that is kept); of equal ones the first."""

    def pick(group):
        kept: list[int] = []

        def value(i):
            near = max((similar(group[i], group[j]) for j in kept), default=0.0)
            return trade * reward[group[i]] - (1 - trade) * near

        for _ in range(keep):
            kept.append(max((i for i in range(len(group)) if i not in kept), key=value))
        return {tuple(kept): 1.0}

    return pick


def determinantal_pair(reward, similar: Callable, strength: float) -> Callable:
    """Two of a group, with probability proportional to the determinant q_i^2 q_j^2 (1 - s_ij^2) of
    their kernel q_i s_ij q_j, q = e^(strength reward) (Kulesza and Taskar 2011); any two where all
    determinants are 0."""

    def pick(group):
        pairs = [(i, j) for j in range(len(group)) for i in range(j)]
        det = [
            np.exp(2 * strength * (reward[group[i]] + reward[group[j]]))
            * (1 - similar(group[i], group[j]) ** 2)
            for i, j in pairs
        ]
        total = sum(det)
        det = [d / total if total else 1 / len(pairs) for d in det]
        return dict(zip(pairs, map(float, det), strict=True))

    return pick


# The chain


def shares(counts) -> Model:
    """The model fitted to counts or sums of weights: their shares."""
    total = sum(counts)
    return tuple(round(c / total, 12) for c in counts)


def chain(p, n: int, kept: Callable, last: int) -> list[Law]:
    """Laws of the model at generations 1 .. last, where kept(model, t) is the law of the counts
    that generation t + 1 trains on. Where nothing is kept the model stays."""
    laws = [{shares(c): chance for c, chance in multinomial(n, p).items()}]
    for t in range(1, last):
        law: Law = defaultdict(float)
        for model, chance in laws[-1].items():
            for counts, own in kept(model, t).items():
                law[shares(counts) if sum(counts) else model] += chance * own
        laws.append(dict(law))
    return laws


def moments(law: Law) -> tuple[np.ndarray, np.ndarray]:
    """(K,) mean share of each outcome, and (K,) mean squared share."""
    models, chances = np.array(list(law)), np.array(list(law.values()))
    return chances @ models, chances @ models**2
