"""Typicality of texts: their log-probability under a bigram model of a reference."""

import numpy as np

from collapse.data.tokens import Tokenizer, guess_tokens
from collapse.errors import UserError
from collapse.files.read import read_items

CELLS = 1 << 28  # tokens of all texts, padded to the longest


def log_probs(texts: list[str], reference, every: list[str]) -> np.ndarray:
    """The log-probability of each text (n,) in nats, with its end, under a bigram model of the
    items of the file ``reference``. The vocabulary is that of the reference and of ``every`` text;
    tokens that the reference lacks get smoothed probabilities."""
    import jax.numpy as jnp

    from collapse.models.text.ngram import NGram

    items = read_items(reference).items
    items = items if len(items) > 1 else [line for line in items[0].split("\n") if line.strip()]
    if len(items) < 2:
        raise UserError(f"The reference {reference} holds one item; give a file of several.")
    tokens, _ = guess_tokens(items, None)
    tokenizer = Tokenizer.learn(tokens, [*items, *every])
    coded = [list(map(tokenizer.encode, group)) for group in (items, texts)]
    width = 1 + max(len(ids) for group in coded for ids in group)
    if (cells := width * (len(items) + len(texts))) > CELLS:
        raise UserError(
            f"The reference {reference} and the texts, all padded to the longest of {width - 1:,} "
            f"tokens, have {cells:,} tokens, and at most {CELLS:,} fit: leave out the longest."
        )
    known, asked = (_rows(group, width) for group in coded)
    model = NGram(tokenizer.vocab_size, rows=jnp.asarray(known), weight=jnp.ones(len(known)))
    return np.asarray(model.log_prob(jnp.asarray(asked)), float)


def _rows(coded: list[list[int]], width: int) -> np.ndarray:
    rows = np.zeros((len(coded), width), np.int32)
    for row, ids in zip(rows, coded, strict=True):
        row[: len(ids)] = ids
    return rows
