"""A corpus against a reference, and the reference against itself: the noise floor.

Numbers of both depend on how many answers they are of. So parts of equal size are compared: one of
the corpus with one of the reference, and that with another one of the reference.
"""

import numpy as np

from collapse.commands.measure.corpus_measures import at, counts_of
from collapse.commands.measure.tally import Corpus
from collapse.commands.measure.words import Words
from collapse.errors import UserError
from collapse.metrics import counts as metrics
from collapse.metrics.perplexity import Bigrams, bigrams

SPLITS = 20  # of the reference into two parts that do not overlap
MOST = 5000  # answers in a part
FEWEST = 10  # answers of a reference
LEVELS = (0.025, 0.975)
BINS = 10  # of perplexities, to a factor of ten


def enough(reference: Corpus, path) -> None:
    """Raise ``UserError`` for a reference that is too small to be halved."""
    if reference.n < FEWEST:
        raise UserError(
            f"The reference {path} holds {reference.n} answers; halves of it can be compared from "
            f"{FEWEST} on. Give a longer one."
        )


def compare(corpus: Corpus, reference: Corpus, words: Words) -> dict:
    """m, the answers in a part; ``sample`` and ``reference``, what depends on size at that size;
    what the corpus has in common with the reference, and the reference with itself (``floor``), as
    means over splits with the range of 95 % of them; ``copies``, the share of answers that are in
    the reference to the letter; ``perplexities``, a histogram of those of answers, under the part
    of the reference that both are compared with."""
    size = len(words.length)
    ours, theirs = counts_of(corpus, size), counts_of(reference, size)
    m = min(corpus.n, reference.n // 2, MOST)
    many = min(words.total(c) * m // int(c.sum()) for c in (ours, theirs))
    generator = np.random.default_rng(0)
    found, numbers = {"against": [], "floor": []}, []
    each: dict[str, list] = {"against": [], "floor": []}
    for _ in range(SPLITS):
        part = generator.choice(reference.n, 2 * m, replace=False)
        one, two = (_counts(reference.answer[half], size) for half in (part[:m], part[m:]))
        mine = _counts(corpus.answer[generator.choice(corpus.n, m, replace=False)], size)
        model = part_model(one, words)
        for name, other in (("against", mine), ("floor", two)):
            mean, all_of_them = part_perplexity(other, model, words)
            found[name].append(_common(other, one, words) | {"perplexity": mean})
            each[name].append(all_of_them)
        numbers += [metrics.hill(one, 1), metrics.hill(two, 1)]
    low, high = np.quantile(numbers, LEVELS)
    return {
        "m": m,
        "words": int(many),
        "sample": at(ours, words, m, many),
        "reference": at(theirs, words, m, many)
        | {"effective_number_range": [float(low), float(high)]},
        "copies": float(ours[theirs > 0].sum() / corpus.n),
        "perplexities": histogram({k: np.concatenate(v) for k, v in each.items()}),
        **{
            name: {key: _ranged([split[key] for split in splits]) for key in splits[0]}
            for name, splits in found.items()
        },
    }


def _counts(answer: np.ndarray, size: int) -> np.ndarray:
    return np.bincount(answer, minlength=size)


def _common(a: np.ndarray, b: np.ndarray, words: Words) -> dict[str, float]:
    answers = np.minimum(a / a.sum(), b / b.sum()).sum()
    shared = np.minimum(words.shares(a), words.shares(b)).sum()
    return {"answers_in_common": float(answers), "words_in_common": float(shared)}


def part_model(counts: np.ndarray, words: Words) -> Bigrams:
    """The model of a part, by counts (K,) of the texts."""
    which = np.flatnonzero(counts)
    return bigrams(words.documents(which), counts[which])


def part_perplexity(counts: np.ndarray, model: Bigrams, words: Words) -> tuple[float, np.ndarray]:
    """Perplexity of all words of a part and (m,) of each of its answers, under a model of another
    part."""
    which = np.flatnonzero(counts)
    documents = words.documents(which)
    each, steps = np.log(model.perplexities(documents)), counts[which] * (documents.lengths + 1)
    return float(np.exp(each @ steps / steps.sum())), np.repeat(np.exp(each), counts[which])


def histogram(values: dict[str, np.ndarray]) -> dict[str, list[float]]:
    """The share of answers in bins of perplexity, 10 to a factor of ten: the edges of the bins (B +
    1,), and under each name (B,) shares that sum to one."""
    bins = {name: np.floor(BINS * np.log10(each)).astype(int) for name, each in values.items()}
    first, last = (pick([pick(each) for each in bins.values()]) for pick in (min, max))
    edges = 10.0 ** (np.arange(first, last + 2) / BINS)
    shares = {
        name: (np.bincount(each - first, minlength=last - first + 1) / len(each)).tolist()
        for name, each in bins.items()
    }
    return {"edges": edges.tolist()} | shares


def _ranged(values: list[float]) -> dict[str, float]:
    low, high = np.quantile(values, LEVELS)
    return {"mean": float(np.mean(values)), "low": float(low), "high": float(high)}
