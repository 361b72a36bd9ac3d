"""A corpus against a reference, and the reference against itself: the noise floor.

Measures depend on the number of answers. So parts of equal size are compared: one of the corpus
with one of the reference, and that with another one of the reference.
"""

import numpy as np

from collapse.commands.measure.corpus_measures import at, counts_of
from collapse.commands.measure.tally import Corpus
from collapse.commands.measure.words import Words
from collapse.errors import UserError
from collapse.metrics import counts as metrics
from collapse.metrics.perplexity import Bigrams, bigrams
from collapse.stats.estimate import LEVEL, Estimate

SPLITS = 20  # of the reference into two parts that do not overlap
MOST = 5000  # answers in a part
FEWEST = 10  # answers of a reference
LEVELS = (0.025, 0.975)  # quantiles
BINS = 10  # of perplexities, to a factor of ten


def enough(reference: Corpus, path) -> None:
    """Raise ``UserError`` if a reference is too small to be halved."""
    if reference.n < FEWEST:
        raise UserError(
            f"The reference {path} holds {reference.n} answers, and at least {FEWEST} are needed to"
            " compare its halves. Give a longer one."
        )


def compare(corpus: Corpus, reference: Corpus, words: Words) -> dict:
    """A corpus against the reference.

    Returns:
        ``m``: answers in a part. ``sample`` and ``reference``: measures that depend on size, at
        that size. ``against`` and ``floor``: what the corpus, and the reference itself, have in
        common with the reference: means over splits with the range of 95 % of them. ``copies``: the
        share of answers that the reference holds verbatim. ``perplexities``: histograms of the
        perplexity of answers under a part of the reference.
    """
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
    halves = _ranged(numbers)
    return {
        "m": m,
        "words": int(many),
        "sample": at(ours, words, m, many),
        "reference": at(theirs, words, m, many) | {"effective_number_of_halves": halves},
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
    """A bigram model of a part, from counts (K,) of the texts."""
    which = np.flatnonzero(counts)
    return bigrams(words.documents(which), counts[which])


def part_perplexity(counts: np.ndarray, model: Bigrams, words: Words) -> tuple[float, np.ndarray]:
    """Perplexity of all words of a part, and of each of its answers (m,), under a model of another
    part."""
    which = np.flatnonzero(counts)
    documents = words.documents(which)
    each, steps = np.log(model.perplexities(documents)), counts[which] * (documents.lengths + 1)
    return float(np.exp(each @ steps / steps.sum())), np.repeat(np.exp(each), counts[which])


def histogram(values: dict[str, np.ndarray]) -> dict[str, list[float]]:
    """Histograms of perplexity, with 10 bins to a factor of ten: the edges (B + 1,), and under each
    name shares (B,) that sum to one."""
    bins = {name: np.floor(BINS * np.log10(each)).astype(int) for name, each in values.items()}
    first, last = (pick([pick(each) for each in bins.values()]) for pick in (min, max))
    edges = 10.0 ** (np.arange(first, last + 2) / BINS)
    shares = {
        name: (np.bincount(each - first, minlength=last - first + 1) / len(each)).tolist()
        for name, each in bins.items()
    }
    return {"edges": edges.tolist()} | shares


def _ranged(values: list[float]) -> Estimate:
    """The mean over splits, with the range of 95 % of them."""
    low, high = np.quantile(values, LEVELS)
    mean, method = float(np.mean(values)), "range of splits"
    return Estimate(mean, float(low), float(high), LEVEL, method, len(values))
