"""The words of answers, and their n-grams.

Words are those of ``collapse.metrics.segment``. N-grams do not cross answers. What equal answers
share is computed once.
"""

from array import array

import numpy as np

from collapse.metrics.counts import rarefied
from collapse.metrics.grams import Documents
from collapse.metrics.segment import Segmenter

ORDERS = (1, 2, 3)


def _ranked(code: np.ndarray) -> tuple[np.ndarray, int]:
    """The rank of each value among the different values, and the number of these."""
    order = np.argsort(code)
    ordered = code[order]
    new = np.empty(len(code), bool)
    new[:1], new[1:] = True, ordered[1:] != ordered[:-1]
    rank = np.empty(len(code), np.int32)
    rank[order] = np.cumsum(new, dtype=np.int32) - 1
    return rank, int(new.sum())


def _once(values: np.ndarray) -> np.ndarray:
    """The different values, sorted."""
    values = np.sort(values)
    return values[np.concatenate([[True], values[1:] != values[:-1]])] if len(values) else values


class Words:
    """The words of different texts (K,), and the n-grams of 1, 2 and 3 words in each."""

    def __init__(self, texts, segmenter: Segmenter | None = None):
        segmenter = segmenter or Segmenter()
        numbers: dict[str, int] = {}
        length, flat = array("i"), array("i")
        for text in texts:
            found = segmenter(text)
            length.append(len(found))
            flat.extend([numbers.setdefault(word, len(numbers)) for word in found])
        self.length = np.array(length, np.int64)  # (K,) words in each text
        self.size = len(numbers)
        self.vocabulary = list(numbers)
        self.flat = np.array(flat, np.int32)
        self.start = np.concatenate([[0], np.cumsum(self.length)])  # (K + 1,) where each begins
        self._runs: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self._rank_runs()

    def _rank_runs(self) -> None:
        """Number the n-grams of each order: by the number of the first n - 1 words and the last
        word, so that numbers fit 64 bits. For each text the different ones are kept."""
        text = np.repeat(np.arange(len(self.length), dtype=np.int32), self.length)
        rank, number = self.flat, self.size
        for order in ORDERS:
            if order > 1:
                # N-grams across two answers are numbered too, and then left out.
                code = rank[:-1].astype(np.int64) * self.size + self.flat[order - 1 :]
                rank, number = _ranked(code)
            inside = text[: len(rank)] == text[order - 1 :]
            pairs = _once(text[: len(rank)][inside].astype(np.int64) * number + rank[inside])
            start = np.searchsorted(pairs, np.arange(len(self.length) + 1) * number)
            self._runs[order] = start, (pairs % max(number, 1)).astype(np.int32)

    def runs(self, order: int, counts: np.ndarray) -> tuple[np.ndarray, int]:
        """The number of answers with each different n-gram, and the number of all n-grams.
        ``counts`` (K,) is how often each text was given."""
        start, held = self._runs[order]
        which = np.flatnonzero(counts)
        sizes = start[which + 1] - start[which]
        at = np.repeat(start[which] - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
        answers = np.bincount(held[at], np.repeat(counts[which], sizes)).astype(np.int64)
        total = (counts[which] * np.maximum(self.length[which] - order + 1, 0)).sum()
        return answers[answers > 0], int(total)

    def distinct(self, order: int, counts: np.ndarray, m: int | None = None) -> float:
        """distinct-n: the share of different n-grams of ``order`` words (Li et al. 2016), of all
        answers or expected for ``m`` of them, drawn without replacement. NaN if no answer is that
        long."""
        answers, total = self.runs(order, counts)
        n = int(counts.sum())
        if not total:
            return float("nan")
        if m is None or m == n:
            return len(answers) / total
        return float(rarefied(answers, m, n)) / (total * m / n)

    def total(self, counts: np.ndarray) -> int:
        """The number of words."""
        return int(counts @ self.length)

    def shares(self, counts: np.ndarray) -> np.ndarray:
        """(V,) the share of each word among all words; zeros without words."""
        which = np.flatnonzero(counts)
        found = self.documents(which)
        weights = np.repeat(counts[which], found.lengths)
        times = np.bincount(found.tokens, weights, minlength=self.size)
        return times / max(times.sum(), 1)

    def documents(self, which: np.ndarray) -> Documents:
        """The words of the texts ``which`` (D,), as numbers of one vocabulary."""
        sizes = self.length[which]
        at = np.repeat(self.start[which] - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
        return Documents(self.flat[at], sizes, self.size)
