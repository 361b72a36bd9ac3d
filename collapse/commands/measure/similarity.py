"""Similarity of two corpora: equal answers, answers in common, words in common."""

import numpy as np

from collapse.commands.measure.corpus_measures import same_within
from collapse.commands.measure.tally import Corpus
from collapse.commands.measure.words import Words

ALL = 20  # corpora up to which every pair is compared; of more, the first with all, and neighbours


def similarities(corpora: list[Corpus], words: Words) -> list[dict]:
    """One row for each pair, in the order of the corpora."""
    size = len(words.length)
    shares = [words.shares(np.bincount(c.answer, minlength=size)) for c in corpora]
    return [
        {"a": corpora[i].name, "b": corpora[j].name}
        | alike(corpora[i], corpora[j])
        | {"words_in_common": float(np.minimum(shares[i], shares[j]).sum())}
        for i, j in pairs(len(corpora))
    ]


def pairs(number: int) -> list[tuple[int, int]]:
    """Indices of the pairs of corpora that are compared."""
    every = [(i, j) for i in range(number) for j in range(i + 1, number)]
    return every if number <= ALL else [(i, j) for i, j in every if i == 0 or j == i + 1]


def alike(a: Corpus, b: Corpus) -> dict:
    """Similarity of two corpora.

    Returns:
        ``same_answer``: the probability that an answer of one equals an answer of the other (to the
        same prompt, if both have prompts; on average over those in common). ``relative``: that over
        the mean probability within either, 1 for one source and 0 without agreement (Morisita
        1959). Both are unbiased by size. ``answers_in_common``: the sum over answers of the smaller
        share, 1 minus the total variation distance, which grows with size.
    """
    (answer_a, group_a), (answer_b, group_b) = _to_the_same(a, b)
    found = {"same_answer": float("nan"), "relative": None}
    if len(answer_a):
        found["same_answer"] = _across(answer_a, group_a, answer_b, group_b)
        within = same_within(answer_a, group_a) + same_within(answer_b, group_b)
        if within > 0:  # not NaN: prompts were asked twice
            found["relative"] = 2 * found["same_answer"] / within
    which_a, p = _shares(a.answer)
    which_b, q = _shares(b.answer)
    _, at_a, at_b = np.intersect1d(which_a, which_b, assume_unique=True, return_indices=True)
    return found | {"answers_in_common": float(np.minimum(p[at_a], q[at_b]).sum())}


def _to_the_same(a: Corpus, b: Corpus) -> list[tuple[np.ndarray, np.ndarray]]:
    """Answers and prompts of each corpus, for prompts in common; one prompt if either has none."""
    if a.group is None or b.group is None:
        return [(c.answer, np.zeros(c.n, np.int64)) for c in (a, b)]
    common = np.intersect1d(a.group, b.group)
    kept = [(c, np.isin(c.group, common)) for c in (a, b)]
    return [(c.answer[mask], np.searchsorted(common, c.group[mask])) for c, mask in kept]


def _across(answer_a, group_a, answer_b, group_b) -> float:
    """The probability that an answer of each are equal, on average over prompts numbered from 0."""
    width = int(max(answer_a.max(), answer_b.max())) + 1
    cells_a, x = np.unique(group_a * width + answer_a, return_counts=True)
    cells_b, y = np.unique(group_b * width + answer_b, return_counts=True)
    cells, at_a, at_b = np.intersect1d(cells_a, cells_b, assume_unique=True, return_indices=True)
    asked = np.bincount(group_a) * np.bincount(group_b).astype(float)
    equal = np.bincount(cells // width, x[at_a] * y[at_b].astype(float), len(asked))
    return float((equal / asked).mean())


def _shares(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    which, counts = np.unique(values, return_counts=True)
    return which, counts / len(values)
