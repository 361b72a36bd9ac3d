"""Byte-pair encoding: tokens built from bytes by repeatedly merging the most frequent pair.

Sennrich, Haddow and Birch (2016), on bytes as in GPT-2 (Radford et al. 2019), so any text is
encoded without loss. Learned from the given corpus by the ``tokenizers`` package (extra ``text``).
A byte is represented by the character with its number.
"""

import importlib.util
import json
from collections.abc import Callable, Iterable

from collapse.errors import UserError

END = ""  # the end symbol, token 0 of every vocabulary

BYTES = [chr(byte) for byte in range(256)]
# No token spans white space, except for one leading space.
PIECE = " ?[^ \n\r\t]+|[ \n\r\t]+"


def bpe_errors(vocabulary: int) -> list[str]:
    """Error sentences if byte pairs cannot be learned; empty if they can."""
    errors = []
    if vocabulary < 1 + len(BYTES):
        errors.append(
            f"A vocabulary of {vocabulary} is too small for bpe tokens: it needs at least 257, the "
            "end symbol and the 256 bytes."
        )
    if importlib.util.find_spec("tokenizers") is None:
        errors.append("The tokens bpe need the tokenizers package: pip install 'collapse[text]'.")
    return errors


def learn_pairs(items: Iterable[str], vocabulary: int) -> tuple[tuple[str, ...], tuple]:
    """A vocabulary of at most so many tokens (the end symbol, the bytes in order, then merged
    tokens in the order of merging), and the merged pairs."""
    from tokenizers import trainers

    machine = _machine(_model())
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary - 1, initial_alphabet=BYTES, show_progress=False
    )
    machine.train_from_iterator(map(in_bytes, items), trainer)
    model = json.loads(machine.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    return (END, *tokens), tuple(tuple(pair) for pair in model["merges"])


def encoder(vocabulary: tuple[str, ...], merges: tuple) -> Callable[[str], list[int]]:
    """The function that encodes text as token ids of the vocabulary."""
    errors = bpe_errors(len(vocabulary))
    if errors:
        raise UserError(*errors)
    numbers = {token: number for number, token in enumerate(vocabulary) if token != END}
    machine = _machine(_model(numbers, list(merges)))
    return lambda text: machine.encode(in_bytes(text), add_special_tokens=False).ids


def in_bytes(text: str) -> str:
    """Text whose characters have the numbers of the UTF-8 bytes of the given text."""
    return text.encode("utf-8", "replace").decode("latin-1")


def _model(*parts):
    from tokenizers import models

    return models.BPE(*parts)


def _machine(model):
    from tokenizers import Regex, Tokenizer, pre_tokenizers

    machine = Tokenizer(model)
    machine.pre_tokenizer = pre_tokenizers.Split(Regex(PIECE), "isolated")
    return machine
