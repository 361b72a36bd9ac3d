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
from collapse.stats.contrasts import Contrast, paired, unpaired
from collapse.stats.estimate import LEVEL, Estimate

PARTS = 20  # that are left out in turn
FEWEST = 5  # prompts, or answers, needed
ALL = 20  # corpora up to which every pair is compared


class Dealt(NamedTuple):
    """The part with which each answer (n,) of a corpus is left out, and the number of parts."""

    part: np.ndarray
    parts: int


class Design(NamedTuple):
    """How corpora are compared: ``over`` prompts or answers, the prompts that all ``shared`` (None
    over answers), whether they are ``paired``, left out of all corpora together, and the parts."""

    over: str
    shared: int | None
    paired: bool
    dealt: list[Dealt]


def design(corpora: list[Corpus]) -> Design:
    """Over prompts where every corpus has enough of them; paired where enough are shared."""
    asked = [c.group is not None and len(np.unique(c.group)) >= FEWEST for c in corpora]
    if not all(asked):
        return Design("answers", None, False, _each([np.arange(c.n) for c in corpora]))
    units, shared = [c.group for c in corpora], len(in_common(corpora))
    paired = shared >= FEWEST
    return Design("prompts", shared, paired, _together(units) if paired else _each(units))


def differences(corpora: list[Corpus], words: Words, key: str, order: list[str]) -> dict | None:
    """Pairwise differences of ``key`` (effective_number or distinct_2): ratios ``a`` over ``b`` of
    effective numbers, differences of shares. Intervals are of 95 % for all pairs together
    (Bonferroni), so that the largest of many is significant only if it is more than chance.
    ``order``: the names from the most to the least varied, or the first and the last of a series.
    None if there are too few answers."""
    if min(corpus.n for corpus in corpora) < FEWEST:
        return None
    how = design(corpora)
    names = [corpus.name for corpus in corpora]
    each = left_out(corpora, how.dealt, words, key)
    rows = pairs(dict(zip(names, each, strict=True)), order, how.paired)
    if key == "effective_number":
        rows = [pair | {"difference": ratio(pair["difference"])} for pair in rows]
    about = {"of": key, "over": how.over, "prompts_in_common": how.shared}
    return about | {"together": together(order), "pairs": rows}


def left_out(corpora: list[Corpus], dealt: list[Dealt], words: Words, key: str) -> list[np.ndarray]:
    """For each corpus (1 + parts,): a number of all its answers, and without each part in turn. The
    logarithm of the effective number and distinct-2 are of equally many answers, or words; the
    others (words_an_answer, collision) do not depend on size."""
    if key == "effective_number":
        return _of_answers(corpora, dealt, words)
    if key == "distinct_2":
        return _of_words(corpora, dealt, words)
    if key == "words_an_answer":
        return _values(corpora, dealt, words, lambda x: words.total(x) / x.sum())
    return _values(corpora, dealt, words, metrics.collision)


def ratio(nats: Estimate) -> Estimate:
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


def in_common(corpora: list[Corpus]) -> np.ndarray:
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
    return pairs(means, order, matched=True)


def together(order: list[str]) -> int:
    """Number of pairs that share the 5 % of error."""
    return len(order) * (len(order) - 1) // 2


def pairs(values: dict[str, np.ndarray], order: list[str], matched: bool) -> list[dict]:
    """The difference of each two in ``order``, of values (1 + parts,) of all answers and without
    each part; for many, of the first and the last with each. ``matched``: the parts are the same in
    all corpora."""
    which = combinations(order, 2)
    if len(order) > ALL:
        ends = {order[0], order[-1]}
        which = (pair for pair in which if ends & set(pair))
    rows, level = [], 1 - (1 - LEVEL) / together(order)
    for a, b in which:
        difference = contrast(values[b], values[a], matched).interval(level, "jackknife, t")
        half = difference.high - difference.value
        differs = bool(abs(difference.value) > half)
        rows.append({"a": a, "b": b, "difference": difference, "differs": differs})
    return rows


def contrast(first: np.ndarray, second: np.ndarray, matched: bool) -> Contrast:
    """The second less the first, of values (1 + parts,) of all answers and without each part."""
    gap = float(second[0] - first[0])
    if matched:
        return paired(pseudo(second) - pseudo(first), gap)
    return unpaired(pseudo(first), pseudo(second), gap)


def pseudo(values: np.ndarray) -> np.ndarray:
    """(parts,) pseudo-values of the jackknife."""
    parts = len(values) - 1
    return parts * values[0] - (parts - 1) * values[1:]
