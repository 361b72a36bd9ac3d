"""Overlap between documents: self-BLEU, ROUGE-L, edit distance."""

import numpy as np
from rapidfuzz.distance import LCSseq, Levenshtein

from collapse.metrics.base import as_texts, as_whole, metric
from collapse.metrics.grams import Documents, documents_of, grams_by_document

SEED = 20_004  # seed of the random pairs


@metric(
    unit="BLEU",
    high=1,
    better="less",
    needs="tokens",
    blind_to=("order", "words"),
    bias="rises with documents: each is a reference for the others",
    source="Zhu et al. 2018; Papineni et al. 2002",
)
def self_bleu(tokens, most: int = 4) -> float:
    """Mean BLEU of each document against all others, with equal weights for orders 1 to ``most``.

    A clipped count of 0 is replaced by 0.1, as in ``nltk``'s ``method1``; each score equals its
    ``sentence_bleu`` (no token in common: 0). ``sacrebleu`` tokenises again and smooths
    differently. The brevity penalty uses the other document closest in length, the shorter of two
    equally close. 1 if all documents are equal.
    """
    return float(self_bleus(tokens, most).mean())


def self_bleus(tokens, most: int = 4) -> np.ndarray:
    """(D,) the BLEU of each document against all others."""
    most = as_whole(most, "most, the longest n-gram BLEU looks at,")
    documents = documents_of(tokens, least=2)
    log_precision = np.zeros(len(documents.lengths))
    for n in range(1, most + 1):
        matched = _matched(documents, n)
        if n == 1:
            nothing = matched == 0
        possible = np.maximum(documents.lengths - n + 1, 1)
        log_precision += np.log(np.where(matched > 0, matched, 0.1) / possible)
    score = _brevity(documents.lengths) * np.exp(log_precision / most)
    return np.where(nothing, 0, score)


def _matched(documents: Documents, n: int) -> np.ndarray:
    """(D,) matched n-grams of each document, each counted at most as often as in the other document
    with most of it. The two largest counts of an n-gram suffice for all documents."""
    gram, document, count = grams_by_document(documents, n)
    if len(gram) == 0:
        return np.zeros(len(documents.lengths))
    first = np.flatnonzero(np.append(True, gram[1:] != gram[:-1]))
    largest = np.maximum.reduceat(count, first)[gram]
    at_top = count == largest
    second = np.maximum.reduceat(np.where(at_top, 0, count), first)[gram]
    alone = np.add.reduceat(at_top, first, dtype=int)[gram] == 1
    elsewhere = np.where(at_top & alone, second, largest)
    return np.bincount(document, np.minimum(count, elsewhere), len(documents.lengths))


def _brevity(lengths: np.ndarray) -> np.ndarray:
    """(D,) brevity penalty exp(1 - reference / own length) if the closest document is longer."""
    order = np.argsort(lengths, kind="stable")
    own = lengths[order].astype(float)
    shorter = np.append(-np.inf, own[:-1])  # the closest lengths are neighbours in sorted order
    longer = np.append(own[1:], np.inf)
    penalised = longer - own < own - shorter
    with np.errstate(divide="ignore", invalid="ignore"):
        penalty = np.where(penalised, np.exp(1 - longer / own), 1.0)
    result = np.empty(len(lengths))
    result[order] = np.where(own == 0, 0, penalty)
    return result


@metric(
    unit="ROUGE-L",
    high=1,
    better="less",
    needs="tokens",
    blind_to=("order", "words"),
    bias="none: a mean over pairs",
    source="Padmakumar and He 2024; Lin 2004, eq. 2-4",
)
def rouge_l_homogenisation(tokens, pairs: int = 2000) -> float:
    """Mean ROUGE-L F1 over pairs of documents: 2 LCS / (sum of their lengths), in tokens.

    All pairs if they are at most ``pairs``, else that many distinct ones, drawn with a fixed seed
    by position, so that the order of documents then matters. Two empty documents have overlap 1.
    """
    documents = documents_of(tokens, least=2)
    ends = np.cumsum(documents.lengths)
    chosen, total = pairs_of(len(ends), pairs), 0.0
    for pair in chosen:
        a, b = (documents.tokens[ends[i] - documents.lengths[i] : ends[i]].tolist() for i in pair)
        total += 2 * LCSseq.similarity(a, b) / (len(a) + len(b)) if a or b else 1.0
    return total / len(chosen)


@metric(
    unit="ratio",
    high=1,
    better="more",
    needs="texts",
    blind_to=("order",),
    bias="none: a mean over pairs",
    source="Levenshtein 1966; normalised by the longer text",
)
def levenshtein_diversity(texts, pairs: int = 2000) -> float:
    """Mean over pairs of the edit distance divided by the longer text's length, in characters.

    Insertions, deletions and substitutions cost 1. All pairs if they are at most ``pairs``, else
    that many distinct ones, drawn with a fixed seed by position, so that the order then matters.
    """
    texts = as_texts(texts, least=2)
    chosen, total = pairs_of(len(texts), pairs), 0.0
    for i, j in chosen:
        longer = max(len(texts[i]), len(texts[j]))
        total += Levenshtein.distance(texts[i], texts[j]) / longer if longer else 0.0
    return total / len(chosen)


def pairs_of(items: int, most: int) -> list[tuple[int, int]]:
    """Pairs i < j of items: all if at most ``most``, else ``most`` distinct random ones."""
    most = as_whole(most, "The number of pairs")
    all_pairs = items * (items - 1) // 2
    if all_pairs <= most:
        return [(i, j) for j in range(items) for i in range(j)]
    generator = np.random.default_rng(SEED)
    chosen = np.sort(generator.choice(all_pairs, most, replace=False, shuffle=False))
    j = ((1 + np.sqrt(1 + 8 * chosen.astype(float))) / 2).astype(np.int64)
    j -= j * (j - 1) // 2 > chosen  # corrects rounding of the root
    j += j * (j + 1) // 2 <= chosen
    return list(zip((chosen - j * (j - 1) // 2).tolist(), j.tolist(), strict=True))
