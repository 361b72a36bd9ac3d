"""How alike two corpora are: equal answers, answers in common, words in common."""

import numpy as np

from collapse.measuring.tally import Corpus
from collapse.measuring.words import Words

ALL = 20  # corpora of which every pair is compared; of more, neighbours and the first with each


def similarities(corpora: list[Corpus], words: Words) -> list[dict]:
    """One row a pair, in the order of the corpora."""
    size = len(words.length)
    shares = [words.shares(np.bincount(c.answer, minlength=size)) for c in corpora]
    return [
        {"a": corpora[i].name, "b": corpora[j].name}
        | alike(corpora[i], corpora[j])
        | {"words_in_common": float(np.minimum(shares[i], shares[j]).sum())}
        for i, j in pairs(len(corpora))
    ]


def pairs(number: int) -> list[tuple[int, int]]:
    """Which corpora are compared, by their places."""
    every = [(i, j) for i in range(number) for j in range(i + 1, number)]
    return every if number <= ALL else [(i, j) for i, j in every if i == 0 or j == i + 1]


def alike(a: Corpus, b: Corpus) -> dict:
    """same_answer: the chance that an answer of one equals an answer of the other (to the same
    prompt, where both have prompts; in the mean over those in common). relative: that over the mean
    chance within either, 1 where both draw from one source and 0 where they never agree (Morisita
    1959); both are free of bias from the size. answers_in_common: the sum of the smaller of both
    shares of each answer, 1 minus the total variation, which grows with the size."""
    found = {"same_answer": _across(a, b), "relative": None}
    within = _within(a), _within(b)
    if np.isfinite([found["same_answer"], *within]).all() and sum(within) > 0:
        found["relative"] = 2 * found["same_answer"] / sum(within)
    which_a, p = _shares(a.answer)
    which_b, q = _shares(b.answer)
    _, at_a, at_b = np.intersect1d(which_a, which_b, assume_unique=True, return_indices=True)
    found["answers_in_common"] = float(np.minimum(p[at_a], q[at_b]).sum())
    return found


def _shares(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    which, counts = np.unique(values, return_counts=True)
    return which, counts / len(values)


def _prompted(corpus: Corpus) -> np.ndarray:
    return np.zeros(corpus.n, np.int64) if corpus.group is None else corpus.group.astype(np.int64)


def _across(a: Corpus, b: Corpus) -> float:
    both = a.group is not None and b.group is not None
    group_a, group_b = (
        (_prompted(a), _prompted(b)) if both else (np.zeros(c.n, np.int64) for c in (a, b))
    )
    width = int(max(a.answer.max(), b.answer.max())) + 1
    cells_a, x = np.unique(group_a * width + a.answer, return_counts=True)
    cells_b, y = np.unique(group_b * width + b.answer, return_counts=True)
    cells, at_a, at_b = np.intersect1d(cells_a, cells_b, assume_unique=True, return_indices=True)
    size_a, size_b = np.bincount(group_a), np.bincount(group_b)
    most = max(len(size_a), len(size_b))
    asked = np.pad(size_a, (0, most - len(size_a))) * np.pad(
        size_b, (0, most - len(size_b))
    ).astype(float)
    if not asked.any():
        return float("nan")
    equal = np.bincount(cells // width, x[at_a] * y[at_b].astype(float), most)
    return float((equal[asked > 0] / asked[asked > 0]).mean())


def _within(corpus: Corpus) -> float:
    from collapse.measuring.measures import same_within

    return same_within(corpus.answer, _prompted(corpus))
