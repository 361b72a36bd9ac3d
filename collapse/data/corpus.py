"""Corpora: text as an array of token ids, with facts about it and guessed settings."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from collapse.data.tokens import VOCABULARY, Tokenizer, guess_tokens, token_errors
from collapse.errors import UserError
from collapse.files.containers import Source
from collapse.files.read import read_items

BLOCK = 64  # tokens per row of running text
LONGEST = 128  # default largest number of tokens per row of items
CELLS = 1 << 29  # largest number of tokens in all rows, padding included: 2 GiB


@dataclass(frozen=True, eq=False)
class Corpus:
    """Rows of token ids, one per item of text or block of running text.

    A row ends with token 0, the end symbol, and is padded with it; a row without any 0 was
    truncated. The facts describe the whole text, before truncation: `items` (for running text:
    blocks), `distinct` items, `tokens` without end symbols, `types` (distinct tokens), `cut`
    (truncated) rows, `length` of a row, and `sha256` of the file, or of the text if there is no
    file.
    """

    rows: np.ndarray  # int32, (items, length)
    tokenizer: Tokenizer
    name: str
    source: str
    unit: str | None
    field: str | None
    facts: dict
    guesses: list[str]

    def text(self, row: Sequence[int]) -> str:
        """The text of one row of token ids."""
        return self.tokenizer.decode(np.asarray(row).tolist())

    def split(self, share: float = 0.1, key: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Training rows and held-out rows, shuffled, as a fixed function of ``key``."""
        train, held = held_apart(len(self.rows), share, key)
        return self.rows[train], self.rows[held]


def held_apart(count: int, share: float, key: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of training rows and of held-out rows among ``count``: at least one is held out, but
    not all."""
    held = min(max(round(share * count), 1), count - 1)
    order = np.random.Generator(np.random.PCG64(key)).permutation(count)
    return order[held:], order[:held]


def load_corpus(
    path,
    field: str | None = None,
    unit: str | None = None,
    tokens: str | None = None,
    length: int | None = None,
    vocabulary: int = VOCABULARY,
    report: Callable[[int, int, str], None] = lambda *_: None,
) -> Corpus:
    """The corpus of a file. Settings that are None are guessed and listed in `guesses`.

    `vocabulary` is the number of tokens for "bpe", end symbol included. `report` gets the bytes
    read, the bytes of all and the name of each file. Raises ``UserError``.
    """
    errors = _setting_errors(tokens, length, vocabulary)
    try:
        reading = read_items(path, field, unit, report)
    except UserError as mistake:
        raise UserError(*mistake.sentences, *errors) from None
    return from_items(
        reading.items,
        Source(Path(path)).stem,
        tokens=tokens,
        unit=reading.unit,
        length=length,
        vocabulary=vocabulary,
        source=str(path),
        field=reading.field,
        guesses=reading.guesses,
        sha256=reading.sha256,
    )


def from_items(
    items: Iterable[str],
    name: str,
    *,
    tokens: str | None = None,
    unit: str | None = None,
    length: int | None = None,
    vocabulary: int = VOCABULARY,
    source: str = "built-in",
    field: str | None = None,
    guesses: Sequence[str] = (),
    sha256: str | None = None,
) -> Corpus:
    """The corpus of text items, or of one running text if the unit is "blob"."""
    items, guesses = list(items), list(guesses)
    place = name if source == "built-in" else source
    errors = _setting_errors(tokens, length, vocabulary) + _too_few(items, unit, place)
    if errors:
        raise UserError(*errors)
    if tokens is None:
        tokens, reason = guess_tokens(items, unit)
        guesses.append(f"tokens: {tokens} ({reason})")
    tokenizer = Tokenizer.learn(tokens, items, vocabulary)
    if unit == "blob":
        rows, facts, more = _blocks(tokenizer.encode("\n".join(items)), length, place)
    else:
        rows, facts, more = _rows(list(map(tokenizer.encode, items)), length, len(set(items)))
    facts["sha256"] = (
        sha256 or hashlib.sha256("\n".join(items).encode("utf-8", "replace")).hexdigest()
    )
    return Corpus(rows, tokenizer, name, source, unit, field, facts, guesses + more)


def _setting_errors(tokens: str | None, length: int | None, vocabulary: int) -> list[str]:
    errors = [] if tokens is None else token_errors(tokens, vocabulary)
    if length is not None and length < 2:
        errors.append(f"A length of {length} is too short: a row needs 2 tokens or more.")
    return errors


def _too_few(items: list[str], unit: str | None, place: str) -> list[str]:
    if not items:
        return [f"{place} holds no items. Give some text."]
    if len(items) == 1 and unit != "blob":
        return [
            f"{place} holds a single item, and a corpus needs at least 2. "
            "Give more items, or the unit 'blob' if it is running text."
        ]
    return []


def _blocks(ids: list[int], length: int | None, place: str):
    """Rows, facts and guesses of running text: consecutive blocks without end symbols."""
    guesses = [] if length else [f"length: {BLOCK} (default for running text)"]
    length = length or BLOCK
    count = len(ids) // length
    if count < 2:
        raise UserError(
            f"{place} is too short: its {len(ids)} tokens fill {count} block(s) of {length}, and "
            "a corpus needs 2 or more. Give more text or a smaller length."
        )
    flat = np.array(ids, np.int32)
    rows = flat[: count * length].reshape(count, length)
    distinct = len({row.tobytes() for row in rows})
    return rows, _facts(rows, flat, distinct), guesses


def _rows(encoded: list[list[int]], length: int | None, distinct: int):
    """Rows, facts and guesses of items: each with an end symbol, long ones truncated."""
    lengths = np.array([len(ids) for ids in encoded])
    guesses = []
    if length is None:
        usual = int(np.percentile(lengths, 99, method="higher")) + 1
        length = min(max(usual, 2), LONGEST)
        reason = "holds 99% of the items" if usual <= LONGEST else "the default maximum"
        guesses = [f"length: {length} ({reason})"]
    if len(encoded) * length > CELLS:
        raise UserError(
            f"{len(encoded):,} items of {length:,} tokens exceed the limit of {CELLS:,} tokens in "
            "memory: give a smaller length."
        )
    kept = np.minimum(lengths, length)[:, None]
    rows = np.zeros((len(encoded), length), np.int32)
    rows[np.arange(length) < kept] = _flat(ids[:length] for ids in encoded)
    return rows, _facts(rows, _flat(encoded), distinct), guesses


def _flat(encoded: Iterable[list[int]]) -> np.ndarray:
    return np.fromiter(chain.from_iterable(encoded), np.int32)


def _facts(rows: np.ndarray, flat: np.ndarray, distinct: int) -> dict:
    return {
        "items": len(rows),
        "distinct": distinct,
        "tokens": len(flat),
        "types": len(np.unique(flat)),
        "cut": int(np.count_nonzero(rows[:, -1])),
        "length": rows.shape[1],
    }
