"""The words of answers, and how many different runs of them there are.

A word is a run of letters, digits and apostrophes, in lower case. Runs of words stay inside an
answer. What equal answers share is worked out once.
"""

import re
from array import array

import numpy as np

from collapse.metrics.counts import rarefied
from collapse.metrics.grams import Documents

WORD = re.compile(r"[\w']+")
ORDERS = (1, 2, 3)


def _ranked(code: np.ndarray) -> tuple[np.ndarray, int]:
    """The numbers 0 .. of different values, in their order, and how many there are."""
    order = np.argsort(code)
    ordered = code[order]
    new = np.empty(len(code), bool)
    new[:1], new[1:] = True, ordered[1:] != ordered[:-1]
    rank = np.empty(len(code), np.int32)
    rank[order] = np.cumsum(new, dtype=np.int32) - 1
    return rank, int(new.sum())


def _once(values: np.ndarray) -> np.ndarray:
    """The different values, in their order."""
    values = np.sort(values)
    return values[np.concatenate([[True], values[1:] != values[:-1]])] if len(values) else values


class Words:
    """The words of different texts (K,), and the runs of 1, 2 and 3 words in each."""

    def __init__(self, texts):
        numbers: dict[str, int] = {}
        length, flat = array("i"), array("i")
        for text in texts:
            found = WORD.findall(text.lower())
            length.append(len(found))
            flat.extend([numbers.setdefault(word, len(numbers)) for word in found])
        self.length = np.array(length, np.int64)  # (K,) words in each text
        self.size = len(numbers)
        self.flat = np.array(flat, np.int32)
        self.start = np.concatenate([[0], np.cumsum(self.length)])  # (K + 1,) where each begins
        self._runs: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self._rank_runs()

    def _rank_runs(self) -> None:
        """Number the runs of each order: a run is the one of its first words and its last word, so
        that no number outgrows 64 bits. Each text keeps the different ones it holds."""
        text = np.repeat(np.arange(len(self.length), dtype=np.int32), self.length)
        rank, number = self.flat, self.size
        for order in ORDERS:
            if order > 1:
                # Runs across the border of two answers are numbered too, and then left out.
                code = rank[:-1].astype(np.int64) * self.size + self.flat[order - 1 :]
                rank, number = _ranked(code)
            inside = text[: len(rank)] == text[order - 1 :]
            pairs = _once(text[: len(rank)][inside].astype(np.int64) * number + rank[inside])
            start = np.searchsorted(pairs, np.arange(len(self.length) + 1) * number)
            self._runs[order] = start, (pairs % max(number, 1)).astype(np.int32)

    def runs(self, order: int, counts: np.ndarray) -> tuple[np.ndarray, int]:
        """In how many answers each different run of words occurs, and how many runs there are in
        all; ``counts`` (K,) is how often each text was given."""
        start, held = self._runs[order]
        which = np.flatnonzero(counts)
        sizes = start[which + 1] - start[which]
        at = np.repeat(start[which] - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
        answers = np.bincount(held[at], np.repeat(counts[which], sizes)).astype(np.int64)
        total = (counts[which] * np.maximum(self.length[which] - order + 1, 0)).sum()
        return answers[answers > 0], int(total)

    def distinct(self, order: int, counts: np.ndarray, m: int | None = None) -> float:
        """distinct-n: different runs of ``order`` words over all of them (Li et al. 2016), of all
        answers or as expected of ``m`` of them, drawn without replacement. Not a number where no
        answer is so long."""
        answers, total = self.runs(order, counts)
        n = int(counts.sum())
        if not total:
            return float("nan")
        if m is None or m == n:
            return len(answers) / total
        return float(rarefied(answers, m, n)) / (total * m / n)

    def total(self, counts: np.ndarray) -> int:
        """How many words there are."""
        return int(counts @ self.length)

    def shares(self, counts: np.ndarray) -> np.ndarray:
        """(V,) the share of each word among all words; zeros where there are none."""
        which = np.flatnonzero(counts)
        found = self.documents(which)
        weights = np.repeat(counts[which], found.lengths)
        times = np.bincount(found.tokens, weights, minlength=self.size)
        return times / max(times.sum(), 1)

    def documents(self, which: np.ndarray) -> Documents:
        """The words of the texts ``which`` (D,), as numbers that are the same for all texts."""
        sizes = self.length[which]
        at = np.repeat(self.start[which] - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
        return Documents(self.flat[at], sizes, self.size)
