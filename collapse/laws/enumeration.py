"""Small judged chains by enumeration: the exact law of what a judge leaves of a sample.

K outcomes, n items kept of a generation, and a model that is the shares of its training items. All
that can be drawn is listed with its chance, so that nothing is approximate but the arithmetic. A
``Law`` maps counts (K integers), or the shares of a model (K numbers), to their chance. Generation
1 is the first fit on n real items, unjudged.
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
    """All ways in which ``total`` items fall on ``kinds`` outcomes."""
    if kinds == 1:
        return ((total,),)
    firsts = range(total + 1)
    return tuple((i, *rest) for i in firsts for rest in compositions(total - i, kinds - 1))


def multinomial(n: int, p) -> Law:
    """Counts of n draws from p (K,)."""
    ways = {c: factorial(n) // prod(map(factorial, c)) for c in compositions(n, len(p))}
    return {c: w * prod(q**i for q, i in zip(p, c, strict=True)) for c, w in ways.items()}


def drawn_without(counts: tuple[int, ...], size: int) -> Law:
    """Counts of ``size`` items drawn without replacement from those counted."""
    every = comb(sum(counts), size)
    found = {}
    for few in compositions(size, len(counts)):
        ways = prod(comb(c, f) for c, f in zip(counts, few, strict=True))
        if ways:
            found[few] = ways / every
    return found


def summed(laws: Iterator[tuple[tuple, float, Law]]) -> Law:
    """The mixture of laws, each shifted by counts: (shift, chance, law)."""
    found: Law = defaultdict(float)
    for shift, chance, law in laws:
        for counts, own in law.items():
            found[tuple(map(sum, zip(shift, counts, strict=True)))] += chance * own
    return dict(found)


# What a judge keeps of candidates drawn from p


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
        found, left = (0,) * len(counts), kept
        for level in levels:
            tied = tuple(c if r == level else 0 for c, r in zip(counts, reward, strict=True))
            if sum(tied) >= left:
                return found, drawn_without(tied, left)
            found = tuple(map(sum, zip(found, tied, strict=True)))
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
        found = [0] * len(counts)
        for i in sorted(range(len(counts)), key=lambda i: -reward[i]):
            found[i] = min(counts[i], left[cell_of[i]])
            left[cell_of[i]] -= found[i]
        return tuple(found)

    law: Law = defaultdict(float)
    for counts, chance in multinomial(candidates, p).items():
        law[elites(counts)] += chance
    return dict(law)


def _binomial(n: int, chance: float) -> list[float]:
    return [comb(n, i) * chance**i * (1 - chance) ** (n - i) for i in range(n + 1)]


# What is kept of one group: {places: chance}


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
    """One of several ways to pick, drawn anew for each group."""

    def pick(group):
        found: Law = defaultdict(float)
        for way, chance in zip(picks, chances, strict=True):
            for places, own in way(group).items():
                found[places] += chance * own
        return found

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
    """The model fitted to counts, or to sums of weights."""
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
    """(K,) mean share of each outcome, and (K,) mean square."""
    models, chances = np.array(list(law)), np.array(list(law.values()))
    return chances @ models, chances @ models**2
