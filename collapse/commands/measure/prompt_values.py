"""Measures of each prompt of a corpus, whose means over prompts are compared.

Measures that depend on the number of answers to a prompt are exact expectations for ``m`` of them.
"""

from typing import NamedTuple

import numpy as np

from collapse.commands.measure.tally import Corpus
from collapse.metrics.counts import entropy_part, log_missed


class PromptValues(NamedTuple):
    """Values (P,) of the prompts with numbers ``prompt`` (P,), NaN where a prompt has too few
    answers; ``noise`` (P,) is the sampling variance of a value over the answers to its prompt, NaN
    if it is not estimated."""

    prompt: np.ndarray
    value: np.ndarray
    noise: np.ndarray


class Cells(NamedTuple):
    """The different answers to each prompt."""

    prompt: np.ndarray  # (P,) numbers of the prompts, ascending
    size: np.ndarray  # (P,) answers to each
    of: np.ndarray  # (C,) the place of the prompt of each different answer
    times: np.ndarray  # (C,) how often it was given


def cells(corpus: Corpus) -> Cells:
    """The different answers to each prompt of a corpus that has prompts."""
    prompt, place = np.unique(corpus.group, return_inverse=True)
    place = place.reshape(-1).astype(np.int64)
    width = int(corpus.answer.max()) + 1
    cell, times = np.unique(place * width + corpus.answer, return_counts=True)
    return Cells(prompt, np.bincount(place), cell // width, times)


def answers_at(corpora: list[Corpus]) -> int:
    """The smallest number of answers that a prompt of any corpus has, of prompts asked twice or
    more; 1 without such prompts."""
    sizes = np.concatenate([cells(corpus).size for corpus in corpora])
    return int(sizes[sizes > 1].min(initial=max(sizes.max(), 1)))


def same_answer(found: Cells) -> PromptValues:
    """The probability that two answers to a prompt are equal, without bias (Simpson 1949); its
    noise is by the jackknife over answers."""
    n, x = found.size.astype(float), found.times.astype(float)
    prompts = len(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.bincount(found.of, x * (x - 1), prompts) / (n * (n - 1))
        equal = (x - 1) / (n[found.of] - 1)  # share of the other answers that an answer equals
        squares = np.bincount(found.of, x * (equal - value[found.of]) ** 2, prompts)
        noise = (2 * (n - 1) / (n - 2)) ** 2 * squares / (n * (n - 1))
    return PromptValues(
        found.prompt, np.where(n > 1, value, np.nan), np.where(n > 2, noise, np.nan)
    )


def different_answers(found: Cells, m: int) -> PromptValues:
    """The number of different answers expected among ``m`` answers to a prompt."""
    n = found.size[found.of]
    seen = -np.expm1(log_missed(np.maximum(n, m), found.times, np.full(n.shape, m)))
    return _summed(found, seen, m)


def entropy(found: Cells, m: int) -> PromptValues:
    """The plug-in entropy of ``m`` answers to a prompt, in nats, in exact expectation."""
    n = found.size[found.of]
    kinds, which = np.unique(np.stack([n, found.times], 1), axis=0, return_inverse=True)
    part = np.array([entropy_part(int(n), int(x), m) if n >= m else np.nan for n, x in kinds])
    return _summed(found, part[which.reshape(-1)], m)


def _summed(found: Cells, part: np.ndarray, m: int) -> PromptValues:
    value = np.bincount(found.of, part, len(found.size))
    value = np.where(found.size >= m, value, np.nan)
    return PromptValues(found.prompt, value, np.full(value.shape, np.nan))


def mean_of(corpus: Corpus, values: np.ndarray) -> PromptValues:
    """The mean of ``values`` (n,), one for each answer, such as a score."""
    prompt, place = np.unique(corpus.group, return_inverse=True)
    place = place.reshape(-1)
    size = np.bincount(place).astype(float)
    mean = np.bincount(place, values) / size
    squares = np.bincount(place, (values - mean[place]) ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        noise = squares / (size * (size - 1))
    return PromptValues(prompt, mean, noise)
