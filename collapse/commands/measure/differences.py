"""Whether corpora differ by more than chance: by the jackknife over prompts, or over answers.

The answers are dealt into parts, and each part is left out in turn (Quenouille 1956; Tukey 1958):
how far a number then moves says how far another sample would have moved it. Answers to one prompt
are left out together, of all corpora at once, so that corpora that were asked the same prompts are
compared prompt by prompt, and what makes a prompt hard for all of them is no difference. What
depends on size is of as many answers, or words, in all corpora and whatever is left out: an exact
expectation, so that it is no smaller for being of fewer.
"""

import math
from collections.abc import Callable
from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy import special

from collapse.commands.measure.tally import Corpus
from collapse.commands.measure.words import Words
from collapse.metrics import counts as metrics

LEVEL = 0.95
PARTS = 20  # that are left out in turn
FEWEST = 5  # prompts, or answers, that can be dealt into parts
ALL = 20  # corpora of which every pair is told


class Dealt(NamedTuple):
    """With which of how many parts each answer (n,) of a corpus is left out."""

    part: np.ndarray
    parts: int


def differences(corpora: list[Corpus], words: Words, key: str, order: list[str]) -> dict | None:
    """Of what tells corpora apart, ``key`` (effective_number or distinct_2), the difference of each
    two, as a ratio of effective numbers or a difference of shares: ``a`` over ``b``, with ``low``
    and ``high``, 95 % for all pairs together (Bonferroni), so that the largest of many is no
    finding by being the largest. ``order`` are the names from the most to the least varied, or the
    first and the last of a series alone. None where there are too few answers."""
    if min(corpus.n for corpus in corpora) < FEWEST:
        return None
    over = "answers"
    if all(c.group is not None and len(np.unique(c.group)) >= FEWEST for c in corpora):
        over = "prompts"
    shared = len(_shared(corpora)) if over == "prompts" else 0
    units = [c.group if over == "prompts" else np.arange(c.n) for c in corpora]
    dealt = _together(units) if shared >= FEWEST else _each(units)
    value = _of_answers if key == "effective_number" else _of_words
    names = [corpus.name for corpus in corpora]
    values = dict(zip(names, value(corpora, dealt, words), strict=True))
    found = pairs(values, order, apart=shared < FEWEST)
    if key == "effective_number":
        ends = ("value", "low", "high")
        found = [pair | {end: _ratio(pair[end]) for end in ends} for pair in found]
    how = {"of": key, "over": over, "prompts_in_common": shared if over == "prompts" else None}
    return how | {"together": together(order), "pairs": found}


def _ratio(nats: float) -> float:
    return math.exp(min(nats, 700.0))


def _together(units: list[np.ndarray]) -> list[Dealt]:
    """The part with which each answer is left out, by the number of its prompt (n,): the same in
    all corpora."""
    every = np.unique(np.concatenate(units))
    part = _deal(len(every))
    return [Dealt(part[np.searchsorted(every, unit)], int(part.max()) + 1) for unit in units]


def _each(units: list[np.ndarray]) -> list[Dealt]:
    """The same of corpora that have no prompts in common: parts of their own."""
    found = []
    for seed, unit in enumerate(units):
        every, which = np.unique(unit, return_inverse=True)
        part = _deal(len(every), seed)
        found.append(Dealt(part[which], int(part.max()) + 1))
    return found


def _deal(units: int, seed: int = 0) -> np.ndarray:
    """(units,) the part of each, dealt at random into as many as there can be."""
    return np.random.default_rng(seed).permutation(np.arange(units) % min(PARTS, units))


def _shared(corpora: list[Corpus]) -> np.ndarray:
    """The prompts that all have been asked."""
    common = corpora[0].group
    for corpus in corpora[1:]:
        common = np.intersect1d(common, corpus.group)
    return np.unique(common)


def _of_answers(corpora: list[Corpus], dealt: list[Dealt], words: Words) -> list[np.ndarray]:
    """The entropy of as many answers, in nats: of all, and without each part in turn."""
    m = min(
        corpus.n - int(np.bincount(part).max())
        for corpus, (part, _) in zip(corpora, dealt, strict=True)
    )
    return _values(corpora, dealt, words, lambda x: metrics.rarefied_entropy(x, m))


