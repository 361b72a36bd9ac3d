"""The n-grams of documents, encoded as integers without hashing: equal integers, equal n-grams."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, count as numbers

import numpy as np

from collapse.errors import UserError
from collapse.metrics.base import comparable
from collapse.metrics.segment import Segmenter


def words(text: str) -> list[str]:
    """The words of a text in lower case, by the word boundaries of Unicode (UAX 29); scripts
    without blanks by a segmenter where one is installed, else by characters."""
    return Segmenter()(text)


def bits_for(bound: int) -> int:
    """Number of bits for 0..bound-1. (The copy in ``collapse.numerics.grouping`` imports jax.)"""
    return max(1, (int(bound) - 1).bit_length())


@dataclass(frozen=True)
class Documents:
    """Concatenated documents: tokens (N,) as integers below ``size``, and lengths (D,)."""

    tokens: np.ndarray
    lengths: np.ndarray
    size: int


def documents_of(tokens, least: int = 1) -> Documents:
    """Documents from lists of tokens (any hashable), or one from an integer array (N,)."""
    if isinstance(tokens, Documents):
        return tokens
    if isinstance(tokens, np.ndarray) and tokens.ndim == 1 and tokens.dtype.kind in "iu":
        documents = _numbered_stream(tokens)
    else:
        documents = _numbered(_listed(tokens))
    if len(documents.lengths) < least:
        raise UserError(
            f"There are {len(documents.lengths)} documents, and this needs at least {least}."
        )
    if len(documents.tokens) == 0:
        raise UserError("The documents hold no token at all: check the field and how it is split.")
    return documents


def _listed(tokens) -> list:
    if isinstance(tokens, str) or not isinstance(tokens, Iterable):
        raise UserError("Tokens must be a list of documents, each a list of tokens.")
    tokens = list(tokens)
    for place, document in enumerate(tokens):
        if isinstance(document, str) or not isinstance(document, Iterable):
            raise UserError(
                f"Document {place} must be a list of tokens, not a {type(document).__name__}: "
                "split it, for instance by collapse.metrics.grams.words."
            )
    return [row.tolist() if isinstance(row, np.ndarray) else list(row) for row in tokens]


def _numbered_stream(tokens: np.ndarray) -> Documents:
    """One document from an integer array; tokens are renumbered only if negative or in a far too
    large range."""
    if len(tokens) and (tokens.min() < 0 or tokens.max() > 64 * len(tokens) + (1 << 20)):
        tokens = np.unique(tokens, return_inverse=True)[1]
    size = int(tokens.max()) + 1 if len(tokens) else 0
    return Documents(tokens, np.array([len(tokens)]), size)


def _numbered(documents: list) -> Documents:
    """Tokens numbered in order of first appearance."""
    number: dict = defaultdict(numbers().__next__)
    lengths = np.array([len(document) for document in documents], int)
    flat = map(number.__getitem__, chain.from_iterable(documents))
    try:
        numbered = np.fromiter(flat, int, lengths.sum())
    except TypeError:
        raise UserError("A token must be a string, a number or a tuple, not a list.") from None
    comparable(number, "A token")
    return Documents(numbered, lengths, len(number))


def gram_keys(documents: Documents, n: int, spare: int = 0) -> tuple[np.ndarray, np.ndarray, int]:
    """One integer for each n-gram inside a document, and the index of its document.

    Returns keys (G,) uint64, documents (G,) int and the number of bits of the keys. Tokens are
    packed as long as ``spare`` bits stay free; beyond that, shorter n-grams are numbered by rank.
    """
    tokens, starts, owner = documents.tokens, *_windows(documents, n)
    bits = bits_for(documents.size)
    key, filled = tokens[starts].astype(np.uint64), bits
    for i in range(1, n):
        if filled + bits + spare > 64:
            key = np.unique(key, return_inverse=True)[1].astype(np.uint64)
            filled = bits_for(len(starts))
            if filled + bits + spare > 64:
                raise UserError(
                    f"{len(tokens):,} tokens are too many at once: measure them in parts."
                )
        key = key << np.uint64(bits) | tokens[starts + i].astype(np.uint64)
        filled += bits
    return key, owner, filled


def _windows(documents: Documents, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Start of each n-gram in the stream, and its document; no n-gram spans two documents."""
    room = np.maximum(documents.lengths - n + 1, 0)
    owner = np.repeat(np.arange(len(room)), room)
    begins = np.cumsum(documents.lengths) - documents.lengths
    within = np.arange(len(owner)) - np.repeat(np.cumsum(room) - room, room)
    return begins[owner] + within, owner


def run_starts(ordered: np.ndarray) -> np.ndarray:
    """Start of each run of equal numbers in a sorted array."""
    return np.flatnonzero(np.concatenate([[len(ordered) > 0], ordered[1:] != ordered[:-1]]))


def gram_counts(documents: Documents, n: int) -> np.ndarray:
    """Counts of the distinct n-grams of the documents."""
    keys, _, _ = gram_keys(documents, n)
    keys.sort()
    return np.diff(np.append(run_starts(keys), len(keys)))


def grams_by_document(documents: Documents, n: int):
    """Counts of each distinct n-gram in each document that contains it.

    Returns ``gram``, ``document`` and ``count``, each (P,), ordered by n-gram and then document;
    ``gram`` numbers the n-grams from 0.
    """
    bits = bits_for(len(documents.lengths))
    keys, owner, _ = gram_keys(documents, n, spare=bits)
    both = keys << np.uint64(bits) | owner.astype(np.uint64)
    both.sort()
    first = run_starts(both)
    pair, count = both[first], np.diff(np.append(first, len(both)))
    document = (pair & np.uint64((1 << bits) - 1)).astype(int)
    gram = pair >> np.uint64(bits)
    return np.cumsum(np.append(False, gram[1:] != gram[:-1]))[: len(gram)], document, count
