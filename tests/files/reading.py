"""Read small files that a test writes."""

import json
from math import log
from pathlib import Path

import numpy as np

from collapse.commands.measure.tally import Tally, read
from collapse.files.answers import Columns


def tally_of(path, **columns) -> Tally:
    """What is read of a file."""
    tally = Tally()
    read([Path(path)], Columns(**columns), tally, lambda *_: None)
    return tally


def facts(path, **columns) -> tuple:
    """Number of answers, different ones, entropy in nats, and prompts (None without) of a file with
    one corpus."""
    (corpus,) = tally_of(path, **columns).corpora()
    counts = np.bincount(corpus.answer)
    p = counts[counts > 0] / corpus.n
    prompts = None if corpus.group is None else len(set(corpus.group.tolist()))
    return corpus.n, len(p), round(float(-(p * np.log(p)).sum()), 4) + 0.0, prompts


def answers(path, **columns) -> list[tuple]:
    """The answers of a file with their corpora and prompts, in order."""
    tally = tally_of(path, **columns)
    texts, prompts = list(tally.texts), list(tally.groups)
    return [
        (
            corpus.name,
            texts[answer],
            None if corpus.group is None else prompts[corpus.group[i]],
        )
        for corpus in tally.corpora()
        for i, answer in enumerate(corpus.answer)
    ]


def lines(records) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


SEVEN = [f"Answer number {i % 7} is here." for i in range(30)]  # 30 answers, of 7
SEVEN_ENTROPY = round(-(2 * 5 / 30 * log(5 / 30) + 5 * 4 / 30 * log(4 / 30)), 4)
