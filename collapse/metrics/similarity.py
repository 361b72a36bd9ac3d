"""Similarity-based diversity of vectors: mean cosine, Vendi scores, MMD, and a text embedder.

An embedder is any callable from texts to (n, d); the one here needs no trained weights.
"""

import numpy as np
from scipy.spatial.distance import cdist, pdist

from collapse.errors import UserError
from collapse.metrics.base import LARGEST, SMALLEST, as_texts, as_vectors, metric, two_sets
from collapse.metrics.counts import hill

ROWS = 1024  # rows of a kernel at once
MOST = 2000  # rows used for a median distance
SEED = 20_005
MIX = np.uint64(0x9E3779B97F4A7C15)  # odd, near 2^64 over the golden ratio: multiplicative hashing
PIECE = 1 << 20  # characters whose n-grams are counted at once
TOGETHER = 4096  # texts that are counted at once


def character_ngrams(texts, n: int = 3, columns: int = 1024) -> np.ndarray:
    """(N, columns) float32 unit vectors of texts: TF-IDF of hashed n-grams of characters.

    Lower case, with spaces at both ends. Weights are counts times 1 + ln((1 + N) / (1 + number of
    texts with it)), so they depend on all texts: embed everything that is compared in one call.
    Memory: 4 kB per text and about 100 MB temporarily.
    """
    texts = as_texts(texts)
    weight = np.zeros((len(texts), columns), np.float32)
    for first, rows, pieces in _pieces(texts, n):
        coded = [piece.encode("utf-32-le", "surrogatepass") for piece in pieces]
        characters = np.frombuffer(b"".join(coded), np.uint32).astype(np.uint64)
        room = np.array([len(code) // 4 for code in coded]) - n + 1
        start = np.arange(room.sum()) + np.repeat(np.arange(len(pieces)), room) * (n - 1)
        key = np.zeros(len(start), np.uint64)
        for i in range(n):
            key = (key ^ characters[start + i]) * MIX
            key ^= key >> np.uint64(29)
        cell = np.repeat(rows, room) * columns + (key % np.uint64(columns)).astype(np.int64)
        many = rows[-1] + 1
        counts = np.bincount(cell, minlength=many * columns).reshape(-1, columns)
        weight[first : first + many] += counts.astype(np.float32)
    weight *= 1 + np.log((1 + len(texts)) / (1 + np.count_nonzero(weight, axis=0)))
    return weight / np.linalg.norm(weight, axis=1, keepdims=True)


def _pieces(texts: list[str], n: int):
    """Yields (number of the first text, rows (P,) counted from there, P pieces), about ``PIECE``
    characters at a time: long texts come in pieces that overlap by n - 1."""
    edge, first, rows, pieces, size = " " * (n - 1), 0, [], [], 0
    for row, text in enumerate(texts):
        text = f"{edge}{text.lower()}{edge}"
        for at in range(0, max(len(text) - n + 1, 1), PIECE):
            first = first if pieces else row
            pieces.append(text[at : at + PIECE + n - 1])
            rows.append(row - first)
            size += len(pieces[-1])
            if size >= PIECE or len(pieces) == TOGETHER:
                yield first, np.array(rows), pieces
                rows, pieces, size = [], [], 0
    if pieces:
        yield first, np.array(rows), pieces


@metric(
    unit="cosine",
    low=-1,
    high=1,
    better="less",
    needs="vectors",
    blind_to=("scale", "rotation", "order"),
    bias="none: a mean over pairs",
    source="Tevet and Berant 2021",
)
def pairwise_cosine(vectors) -> float:
    """Mean cosine similarity of all pairs, in O(nd): (|sum of unit vectors|^2 - n) / n(n - 1).

    Blind to the spread of the items as long as their directions are constant.
    """
    unit = _unit(vectors)
    n = len(unit)
    return float(((unit.sum(0) ** 2).sum() - n) / (n * (n - 1)))


@metric(
    unit="items",
    low=1,
    better="more",
    needs="vectors",
    blind_to=("scale", "rotation", "order", "copies"),
    bias="rises with n, at most to d (linear kernel)",
    source="Friedman and Dieng 2023; Pasarkar and Dieng 2024",
)
def vendi(vectors, order: float = 1) -> float:
    """Vendi score with cosine kernel: the Hill number of the eigenvalues of K / n.

    Computed from the d x d dual matrix if d < n. ``order`` q is from 0 to infinity; 0 counts the
    dimensions in use, 2 needs no eigenvalues. Blind to a shrinking spread: see ``vendi_rbf``.
    """
    unit = _unit(vectors)
    gram = unit.T @ unit if unit.shape[1] < len(unit) else unit @ unit.T
    return effective_number_of(gram / len(unit), order)


@metric(
    unit="items",
    low=1,
    better="more",
    needs="vectors",
    blind_to=("shift", "rotation", "order", "copies"),
    bias="rises with n, more so for a narrow kernel",
    source="Friedman and Dieng 2023",
)
def vendi_rbf(vectors, bandwidth: float, order: float = 1) -> float:
    """Vendi score with the kernel exp(-distance^2 / 2 bandwidth^2), which depends on the spread.

    Report ``bandwidth``, n and ``order`` with it, and keep the bandwidth constant between compared
    sets: for instance the ``median_distance`` of real items. O(n^3) except for order 2.
    """
    vectors = as_vectors(vectors, "The vectors")
    kernel = _rbf(vectors, vectors, _bandwidth(bandwidth))
    return effective_number_of(kernel / len(vectors), order)


def effective_number_of(kernel: np.ndarray, order: float) -> float:
    """Hill number of the eigenvalues of a symmetric positive semidefinite matrix of trace 1."""
    if not order >= 0:
        raise UserError(f"The order of a Vendi score must be 0 or more, not {order}.")
    if order == 2:
        return float(1 / np.vdot(kernel, kernel))
    share = np.linalg.eigvalsh(kernel)
    share = share[share > share[-1] * len(kernel) * np.finfo(kernel.dtype).eps]
    return hill(share, order)


@metric(
    unit="squared kernel mean distance",
    low=-np.inf,
    high=2,
    better="less",
    needs="vectors, reference",
    blind_to=("scale", "shift", "rotation", "order"),
    bias="none: 0 on average for two samples of one source",
    source="Gretton et al. 2012, eq. 3 (unbiased)",
)
def mmd_squared(sample, reference, bandwidth: float | None = None) -> float:
    """Squared maximum mean discrepancy (MMD) with the kernel exp(-distance^2 / 2 bandwidth^2),
    unbiased, so it can be slightly negative. Default bandwidth: the reference's
    ``median_distance``."""
    sample, reference = two_sets(sample, reference)
    width = median_distance(reference) if bandwidth is None else _bandwidth(bandwidth)
    own, theirs = _kernel_sum(sample, sample, width), _kernel_sum(reference, reference, width)
    n, m = len(sample), len(reference)
    across = _kernel_sum(sample, reference, width) / (n * m)
    return float((own - n) / (n * (n - 1)) + (theirs - m) / (m * (m - 1)) - 2 * across)


def median_distance(vectors) -> float:
    """Median distance of pairs of rows (n, d), from 2,000 random rows if there are more."""
    vectors = as_vectors(vectors, "The vectors")
    if len(vectors) > MOST:
        vectors = np.random.default_rng(SEED).choice(vectors, MOST, replace=False)
    median = float(np.median(pdist(vectors)))
    if median == 0:
        raise UserError("More than half of the pairs are equal rows: choose a bandwidth above 0.")
    return median


def _bandwidth(bandwidth: float) -> float:
    if not SMALLEST <= bandwidth <= LARGEST:
        raise UserError(
            f"The bandwidth must be a distance from {SMALLEST:g} to {LARGEST:g}, in item units, not"
            f" {bandwidth:g}."
        )
    return float(bandwidth)


def _unit(vectors) -> np.ndarray:
    vectors = as_vectors(vectors, "The vectors")
    most = np.abs(vectors).max(1)
    if not most.all():
        raise UserError(f"Vector {int(most.argmin())} is all zeros and has no direction: drop it.")
    tiny = most < SMALLEST  # its square would underflow
    if tiny.any():
        vectors = np.where(tiny[:, None], vectors / most[:, None], vectors)
    length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return vectors / length[:, None]


def _rbf(a: np.ndarray, b: np.ndarray, bandwidth: float) -> np.ndarray:
    return np.exp(cdist(a, b, "sqeuclidean") / (-2 * bandwidth**2))


def _kernel_sum(a: np.ndarray, b: np.ndarray, bandwidth: float) -> float:
    return sum(_rbf(a[i : i + ROWS], b, bandwidth).sum() for i in range(0, len(a), ROWS))
