"""Kinds of sameness side by side: equal answers, near ones, and ones of similar meaning by vectors.

How many different answers there are depends on when two are taken for the same. Each kind is
measured at several thresholds on the same answers, as many of every corpus.
"""

from typing import NamedTuple

import numpy as np

from collapse.commands.measure.corpus_measures import curve, same_within
from collapse.commands.measure.spelling import STEPS
from collapse.commands.measure.tally import Corpus
from collapse.metrics import counts as metrics
from collapse.metrics.duplicates import (
    LENGTH,
    adjusted_rand,
    connected,
    linked,
    near_pairs,
    one_of,
    shingles,
)

SAMPLE = 10_000  # answers of each corpus
VECTORS = 1000  # with an embedder
ALL = 100_000  # answers of all corpora
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9)
STATED = 0.8  # the threshold of the tables
POINTS = (10, 100)  # k of U(k) in the tables


def parts(corpora: list[Corpus], vectors: bool) -> list[np.ndarray]:
    """Indices of the answers of each corpus that are compared: as many of each, at random, and
    fewer with ``vectors``."""
    most = min(VECTORS if vectors else SAMPLE, ALL // len(corpora))
    n = min(most, *(corpus.n for corpus in corpora))
    generator = np.random.default_rng(0)
    return [
        np.arange(n) if corpus.n == n else generator.choice(corpus.n, n, replace=False)
        for corpus in corpora
    ]


class Near(NamedTuple):
    """Clusters of near texts (K,) at each of ``THRESHOLDS``, how pairs were found, and of how many
    shingles one was compared."""

    clusters: list[np.ndarray]
    method: str
    one_in: int


def near_clusters(texts: list[str]) -> Near:
    """Clusters of texts (K,) that are near, whatever their case and punctuation."""
    plain = [STEPS["punctuation"](text.casefold()) or text for text in texts]
    pairs, method = near_pairs(shingles(plain), THRESHOLDS[0])
    clusters = [connected(pairs, len(plain), threshold) for threshold in THRESHOLDS]
    return Near(clusters, method, one_of(plain))


def sameness(
    corpora: list[Corpus],
    texts: list[str],
    vectors: tuple[np.ndarray, np.ndarray] | None = None,
) -> dict:
    """Measures of each corpus under each kind of sameness.

    Args:
        vectors: numbers of texts (K,) in rising order, and their embeddings (K, d).
    """
    found, methods, one_in = {}, set(), 1
    for corpus, part in zip(corpora, parts(corpora, vectors is not None), strict=True):
        which, answer = np.unique(corpus.answer[part], return_inverse=True)
        group = None
        if corpus.group is not None:
            group = np.unique(corpus.group[part], return_inverse=True)[1]
        near = near_clusters([texts[i] for i in which])
        one_in = max(one_in, near.one_in)
        methods.add(near.method)
        found[corpus.name] = {
            "equal": _measures(np.arange(len(which)), answer, group) | _of(None, None),
            "near": _swept(near.clusters, answer, group),
            "meaning": None,
        }
        if vectors is not None:
            numbers, rows = vectors
            meaning = linked(rows[np.searchsorted(numbers, which)], THRESHOLDS)
            found[corpus.name]["meaning"] = _swept(meaning, answer, group)
    return {
        "answers": len(part),
        "shingle": LENGTH,
        "one_in": one_in,
        "method": "minhash" if "minhash" in methods else "exact",
        "stated": STATED,
        "corpora": found,
    }


def _swept(clusters: list[np.ndarray], answer: np.ndarray, group: np.ndarray | None) -> list[dict]:
    """Measures at each threshold. ``agreement``: the adjusted Rand index with the clusters of the
    next threshold, over different texts."""
    after = [*clusters[1:], None]
    return [
        _measures(of, answer, group)
        | _of(threshold, None if other is None else adjusted_rand(of, other))
        for threshold, of, other in zip(THRESHOLDS, clusters, after, strict=True)
    ]


def _of(threshold: float | None, agreement: float | None) -> dict:
    return {"threshold": threshold, "agreement": agreement}


def _measures(cluster: np.ndarray, answer: np.ndarray, group: np.ndarray | None) -> dict:
    """Measures of answers (n,), numbers of texts, of which ``cluster`` (K,) says the cluster."""
    given = cluster[answer]
    counts = np.bincount(given)
    return {
        "clusters": int((counts > 0).sum()),
        "effective_number": metrics.hill(counts, 1),
        "collision": metrics.collision(counts),
        "same_answer": None if group is None else same_within(given, group),
        "among": {str(k): float(metrics.rarefied(counts, k)) for k in POINTS if k <= len(answer)},
        "curve": curve(counts),
    }


def notes(found: dict, corpora: list[Corpus]) -> list[str]:
    """Notes on what was compared."""
    sentences, n = [], found["answers"]
    if any(corpus.n > n for corpus in corpora):
        sentences.append(
            f"Kinds of sameness are of {n:,} answers of each corpus, drawn at random where it has "
            "more."
        )
    if found["one_in"] > 1:
        sentences.append(
            f"Near texts are compared by one in {found['one_in']} of their shingles, as they are "
            "long."
        )
    if found["method"] == "minhash":
        sentences.append(
            "Near texts were looked for by MinHash: of pairs with a Jaccard index of .5, .6 and .7 "
            "it finds 79 %, 96 % and 99.9 %, and takes none below the threshold."
        )
    return sentences
