"""Similarity of answers by embeddings: Vendi score and cosine distance of parts of equal size.

Both depend on the number of answers, and eigenvalues cost its cube. So a few parts of equal size
are drawn at random from every corpus, and all of them embedded in one call.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from collapse.commands.measure.tally import Corpus
from collapse.errors import UserError
from collapse.metrics import METRICS
from collapse.metrics.similarity import character_ngrams
from collapse.stats.estimate import Estimate

PART = 200  # answers in a part
PARTS = 5  # of a corpus that has more answers than a part
EMBEDDED = 20_000  # answers in all parts: 80 MB as 1,024 numbers each
OWN = "trigrams of characters"
NONE = np.zeros(0, int)


class Embedder(NamedTuple):
    """A function from a list of texts to embeddings (n, d), and its name."""

    name: str = OWN
    function: Callable = character_ngrams

    def __call__(self, texts: list[str]) -> np.ndarray:
        """Embeddings (n, d), finite and not all zeros. Raises ``UserError``."""
        try:
            found = self.function(texts)
        except UserError:
            raise
        except Exception as error:
            raise UserError(
                f"The embedder {self.name} raised {type(error).__name__} for {len(texts):,} texts: "
                f"{error}. Correct it and run again."
            ) from error
        try:
            rows = np.asarray(found)
            rows = rows if np.issubdtype(rows.dtype, np.floating) else rows.astype(float)
        except (TypeError, ValueError):
            raise UserError(
                f"The embedder {self.name} returned a {type(found).__name__}, not numbers of "
                "shape (n, d) with a row for each text."
            ) from None
        if rows.ndim != 2 or len(rows) != len(texts) or rows.shape[1] == 0:
            raise UserError(
                f"The embedder {self.name} returned numbers of shape {rows.shape}, not (n, d) with "
                f"a row for each of {len(texts):,} texts."
            )
        for errors, what in (
            (~np.isfinite(rows).all(1), "holds a NaN or an infinity"),
            (~rows.any(1), "is all zeros and has no direction"),
        ):
            if errors.any():
                text = texts[int(errors.argmax())]
                more = int(errors.sum()) - 1
                raise UserError(
                    f"The embedder {self.name} gave {text[:40]!r} a row that"
                    f" {what}{f', and {more:,} more texts' if more else ''}: correct it, or remove"
                    " such answers."
                )
        return rows


def embedder_of(where: str | None) -> Embedder:
    """The embedder in FILE.py:NAME, a function or a callable class or instance; None: the built-in
    one. Raises ``UserError``."""
    if where is None:
        return Embedder()
    from collapse.scenario.load import thing_in_file

    def is_own(thing, module):
        return callable(thing) and getattr(thing, "__module__", "") == module

    thing = thing_in_file(where, "embedder", is_own)
    if inspect.isclass(thing):
        try:
            thing = thing()
        except Exception as error:
            raise UserError(f"The embedder {where} could not be made: {error}.") from error
    if not callable(thing):
        raise UserError(f"{where} is no embedder: make it a function of a list of texts.")
    return Embedder(where, thing)


def embeddings(
    corpora: list[Corpus],
    reference: Corpus | None,
    texts: list[str],
    embedder: Embedder,
    more: Sequence[np.ndarray] = (),
) -> tuple[dict | None, list[str], tuple[np.ndarray, np.ndarray]]:
    """Vendi score and mean cosine distance of each corpus and of the reference, in parts of equal
    size ``n``, and notes on the embeddings. None if a corpus has a single answer.

    Also the numbers of the texts that were embedded (K,), those of ``more`` among them, and their
    embeddings (K, d)."""
    every = [*corpora, *([reference] if reference else [])]
    n = min(PART, EMBEDDED // (PARTS * len(every)), *(corpus.n for corpus in every))
    generator = np.random.default_rng(0)
    parts = [_parts(corpus.answer, n, generator) if n > 1 else [] for corpus in every]
    which = np.unique(np.concatenate([*(p for some in parts for p in some), *more, NONE]))
    rows = embedder([texts[i] for i in which]) if len(which) else np.zeros((0, 1))
    if n < 2:
        return None, [], (which, rows)
    found = [
        {"answers": corpus.n} | _of_parts([rows[np.searchsorted(which, part)] for part in some])
        for corpus, some in zip(every, parts, strict=True)
    ]
    names = [corpus.name for corpus in corpora]
    about = {
        "embedder": embedder.name,
        "n": n,
        "corpora": dict(zip(names, found, strict=False)),
        "reference": found[-1] if reference else None,
    }
    doubts = [s for name in ("vendi", "pairwise_cosine") for s in METRICS[name].doubts(rows)]
    return about, doubts, (which, rows)


def _parts(answer: np.ndarray, n: int, generator: np.random.Generator) -> list[np.ndarray]:
    if len(answer) == n:
        return [answer]
    return [generator.choice(answer, n, replace=False) for _ in range(PARTS)]


def _of_parts(parts: list[np.ndarray]) -> dict:
    """Means over the parts, with the least and the largest part as ends."""
    vendi, cosine = (METRICS[name].function for name in ("vendi", "pairwise_cosine"))
    numbers = {
        "vendi": [vendi(rows) for rows in parts],
        "cosine_distance": [1 - cosine(rows) for rows in parts],
    }
    return {name: _range(values) for name, values in numbers.items()}


def _range(values: list[float]) -> Estimate:
    mean, n = float(np.mean(values)), len(values)
    ends = (min(values), max(values)) if n > 1 else ()
    return Estimate(mean, *ends, method="range of parts", n=n)
