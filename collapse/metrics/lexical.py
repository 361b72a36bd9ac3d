"""Lexical diversity of documents, by their n-grams, words and bytes.

Documents are lists of tokens of any kind; ``collapse.metrics.grams.words`` makes them from text. An
n-gram lies inside one document. Most of these metrics fall as text is added: compare at equal size.
"""

import gzip
import math

import numpy as np
from scipy.special import gammaln

from collapse.errors import UserError
from collapse.metrics import formulas
from collapse.metrics.base import as_texts, as_whole, metric
from collapse.metrics.counts import entropy
from collapse.metrics.grams import Documents, documents_of, gram_counts, grams_by_document

MANY = 600.0  # logarithm of a number of n-grams near the limit of floats


@metric(
    unit="ratio",
    high=1,
    better="more",
    needs="tokens",
    blind_to=("order", "words"),
    bias="falls as text is added",
    source="Li et al. 2016",
)
def distinct(tokens, n: int = 2) -> float:
    """distinct-n: distinct n-grams over all n-grams, in (0, 1]. Exact: nothing is hashed.

    One long stream is fastest as an integer array (N,).
    """
    documents = _with_grams(tokens, n)
    if len(documents.lengths) == 1:
        from collapse.metrics.long_stream import corpus_distinct  # imports jax

        different, total = corpus_distinct(documents.tokens, n)
        return different / total
    return float(formulas.distinct(gram_counts(documents, n)))


@metric(
    unit="ratio",
    high=1,
    better="more",
    needs="tokens",
    blind_to=("order", "word order", "words"),
    bias="falls as text is added",
    source="Johnson 1944",
)
def type_token_ratio(tokens) -> float:
    """TTR: distinct tokens over all tokens; equal to distinct-1."""
    return distinct(tokens, 1)


@metric(
    unit="ratio",
    better="more",
    needs="tokens",
    blind_to=("order", "words"),
    bias="none if all V^n n-grams are equally probable; otherwise falls, then rises, with text",
    source="Liu et al. 2022",
)
def expectation_adjusted_distinct(tokens, vocabulary: int, n: int = 1) -> float:
    """EAD, expectation-adjusted distinct: distinct n-grams over the expected number for C draws
    from V^n equally probable ones, V^n (1 - (1 - V^-n)^C) for C n-grams.

    ``vocabulary`` V is a choice that affects the value: report it, and use the same one for all
    groups that are compared (for instance the distinct words of all of them together).
    """
    documents = _with_grams(tokens, n)
    seen = len(np.unique(documents.tokens))
    vocabulary = as_whole(vocabulary, "vocabulary")
    if vocabulary < seen:
        raise UserError(f"vocabulary is {vocabulary}, but {seen} different words occur: raise it.")
    counts, log_cells = gram_counts(documents, n), n * math.log(vocabulary)
    if log_cells == 0:
        return 1.0
    if log_cells > MANY:  # no repetition is expected
        return float(formulas.distinct(counts))
    return float(formulas.expectation_adjusted_distinct(counts, vocabulary, n))


@metric(
    unit="nats",
    better="more",
    needs="tokens",
    blind_to=("order", "words", "copies"),
    bias="bias about -(distinct n-grams - 1) / 2 n-grams",
    source="Shannon 1948, section 6",
)
def ngram_entropy(tokens, n: int = 1) -> float:
    """Plug-in Shannon entropy of the n-grams, between 0 and ln(number of n-grams)."""
    return entropy(gram_counts(_with_grams(tokens, n), n))


@metric(
    unit="tokens",
    low=1,
    better="more",
    needs="tokens",
    blind_to=("words",),
    bias="falls slightly as text is added; unreliable below 100 tokens",
    source="McCarthy and Jarvis 2010, p. 384",
)
def mtld(tokens, threshold: float = 0.72) -> float:
    """MTLD: mean length of stretches of text with a type-token ratio above ``threshold``.

    All documents are read as one text, forwards and backwards, and the two results are averaged.
    The remainder at the end counts as a fraction of a stretch, by its ratio. For a text without
    repeated tokens it is the length of the text.
    """
    if not 0 < threshold < 1:
        raise UserError(f"MTLD's threshold must lie in (0, 1), not {threshold:g}.")
    read = documents_of(tokens).tokens.tolist()
    return (_stretch(read, threshold) + _stretch(read[::-1], threshold)) / 2


def _stretch(tokens: list[int], threshold: float) -> float:
    stretches, length, seen, ratio = 0.0, 0, set(), 1.0
    for token in tokens:
        length += 1
        seen.add(token)
        ratio = len(seen) / length
        if ratio <= threshold:
            stretches, length, seen, ratio = stretches + 1, 0, set(), 1.0
    stretches += (1 - ratio) / (1 - threshold)
    return len(tokens) / max(stretches, 1) if stretches < 1e-12 else len(tokens) / stretches


@metric(
    unit="ratio",
    high=1,
    better="more",
    needs="tokens",
    blind_to=("order", "word order", "words"),
    bias="none, if tokens are independent",
    source="McCarthy and Jarvis 2007",
)
def hdd(tokens, draws: int = 42) -> float:
    """HD-D: expected type-token ratio of ``draws`` tokens drawn without replacement.

    Hypergeometric: a type of f tokens is missed with probability C(N - f, draws) / C(N, draws).
    """
    counts = gram_counts(documents_of(tokens), 1)
    total, draws = int(counts.sum()), as_whole(draws, "The draws of HD-D")
    if draws > total:
        raise UserError(f"HD-D draws {draws} of {total} tokens: give more text or fewer draws.")
    left = total - counts[counts <= total - draws]
    log_choose = lambda m: gammaln(m + 1) - gammaln(m - draws + 1)  # noqa: E731
    return float(len(counts) - np.exp(log_choose(left) - log_choose(total)).sum()) / draws


@metric(
    unit="ratio",
    better="less",
    needs="texts",
    bias="rises with bytes",
    source="Shaib et al. 2024",
)
def compression_ratio(texts) -> float:
    """Bytes of the texts, one per line, over their bytes after gzip at level 9: repetition.

    Below 1 for a few words, which gzip cannot compress. Repetition is found within 32 kB.
    """
    texts = as_texts(texts)
    data = "\n".join(texts).encode("utf-8", "surrogatepass")
    if not any(texts):
        raise UserError("The texts are all empty: there is nothing to compress.")
    return len(data) / len(gzip.compress(data, 9, mtime=0))


@metric(
    unit="nats",
    better="less",
    needs="tokens",
    blind_to=("order", "words"),
    bias="rises with documents",
    source="Salkar et al. 2022",
)
def self_repetition(tokens, n: int = 4) -> float:
    """Mean over documents of ln(1 + repeats), the repetition of its n-grams in other documents.

    ``repeats`` is the sum, over the distinct n-grams of a document, of the number of other
    documents that contain each.
    """
    documents = documents_of(tokens, least=2)
    gram, document, _ = grams_by_document(documents, as_whole(n, "n"))
    others = np.bincount(gram)[gram] - 1
    repeats = np.bincount(document, others, len(documents.lengths))
    return float(np.log1p(repeats).mean())


def _with_grams(tokens, n: int) -> Documents:
    """The documents. Raises ``UserError`` if none is long enough for an n-gram."""
    documents, n = documents_of(tokens), as_whole(n, "n")
    if documents.lengths.max() < n:
        raise UserError(f"No document has {n} tokens, so there is no {n}-gram: use a smaller n.")
    return documents
