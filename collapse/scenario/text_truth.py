"""Text truths: the built-in joke grammar or a user's corpus, ready for a scenario."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from collapse.data.corpus import Corpus
from collapse.data.jokes import joke_templates
from collapse.data.tokens import Tokenizer
from collapse.loop.start import real_batches
from collapse.models.text.empirical import Empirical
from collapse.models.text.grammar import Grammar
from collapse.numerics.pytree import seed_keys
from collapse.samplers.base import Plain

HELD_OUT = 500  # real rows that are never used for training


@dataclass(frozen=True, eq=False)
class TextTruth:
    """A truth of token rows, held-out rows (N, L), and notes for the user."""

    truth: Any
    held_out: Array
    tokenizer: Tokenizer
    notes: tuple[str, ...]
    data: dict

    @property
    def vocab_size(self) -> int:
        """Vocabulary size V, end symbol included."""
        return self.tokenizer.vocab_size

    @property
    def length(self) -> int:
        """Tokens in a row."""
        return self.held_out.shape[1]

    @property
    def said(self) -> dict:
        """Fields of a scenario: notes, facts of the data, and the function that shows an item."""
        return {"show": self.show, "notes": self.notes, "data": self.data}

    def show(self, row) -> str:
        """A row as text."""
        return self.tokenizer.decode([int(token) for token in row])


def text_truth(corpus: Corpus | None = None) -> TextTruth:
    """The user's corpus, or the built-in jokes."""
    return jokes() if corpus is None else of_corpus(corpus)


def jokes() -> TextTruth:
    """The built-in truth: a grammar with exactly known entropy and number of jokes."""
    templates, vocabulary = joke_templates()
    number = {word: i for i, word in enumerate(vocabulary)}
    numbered = [
        (weight, [{number[word]: w for word, w in slot.items()} for slot in slots])
        for weight, slots in templates
    ]
    truth = Grammar.of(numbered, len(vocabulary))
    key = seed_keys(jax.random.key(1_000_003), [0])
    held_out = real_batches(truth, Plain(), 1000, key).rows[0, :HELD_OUT]
    note = (
        f"built-in joke grammar: {int(truth.support_size):,} different jokes, "
        f"entropy {truth.entropy():.3f} nats"
    )
    data = {"source": "built-in joke grammar", "entropy": truth.entropy()}
    return TextTruth(truth, held_out, Tokenizer("word", vocabulary), (note,), data)


def of_corpus(corpus: Corpus) -> TextTruth:
    """A user's corpus: nine tenths as the truth, one tenth held out."""
    rows, held_out = corpus.split(share=0.1)
    facts = corpus.facts
    note = (
        f"{corpus.source}: {facts['items']:,} items, {facts['distinct']:,} different, "
        f"{facts['tokens']:,} tokens, {facts['types']:,} types, {len(held_out):,} held out, "
        f"cut at {facts['length']} tokens ({facts['cut']:,} items)"
    )
    data = {"source": corpus.source, "name": corpus.name, **facts}
    truth = Empirical.of(rows, corpus.tokenizer.vocab_size)
    held = jnp.asarray(held_out[:HELD_OUT])
    return TextTruth(truth, held, corpus.tokenizer, (note, *corpus.guesses), data)
