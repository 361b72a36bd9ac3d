"""Training data: text and images, tokenizers, corpora of tokens."""

from collapse.data.corpus import Corpus, from_items, load_corpus
from collapse.data.images import Images, load_images
from collapse.data.prose import prose
from collapse.data.tokens import Tokenizer
from collapse.files.read import read_items

__all__ = [
    "Corpus",
    "Images",
    "Tokenizer",
    "from_items",
    "load_corpus",
    "load_images",
    "prose",
    "read_items",
]
