"""Near duplicates: texts whose sets of shingles overlap, and vectors of similar direction.

A shingle is a run of characters (grapheme clusters). Two texts are near if the Jaccard index of
their sets, common shingles over all of either, is at least a threshold (Broder 1997). Clusters of
texts are connected by such pairs; clusters of vectors are of average linkage.
"""

import math
from zlib import crc32

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components
from scipy.special import comb

from collapse.metrics.grams import run_starts
from collapse.metrics.segment import clusters as grapheme_clusters

LENGTH = 5  # characters in a shingle
EXACT = 2000  # texts up to which every pair is compared
BANDS, ROWS = 24, 4  # of a MinHash signature: of pairs with Jaccard index s, 1 - (1 - s^4)^24 meet
BUCKET = 30  # texts with an equal band up to which every pair of them is compared
SHINGLES = 8_000_000  # in all texts; of more, a part is compared
BLOCK = 256  # rows of a product at once
AT_ONCE = 4096  # pairs that are compared at once
MIX = np.uint64(0x9E3779B97F4A7C15)  # odd, near 2^64 over the golden ratio
Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]  # i < j, and how alike they are, each (P,)


def shingles(texts: list[str], length: int = LENGTH) -> csr_array:
    """The sets of shingles of texts: (N, V) of ones. A text has a blank before and after it; a
    shorter one is one shingle. Of more than ``SHINGLES``, only those are kept whose hash is a
    multiple of ``one_of``, which leaves the Jaccard index unbiased (Broder 1997)."""
    keep = np.uint64(one_of(texts))
    sets = [_hashed(f" {text} ", length) for text in texts]
    if keep > 1:
        sets = [some if len(some := each[each % keep == 0]) else each[:1] for each in sets]
    row = np.repeat(np.arange(len(texts)), list(map(len, sets)))
    flat = np.concatenate([*sets, np.zeros(0, np.uint64)])
    different = np.sort(flat)
    different = different[run_starts(different)]
    column = np.searchsorted(different, flat)
    shape = (len(texts), max(len(different), 1))
    found = csr_array((np.ones(len(row), np.int32), (row, column)), shape=shape)
    found.sum_duplicates()
    found.data[:] = 1
    return found


def one_of(texts: list[str]) -> int:
    """Of how many shingles of texts one is kept."""
    return max(1, math.ceil(sum(map(len, texts)) / SHINGLES))


def _hashed(text: str, length: int) -> np.ndarray:
    """64-bit hashes of the shingles of a text."""
    if text.isascii():
        codes = np.frombuffer(text.encode(), np.uint8).astype(np.uint64)
    else:
        each = grapheme_clusters(text)
        codes = np.array(
            [
                ord(c) if len(c) == 1 else crc32(c.encode("utf-8", "surrogatepass")) << 21
                for c in each
            ]
        )
        codes = codes.astype(np.uint64)
    length = min(length, len(codes))
    key = np.zeros(len(codes) - length + 1, np.uint64)
    for i in range(length):
        key = (key ^ codes[i : len(codes) - length + 1 + i]) * MIX
        key ^= key >> np.uint64(32)
    return key


def near_pairs(sets: csr_array, least: float) -> tuple[Pairs, str]:
    """Pairs of sets (N, V) with a Jaccard index of at least ``least``, and the method: "exact" up
    to ``EXACT`` sets, else "minhash", which misses some (Leskovec et al. 2020, section 3.4) and
    takes no other."""
    if sets.shape[0] <= EXACT:
        return _every_pair(sets, least), "exact"
    i, j = _sharing_bands(sets)
    both = np.zeros(len(i))
    for first in range(0, len(i), AT_ONCE):
        part = slice(first, first + AT_ONCE)
        both[part] = sets[i[part]].multiply(sets[j[part]]).sum(1)
    size = np.diff(sets.indptr)
    index = both / (size[i] + size[j] - both)
    kept = index >= least
    return (i[kept], j[kept], index[kept]), "minhash"


