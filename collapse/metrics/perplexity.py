"""Perplexity of documents under a smoothed bigram model of a reference.

The model is an interpolated bigram. Low is not always good: text that repeats one probable sentence
is less surprising than human text. Held-out text of the reference gives the right value.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from collapse.errors import UserError
from collapse.metrics.base import metric
from collapse.metrics.grams import Documents, documents_of


@metric(
    unit="per token",
    low=1,
    better=None,
    needs="tokens, reference",
    blind_to=("order", "words"),
    bias="none in the sample; falls as the reference grows",
    source="Shumailov et al. 2024; Witten and Bell 1991, method C",
)
def perplexity(tokens, reference) -> float:
    """exp(mean -ln p of a token) under a bigram model of the reference, where the end of each
    document counts as a token: the number of equally probable tokens that would be as surprising.

    p(w | v) = (c(v, w) + T(v) p(w)) / (c(v) + T(v)), where v is the previous token or the start, c
    are counts in the reference and T(v) is the number of distinct tokens that follow v in it
    (Witten and Bell 1991); p(w) = (c(w) + 1) / (N + V + 1) for N tokens, V of them distinct. A
    token that does not occur in the reference is one additional outcome, the least probable; after
    it p(w) is used. All probabilities sum to 1. Compare only values with the same reference.
    """
    return float(np.exp(surprise(tokens, reference).mean()))


def perplexities(tokens, reference) -> np.ndarray:
    """(D,) perplexity of each document, as in the histograms of Shumailov et al. (2024)."""
    sample, reference = _numbered_alike(tokens, reference)
    return bigrams(reference).perplexities(sample)


def surprise(tokens, reference) -> np.ndarray:
    """(N + D,) -ln p of each token, in nats, with the end of each document after its tokens."""
    sample, reference = _numbered_alike(tokens, reference)
    return bigrams(reference).surprise(sample)


@dataclass(frozen=True)
class Bigrams:
    """Bigram counts of a reference. Token number ``size`` is the start as context, else the end."""

    size: int
    pairs: np.ndarray  # (P,) distinct pairs, context * (size + 1) + token, sorted
    times: np.ndarray  # (P,) count of each pair
    tokens: np.ndarray  # (size + 1,) count of each token, the end included
    before: np.ndarray  # (size + 1,) count of each token as context
    after: np.ndarray  # (size + 1,) number of distinct tokens that follow it

    def surprise(self, documents: Documents) -> np.ndarray:
        """(N + D,) -ln p of each token and end of documents, with the numbering of the
        reference."""
        context, token = _steps(documents)
        pair = context * (self.size + 1) + token
        place = np.minimum(np.searchsorted(self.pairs, pair), len(self.pairs) - 1)
        together = np.where(self.pairs[place] == pair, self.times[place], 0)
        outcomes = self.tokens.sum() + np.count_nonzero(self.tokens) + 1
        alone = (self.tokens[token] + 1) / outcomes
        kinds, seen = self.after[context], self.before[context]
        with np.errstate(invalid="ignore"):
            mixed = (together + kinds * alone) / (seen + kinds)
        return -np.log(np.where(seen > 0, mixed, alone))

    def perplexities(self, documents: Documents) -> np.ndarray:
        """(D,) perplexity of each document."""
        owner = np.repeat(np.arange(len(documents.lengths)), documents.lengths + 1)
        total = np.bincount(owner, self.surprise(documents), len(documents.lengths))
        return np.exp(total / (documents.lengths + 1))


def bigrams(documents: Documents, times: np.ndarray | None = None) -> Bigrams:
    """The bigram counts of documents, each counted ``times`` (D,) >= 1 times (default 1)."""
    context, token = _steps(documents)
    size = documents.size
    weight = None if times is None else np.repeat(times, documents.lengths + 1)
    pairs, which = np.unique(context * (size + 1) + token, return_inverse=True)
    return Bigrams(
        size,
        pairs,
        np.bincount(which, weight),
        np.bincount(token, weight, size + 1),
        np.bincount(context, weight, size + 1),
        np.bincount(pairs // (size + 1), minlength=size + 1),
    )


def _steps(documents: Documents) -> tuple[np.ndarray, np.ndarray]:
    """Each token and end of the documents, and its context."""
    ends = np.cumsum(documents.lengths)
    token = np.insert(documents.tokens.astype(np.int64), ends, documents.size)
    return np.append(documents.size, token[:-1]), token


def _numbered_alike(tokens, reference) -> tuple[Documents, Documents]:
    """Both sets of documents with a common numbering of tokens."""
    both = [_as_lists(tokens, "sample"), _as_lists(reference, "reference")]
    many = len(both[0])
    one = documents_of(both[0] + both[1])
    cut = one.lengths[:many].sum()
    if cut == len(one.tokens):
        raise UserError("The reference holds no token at all: check the field and how it is split.")
    return (
        Documents(one.tokens[:cut], one.lengths[:many], one.size),
        Documents(one.tokens[cut:], one.lengths[many:], one.size),
    )


def _as_lists(tokens, what: str) -> list:
    """Documents as a list; an integer array (N,) is one document."""
    if isinstance(tokens, np.ndarray) and tokens.ndim == 1 and tokens.dtype.kind in "iu":
        return [tokens]
    if isinstance(tokens, str) or not isinstance(tokens, Iterable):
        raise UserError(f"The {what} must be a list of documents, each a list of tokens.")
    tokens = list(tokens)
    if not tokens:
        raise UserError(f"The {what} has 0 documents: give at least one.")
    return tokens
