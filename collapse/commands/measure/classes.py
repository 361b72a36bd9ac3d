"""Classes of answers of equal meaning, from a column of the data: their number per prompt.

The column of NoveltyBench (Zhang et al. 2025), or any like it. Its scores are the utility of an
answer to a reader.
"""

import numpy as np

from collapse.commands.measure import bootstrap
from collapse.commands.measure.differences import of_prompts, together
from collapse.commands.measure.tally import Corpus
from collapse.metrics import counts as metrics
from collapse.metrics.answers import collision_within, novelty_utility
from collapse.stats.estimate import Estimate


def by_classes(corpora: list[Corpus], column: str) -> dict | None:
    """For each corpus: mean ``classes`` per prompt; ``distinct``, one less, as NoveltyBench has it;
    ``utility`` if there are scores; ``same_class``, the probability that two answers to a prompt
    are of one class; ``at_equal``, the expected classes among ``answers`` answers to a prompt, as
    many as every prompt has. None if no answer has a class."""
    if not any(corpus.classes is not None for corpus in corpora):
        return None
    groups = {corpus.name: _groups(corpus) for corpus in corpora if corpus.classes is not None}
    least = min(len(classes) for each in groups.values() for classes, _ in each)
    about = {name: _of_corpus(each, least) for name, each in groups.items()}
    differ = _differences(corpora, groups, least) if len(about) > 1 else None
    return {"column": column, "answers": least, "corpora": about, "differences": differ}


def _differences(corpora: list[Corpus], groups: dict, least: int) -> dict | None:
    """Differences of the classes expected among ``least`` answers, on average over prompts."""
    values = {}
    for corpus in corpora:
        if corpus.classes is not None:
            each = [_at(given, least) for given, _ in groups[corpus.name]]
            values[corpus.name] = dict(zip(np.unique(corpus.group).tolist(), each, strict=True))
    order = sorted(values, key=lambda name: -np.mean(list(values[name].values())))
    pairs = of_prompts(values, order)
    if pairs is None:
        return None
    shared = len(set.intersection(*map(set, values.values())))
    about = {"of": "at_equal", "over": "prompts", "prompts_in_common": shared}
    return about | {"together": together(order), "pairs": pairs}


def _at(given: list, least: int) -> float:
    """The classes expected among ``least`` of the answers to a prompt."""
    return float(metrics.rarefied(np.unique(given, return_counts=True)[1], least))


def prompt_by_prompt(corpus: Corpus) -> list[dict]:
    """For each prompt, by its number: classes, distinct, and utility or None."""
    rows = []
    for classes, scores in _groups(corpus):
        many = len(set(classes))
        about = {"classes": many, "distinct": many - 1}
        rows.append(about | {"utility": None if scores is None else novelty_utility([scores])})
    return rows


def _groups(corpus: Corpus) -> list[tuple[list, list | None]]:
    """For each prompt the classes of its answers in order, and their scores: 0 for an answer of the
    class of an earlier one."""
    order = np.argsort(corpus.group, kind="stable")
    starts = np.unique(corpus.group[order], return_index=True)[1][1:]
    groups = []
    for part in np.split(order, starts):
        classes = corpus.classes[part]
        new = np.zeros(len(part), bool)
        new[np.unique(classes, return_index=True)[1]] = True
        scores = None if corpus.scores is None else (corpus.scores[part] * new).tolist()
        groups.append((classes.tolist(), scores))
    return groups


def _of_corpus(groups: list[tuple[list, list | None]], least: int) -> dict:
    classes = [given for given, _ in groups]
    counts = [np.unique(given, return_counts=True)[1] for given in classes]
    many = np.array([len(each) for each in counts], float)
    most = float(np.mean([len(given) for given in classes]))
    pairs = [given for given in classes if len(given) > 1]
    utility = None
    if groups[0][1] is not None:
        utility = _mean(np.array([novelty_utility([scores]) for _, scores in groups]))
    return {
        "prompts": len(groups),
        "classes": _mean(many, 1.0, most),
        "distinct": float(many.mean() - 1),
        "utility": utility,
        "same_class": collision_within(pairs) if pairs else None,
        "at_equal": float(np.mean([_at(given, least) for given in classes])),
    }


def _mean(values: np.ndarray, least: float = 0.0, most: float = np.inf) -> Estimate:
    """The mean over prompts, with an interval if there are enough to resample."""
    n = len(values)
    if n < bootstrap.FEWEST:
        return Estimate(float(values.mean()), method="mean", n=n)
    drawn = np.random.default_rng(0).integers(0, n, (bootstrap.RESAMPLES, n))
    return bootstrap.interval(float(values.mean()), values[drawn].mean(1), n, least, most)
