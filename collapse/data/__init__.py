"""Text to learn from: files, tokenizers and corpora of token ids."""

from collapse.data.corpus import Corpus, from_items, load_corpus
from collapse.data.prose import prose
from collapse.data.read import read_items
from collapse.data.tokens import Tokenizer

__all__ = ["Corpus", "Tokenizer", "from_items", "load_corpus", "prose", "read_items"]
