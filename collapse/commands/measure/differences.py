"""Significant differences between corpora, by the jackknife over prompts or over answers.

The answers are dealt into parts, and each part is left out in turn (Quenouille 1956; Tukey 1958).
Answers to one prompt are left out together, from all corpora at once: corpora with the same prompts
are compared prompt by prompt, so that effects of a prompt on all of them cancel. Measures that
depend on size are exact expectations for equal numbers of answers, or words, in all corpora and
whatever is left out.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

import numpy as np

from collapse.commands.measure.tally import Corpus
from collapse.commands.measure.words import Words
from collapse.metrics import counts as metrics
from collapse.stats.estimate import LEVEL, Estimate
from collapse.stats.intervals import t_quantile

PARTS = 20  # that are left out in turn
FEWEST = 5  # prompts, or answers, needed
ALL = 20  # corpora up to which every pair is compared


class Dealt(NamedTuple):
    """The part with which each answer (n,) of a corpus is left out, and the number of parts."""

    part: np.ndarray
    parts: int


def differences(corpora: list[Corpus], words: Words, key: str, order: list[str]) -> dict | None:
    """Pairwise differences of ``key`` (effective_number or distinct_2): ratios ``a`` over ``b`` of
    effective numbers, differences of shares. Intervals are of 95 % for all pairs together
    (Bonferroni), so that the largest of many is significant only if it is more than chance.
    ``order``: the names from the most to the least varied, or the first and the last of a series.
    None if there are too few answers."""
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
    rows = pairs(values, order, paired=shared >= FEWEST)
    if key == "effective_number":
        rows = [pair | {"difference": _ratio(pair["difference"])} for pair in rows]
    how = {"of": key, "over": over, "prompts_in_common": shared if over == "prompts" else None}
    return how | {"together": together(order), "pairs": rows}


def _ratio(nats: Estimate) -> Estimate:
    """A difference of logarithms as a ratio."""
    ends = {k: math.exp(min(getattr(nats, k), 700.0)) for k in ("value", "low", "high")}
    return replace(nats, **ends)


def _together(units: list[np.ndarray]) -> list[Dealt]:
    """Parts of prompts (n,) that are the same in all corpora."""
    every = np.unique(np.concatenate(units))
    part = _deal(len(every))
    return [Dealt(part[np.searchsorted(every, unit)], int(part.max()) + 1) for unit in units]


def _each(units: list[np.ndarray]) -> list[Dealt]:
    """Parts of corpora that have no prompts in common: each its own."""
    dealt = []
    for seed, unit in enumerate(units):
        every, which = np.unique(unit, return_inverse=True)
        part = _deal(len(every), seed)
        dealt.append(Dealt(part[which], int(part.max()) + 1))
    return dealt


def _deal(units: int, seed: int = 0) -> np.ndarray:
    """(units,) the part of each, dealt at random into up to ``PARTS``."""
    return np.random.default_rng(seed).permutation(np.arange(units) % min(PARTS, units))


def _shared(corpora: list[Corpus]) -> np.ndarray:
    """The prompts that all corpora have."""
    common = corpora[0].group
    for corpus in corpora[1:]:
        common = np.intersect1d(common, corpus.group)
    return np.unique(common)


def _of_answers(corpora: list[Corpus], dealt: list[Dealt], words: Words) -> list[np.ndarray]:
    """Entropy of equally many answers, in nats: of all, and without each part in turn."""
    m = min(
        corpus.n - int(np.bincount(part).max())
        for corpus, (part, _) in zip(corpora, dealt, strict=True)
    )
    return _values(corpora, dealt, words, lambda x: metrics.rarefied_entropy(x, m))


def _of_words(corpora: list[Corpus], dealt: list[Dealt], words: Words) -> list[np.ndarray]:
    """distinct-2 of equally many words: of all, and without each part in turn."""
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
    """For each corpus (1 + parts,): the value of the counts (K,) of all answers, and without each
    part in turn."""
    size, values = len(words.length), []
    for corpus, (part, parts) in zip(corpora, dealt, strict=True):
        every = np.bincount(corpus.answer, minlength=size)
        each = [value(every)]
        for i in range(parts):
            each.append(value(every - np.bincount(corpus.answer[part == i], minlength=size)))
        values.append(np.array(each))
    return values


def of_prompts(values: dict[str, dict[int, float]], order: list[str]) -> list[dict] | None:
    """Pairwise differences of means over prompts. ``values``: of each corpus, the value of each
    prompt by its number. None if a corpus has too few prompts."""
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
    return pairs(means, order, paired=True)


def together(order: list[str]) -> int:
    """Number of pairs that share the 5 % of error."""
    return len(order) * (len(order) - 1) // 2


def pairs(values: dict[str, np.ndarray], order: list[str], paired: bool) -> list[dict]:
    """The difference of each two in ``order``, of values (1 + parts,) of all answers and without
    each part; for many, of the first and the last with each. ``paired``: the parts are the same in
    all corpora."""
    which = combinations(order, 2)
    if len(order) > ALL:
        ends = {order[0], order[-1]}
        which = (pair for pair in which if ends & set(pair))
    rows, level = [], 1 - (1 - LEVEL) / together(order)
    for a, b in which:
        gap = float(values[a][0] - values[b][0])
        half, n = _half(_pseudo(values[a]), _pseudo(values[b]), paired, level)
        difference = Estimate(gap, gap - half, gap + half, level, "jackknife, t", n)
        differs = bool(abs(gap) > half)
        rows.append({"a": a, "b": b, "difference": difference, "differs": differs})
    return rows


def _pseudo(values: np.ndarray) -> np.ndarray:
    """(parts,) pseudo-values of the jackknife."""
    parts = len(values) - 1
    return parts * values[0] - (parts - 1) * values[1:]


def _half(a: np.ndarray, b: np.ndarray, paired: bool, level: float) -> tuple[float, int]:
    """Half the width of Student's t interval of the difference of two means, or of Welch's (1947)
    if they are not paired, and the number of parts."""
    if paired:
        df, error = len(a) - 1, float((a - b).std(ddof=1)) / math.sqrt(len(a))
    else:
        each = np.array([x.var(ddof=1) / len(x) for x in (a, b)])
        df = each.sum() ** 2 / max((each**2 / [len(a) - 1, len(b) - 1]).sum(), 1e-300)
        error = math.sqrt(each.sum())
    return t_quantile(max(df, 1), level) * error, min(len(a), len(b))
