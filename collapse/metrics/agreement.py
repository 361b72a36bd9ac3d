"""Agreement of models on the same prompts: equal answers, the same mistakes, and what all of them
together have that one does not. Matrices are (M, M) for M models; a value that no prompt gives is
NaN."""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array


class Answers(NamedTuple):
    """Answers of several models (n,) each: numbers of model, prompt and answer, from 0."""

    model: np.ndarray
    prompt: np.ndarray
    answer: np.ndarray


def collisions(given: Answers, kept: np.ndarray | None = None) -> np.ndarray:
    """The probability that an answer of one model equals one of another to the same prompt, on
    average over the prompts that both were asked; on the diagonal that of two answers of one model,
    over the prompts that it was asked twice (Simpson 1949). Unbiased by the number of answers.

    ``kept`` (n,): of which answers the equal pairs are counted, of all pairs.
    """
    return _ratio(_agreeing(given, kept), _asked(given, None))


def agreement_when_wrong(given: Answers, wrong: np.ndarray) -> np.ndarray:
    """The probability that two answers to a prompt are equal if both are wrong: a question counts
    by the probability that both are (Kim et al. 2025, where every model answers once)."""
    return _ratio(_agreeing(given, wrong), _asked(given, wrong))


def chance_when_wrong(given: Answers, wrong: np.ndarray, options: int | None = None) -> np.ndarray:
    """The agreement when wrong of models that choose among the wrong answers at random: 1 over
    their number (Kim et al. 2025), weighted as ``agreement_when_wrong``.

    Without ``options``, the number of answers to choose from, a prompt has as many wrong ones as
    all models gave to it, which is at most what there are: the chance is an upper bound."""
    width = int(given.answer.max(initial=0)) + 1
    cells = np.unique((given.prompt.astype(np.int64) * width + given.answer)[wrong])
    many = np.bincount(cells // width, minlength=int(given.prompt.max(initial=0)) + 1)
    if options is not None:
        many = np.full(len(many), options - 1)
    return _ratio(_asked(given, wrong, 1 / np.maximum(many, 1)), _asked(given, wrong))


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 1e-12)


def _agreeing(given: Answers, kept: np.ndarray | None) -> np.ndarray:
    """Sums over prompts of the probability that two answers are equal, and both kept."""
    width = int(given.answer.max(initial=0)) + 1
    cell = given.prompt.astype(np.int64) * width + given.answer
    return _pairs(given, cell, given.prompt, kept)


def _asked(given: Answers, kept: np.ndarray | None, weight: np.ndarray | None = None) -> np.ndarray:
    """Sums over prompts of the probability that two answers are both kept; 1 without ``kept``.
    ``weight`` (P,) of the prompts."""
    return _pairs(given, given.prompt.astype(np.int64), given.prompt, kept, weight)


def _pairs(
    given: Answers,
    cell: np.ndarray,
    prompt: np.ndarray,
    kept: np.ndarray | None,
    weight: np.ndarray | None = None,
) -> np.ndarray:
    """Sums over prompts of the probability that two answers, each of its model and of one prompt,
    lie in the same cell; on the diagonal of two different answers of one model."""
    models, prompts = int(given.model.max()) + 1, int(prompt.max()) + 1
    size = np.bincount(given.model.astype(np.int64) * prompts + prompt, minlength=models * prompts)
    size = size.reshape(models, prompts).astype(float)
    kept = np.ones(len(cell), bool) if kept is None else kept
    different, column = np.unique(cell[kept], return_inverse=True)
    at = np.zeros(len(different), np.int64)
    at[column] = prompt[kept]
    shape = (models, max(len(different), 1))
    times = csr_array((np.ones(kept.sum()), (given.model[kept], column)), shape=shape)
    times.sum_duplicates()
    row = np.repeat(np.arange(models), np.diff(times.indptr))
    x, n, of = times.data, size[row, at[times.indices]], at[times.indices]
    w = np.ones(len(x)) if weight is None else weight[of]
    share = csr_array((x / n, times.indices, times.indptr), shape=shape)
    weighted = csr_array((w * x / n, times.indices, times.indptr), shape=shape)
    found = (share @ weighted.T).toarray()
    twice = w * x * (x - 1) / np.maximum(n * (n - 1), 1)
    np.fill_diagonal(found, np.bincount(row, twice, models))
    return found


def by_prompt(given: Answers) -> tuple[np.ndarray, np.ndarray]:
    """For each prompt (P,), each model counting alike: the probability that two answers of one
    model are equal, NaN if one gave a single answer, and that answers of two models are. Every
    prompt must have answers of every model."""
    models, prompts = int(given.model.max()) + 1, int(given.prompt.max()) + 1
    width = int(given.answer.max()) + 1
    size = np.zeros((models, prompts))
    np.add.at(size, (given.model, given.prompt), 1)
    cells, times = np.unique(
        np.stack([given.prompt.astype(np.int64) * width + given.answer, given.model]),
        axis=1,
        return_counts=True,
    )
    of = cells[0] // width
    n = size[cells[1], of]
    with np.errstate(invalid="ignore"):
        within = np.bincount(of, times * (times - 1) / (n * (n - 1)), prompts) / models
    place = np.unique(cells[0], return_inverse=True)[1]
    summed = np.bincount(place, times / n)
    squares = np.bincount(np.unique(cells[0]) // width, summed**2, prompts)
    squares -= np.bincount(of, (times / n) ** 2, prompts)
    return within, squares / max(models * (models - 1), 1)