def _every_pair(sets: csr_array, least: float) -> Pairs:
    size = np.diff(sets.indptr)
    turned, found = sets.T.tocsr(), []
    for first in range(0, len(size), BLOCK):
        both = (sets[first : first + BLOCK] @ turned).tocoo()
        i, j = both.row + first, both.col
        index = both.data / (size[i] + size[j] - both.data)
        kept = (i < j) & (index >= least)
        found.append((i[kept], j[kept], index[kept]))
    return tuple(np.concatenate(each) for each in zip(*found, strict=True))


def _sharing_bands(sets: csr_array) -> tuple[np.ndarray, np.ndarray]:
    """Pairs whose MinHash signatures have an equal band."""
    n, generator = sets.shape[0], np.random.default_rng(0)
    signature, pairs = minhash(sets, BANDS * ROWS), [np.zeros((2, 0), int)]
    for band in signature.reshape(BANDS, ROWS, n):
        key = np.zeros(n, np.uint64)
        for row in band:
            key = (key ^ row) * MIX
            key ^= key >> np.uint64(32)
        order = generator.permutation(n)
        order = order[np.argsort(key[order], kind="stable")]
        starts = np.flatnonzero(np.append(True, key[order][1:] != key[order][:-1]))
        sizes = np.diff(starts, append=n)
        for start, size in zip(starts[sizes > 1], sizes[sizes > 1], strict=True):
            bucket = order[start : start + size]
            if size <= BUCKET:
                pairs.append(bucket[np.stack(np.triu_indices(size, 1))])
            else:  # a star and a chain, others in every band
                pairs.append(np.stack([np.full(size - 1, bucket[0]), bucket[1:]]))
                pairs.append(np.stack([bucket[:-1], bucket[1:]]))
    i, j = np.sort(np.concatenate(pairs, 1), 0)
    i, j = np.divmod(np.unique(i * n + j), n)
    return i, j


def minhash(sets: csr_array, many: int) -> np.ndarray:
    """(many, N) signatures of sets (Broder 1997): the share of equal rows of two estimates their
    Jaccard index."""
    generator = np.random.default_rng(0)
    columns = generator.integers(0, 1 << 63, sets.shape[1], np.uint64) << np.uint64(1)
    factors = generator.integers(0, 1 << 62, many, np.uint64) * np.uint64(2) + np.uint64(1)
    flat = columns[sets.indices] ^ (columns[sets.indices] >> np.uint64(29))
    return np.stack([np.minimum.reduceat(flat * f, sets.indptr[:-1]) for f in factors])


def connected(pairs: Pairs, n: int, threshold: float) -> np.ndarray:
    """(n,) clusters of n items, connected by the pairs that are at least that much alike."""
    i, j, index = pairs
    kept = index >= threshold
    links = coo_array((np.ones(kept.sum()), (i[kept], j[kept])), shape=(n, n))
    return connected_components(links, directed=False)[1]


def linked(vectors: np.ndarray, thresholds) -> list[np.ndarray]:
    """(n,) clusters of vectors (n, d) for each threshold of the cosine: average linkage (Sokal and
    Michener 1958), so that the mean cosine between two clusters is below it."""
    if len(vectors) < 2:
        return [np.zeros(len(vectors), int) for _ in thresholds]
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    distance = np.maximum(1 - unit @ unit.T, 0)
    tree = linkage(distance[np.triu_indices(len(unit), 1)], "average")
    return [fcluster(tree, 1 - t + 1e-9, "distance") - 1 for t in thresholds]


def adjusted_rand(a: np.ndarray, b: np.ndarray) -> float:
    """Adjusted Rand index of two clusterings (n,) of the same items: 1 if they are the same, 0 on
    average by chance (Hubert and Arabie 1985, eq. 5)."""
    both = np.unique(np.stack([a, b]), axis=1, return_counts=True)[1]
    sizes = (both, *(np.unique(each, return_counts=True)[1] for each in (a, b)))
    cells, rows, columns = (float(comb(size, 2).sum()) for size in sizes)
    chance = rows * columns / max(comb(len(a), 2), 1)
    most = (rows + columns) / 2
    return 1.0 if most == chance else (cells - chance) / (most - chance)
