"""Tokenizers: text to token ids and back, by character, word, byte or byte pair."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from unicodedata import category

from collapse.data.bpe import END, bpe_errors, encoder, learn_pairs
from collapse.errors import UserError
from collapse.suggest import listed, unknown

TOKENS = ("char", "word", "byte", "bpe")
VOCABULARY = 512  # default number of bpe tokens

# \w excludes the vowel signs of many scripts, which would split their words.
MARKS = "".join(chr(code) for code in range(0x300, 0x3000) if category(chr(code))[0] == "M")
WORD = re.compile(rf"(?:[^\W_]+|['\u2019{MARKS}]+)+|\S")
ENDING_POINT = re.compile(r"[.,](?!\S)")
POINT_APART = re.compile(r"(?<!\S)[.,](?!\S)")
SPACE_BEFORE = re.compile(r" (?=[.,!?;:)\]}\u2026\u201d])")
SPACE_AFTER = re.compile(r"(?<=[(\[{\u201c]) ")


@dataclass(frozen=True)
class Tokenizer:
    """A vocabulary and a rule that splits text into its tokens; token 0 ends a text."""

    name: str  # one of TOKENS
    vocabulary: tuple[str, ...]
    split: bool = False  # words only: the text is pretokenised by white space
    merges: tuple[tuple[str, str], ...] = ()  # bpe only: the merged pairs, in order

    @classmethod
    def learn(cls, name: str, items: Iterable[str], vocabulary: int = VOCABULARY) -> "Tokenizer":
        """The tokenizer with every token of the items, most frequent first; for bpe at most
        ``vocabulary`` tokens, the 256 bytes first."""
        errors = token_errors(name, vocabulary)
        if errors:
            raise UserError(*errors)
        if name == "bpe":
            tokens, merges = learn_pairs(items, vocabulary)
            return cls("bpe", tokens, merges=merges)
        if name == "byte":
            return cls("byte", (END, *map(chr, range(256))))
        items = list(items)
        split = name == "word" and pretokenised("\n".join(items))
        counts = Counter()
        for item in items:
            counts.update(_cut(name, split, item))
        ranked = sorted(counts, key=lambda token: (-counts[token], token))
        return cls(name, (END, *ranked), split)

    @property
    def vocab_size(self) -> int:
        """Number of tokens, end symbol included."""
        return len(self.vocabulary)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {token: index for index, token in enumerate(self.vocabulary)}

    @cached_property
    def _pairs(self) -> Callable[[str], list[int]]:
        return encoder(self.vocabulary, self.merges)

    def encode(self, text: str) -> list[int]:
        """The token ids of a text, without an end symbol."""
        if self.name == "bpe":
            return self._pairs(text)
        if self.name == "byte":
            return [byte + 1 for byte in text.encode("utf-8", "replace")]
        tokens = _cut(self.name, self.split, text)
        try:
            return list(map(self._ids.__getitem__, tokens))
        except KeyError:
            unknown = [repr(token) for token in dict.fromkeys(tokens) if token not in self._ids]
            raise UserError(
                f"The {self.name} tokenizer does not know {listed(unknown, most=5)}: the corpus "
                f"it learned its {self.vocab_size} tokens from lacks it. Use byte tokens, or text "
                "with only the tokens of the corpus."
            ) from None

    def decode(self, ids: Iterable[int]) -> str:
        """The text of token ids, up to the first end symbol."""
        kept = list(takewhile(bool, ids))
        if self.name == "byte":
            return bytes(index - 1 for index in kept).decode("utf-8", "replace")
        tokens = [self.vocabulary[index] for index in kept]
        if self.name == "bpe":
            return "".join(tokens).encode("latin-1").decode("utf-8", "replace")
        if self.name == "char":
            return "".join(tokens)
        return " ".join(tokens) if self.split else _write(tokens)


def token_errors(name: str, vocabulary: int) -> list[str]:
    """Error sentences if there is no such tokenizer; empty if there is."""
    if name not in TOKENS:
        return [unknown("tokenizer", name, TOKENS)]
    if name == "bpe":
        return bpe_errors(vocabulary)
    return []


def guess_tokens(items: Sequence[str], unit: str | None) -> tuple[str, str]:
    """The name of a suitable tokenizer for the items, and the reason."""
    if unit == "blob":
        if pretokenised("\n".join(items)):
            return "word", "running text with separated punctuation"
        return "char", "running text"
    mean = sum(len(item.split()) for item in items) / max(len(items), 1)
    return ("char" if mean < 3 else "word"), f"items of {mean:.1f} words on average"


def pretokenised(text: str) -> bool:
    """Whether a text is pretokenised: its tokens are separated by white space, as in WikiText."""
    ending = len(ENDING_POINT.findall(text))
    separated = len(POINT_APART.findall(text))
    return "<unk>" in text or (ending > 0 and 2 * separated >= ending)


def _cut(name: str, split: bool, text: str) -> Sequence[str]:
    if name == "char":
        return text
    return text.split() if split else WORD.findall(text.lower())


def _write(words: list[str]) -> str:
    """Words joined by spaces, with punctuation attached to the word before it.

    Apostrophes stay separate: they belong to words, and one attached to its neighbour would be read
    back as another word.
    """
    return SPACE_AFTER.sub("", SPACE_BEFORE.sub("", " ".join(words)))