def _of_words(corpora: list[Corpus], dealt: list[Dealt], words: Words) -> list[np.ndarray]:
    """distinct-2 of as many words."""
    left = []
    for corpus, (part, _) in zip(corpora, dealt, strict=True):
        length = words.length[corpus.answer]
        left.append(int(length.sum() - np.bincount(part, length).max()))
    many = min(left)

    def value(counts: np.ndarray) -> float:
        n = int(counts.sum())
        enough = min(n, max(1, round(n * many / max(words.total(counts), 1))))
        return words.distinct(2, counts, enough)

    return _values(corpora, dealt, words, value)


def _values(corpora, dealt: list[Dealt], words: Words, value: Callable) -> list[np.ndarray]:
    """Of each corpus (1 + parts,) the value of the counts (K,) of its answers: of all, and without
    each part in turn, one at a time."""
    size, found = len(words.length), []
    for corpus, (part, parts) in zip(corpora, dealt, strict=True):
        every = np.bincount(corpus.answer, minlength=size)
        each = [value(every)]
        for i in range(parts):
            each.append(value(every - np.bincount(corpus.answer[part == i], minlength=size)))
        found.append(np.array(each))
    return found


def of_prompts(values: dict[str, dict[int, float]], order: list[str]) -> list[dict] | None:
    """The same of means over prompts, of the value (of a corpus) of each prompt by its number; None
    where a corpus has too few."""
    if min(map(len, values.values())) < FEWEST:
        return None
    asked = sorted({prompt for own in values.values() for prompt in own})
    parts = _deal(len(asked))
    part = dict(zip(asked, parts.tolist(), strict=True))
    means = {}
    for name, own in values.items():
        mine = np.array([part[prompt] for prompt in own])
        each = np.array(list(own.values()))
        left = [each[mine != i] for i in range(int(parts.max()) + 1)]
        if not all(map(len, left)):
            return None
        means[name] = np.array([each.mean(), *(x.mean() for x in left)])
    return pairs(means, order, False)


def together(order: list[str]) -> int:
    """How many pairs are looked at, of which any might have been the largest."""
    return len(order) * (len(order) - 1) // 2


def pairs(values: dict[str, np.ndarray], order: list[str], apart: bool) -> list[dict]:
    """Of numbers (1 + parts,), of all answers and without each part in turn, the difference of each
    two in ``order`` with its interval; of many the first and the last with each. ``apart``: the
    parts of two corpora have nothing to do with each other."""
    which = combinations(order, 2)
    if len(order) > ALL:
        ends = {order[0], order[-1]}
        which = (pair for pair in which if ends & set(pair))
    found = []
    for a, b in which:
        gap = float(values[a][0] - values[b][0])
        half = _half(
            _pseudo(values[a]), _pseudo(values[b]), apart, 1 - (1 - LEVEL) / together(order)
        )
        about = {"a": a, "b": b, "value": gap, "low": gap - half, "high": gap + half}
        found.append(about | {"differs": bool(abs(gap) > half)})
    return found


def _pseudo(values: np.ndarray) -> np.ndarray:
    """(parts,) what each part adds, as if it were a sample of its own."""
    parts = len(values) - 1
    return parts * values[0] - (parts - 1) * values[1:]


def _half(a: np.ndarray, b: np.ndarray, apart: bool, level: float) -> float:
    """Half the width of Student's t interval of the difference of two means; Welch's (1947), where
    they are apart."""
    if apart:
        each = np.array([x.var(ddof=1) / len(x) for x in (a, b)])
        df = each.sum() ** 2 / max((each**2 / [len(a) - 1, len(b) - 1]).sum(), 1e-300)
        error = math.sqrt(each.sum())
    else:
        df, error = len(a) - 1, float((a - b).std(ddof=1)) / math.sqrt(len(a))
    return float(special.stdtrit(max(df, 1), (1 + level) / 2)) * error
