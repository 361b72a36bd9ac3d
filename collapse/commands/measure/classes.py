"""Classes of answers that mean the same, as someone judged: how many there are to a prompt.

The column of NoveltyBench (Zhang et al. 2025), or any like it. Its scores are what an answer is
worth to a reader.
"""

import numpy as np

from collapse.commands.measure import bootstrap
from collapse.commands.measure.differences import of_prompts, together
from collapse.commands.measure.tally import Corpus
from collapse.metrics import counts as metrics
from collapse.metrics.answers import collision_within, novelty_utility


def by_classes(corpora: list[Corpus], column: str) -> dict | None:
    """Of each corpus: ``classes`` of a prompt in the mean, ``distinct``, one less, which
    NoveltyBench publishes, ``utility`` where there are scores, the chance ``same_class`` of two
    answers to a prompt, and ``at_equal``, the classes expected of ``answers`` answers to each
    prompt, as many as every prompt has. None if no answer has a class."""
    if not any(corpus.classes is not None for corpus in corpora):
        return None
    groups = {corpus.name: _groups(corpus) for corpus in corpora if corpus.classes is not None}
    least = min(len(classes) for found in groups.values() for classes, _ in found)
    about = {name: _of_corpus(found, least) for name, found in groups.items()}
    found = {"column": column, "answers": least, "corpora": about, "differences": None}
    if len(about) > 1:
        found["differences"] = _differences(corpora, groups, least)
    return found


def _differences(corpora: list[Corpus], groups: dict, least: int) -> dict | None:
    """Of the classes expected among ``least`` answers to a prompt, in the mean over prompts."""
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
    """Of each prompt, in the order of their numbers: classes, distinct, and utility or None."""
    found = []
    for classes, scores in _groups(corpus):
        many = len(set(classes))
        about = {"classes": many, "distinct": many - 1}
        found.append(about | {"utility": None if scores is None else novelty_utility([scores])})
    return found


def _groups(corpus: Corpus) -> list[tuple[list, list | None]]:
    """For each prompt the classes of its answers in the order drawn, and their scores: 0 for one
    that says what an earlier one did."""
    order = np.argsort(corpus.group, kind="stable")
    starts = np.unique(corpus.group[order], return_index=True)[1][1:]
    found = []
    for part in np.split(order, starts):
        classes = corpus.classes[part]
        new = np.zeros(len(part), bool)
        new[np.unique(classes, return_index=True)[1]] = True
        scores = None if corpus.scores is None else (corpus.scores[part] * new).tolist()
        found.append((classes.tolist(), scores))
    return found


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


def _mean(values: np.ndarray, least: float = 0.0, most: float = np.inf) -> dict:
    """The mean over prompts with its interval, where there are enough to be resampled, inside what
    it can be."""
    if len(values) < bootstrap.FEWEST:
        return {"value": float(values.mean()), "low": None, "high": None}
    drawn = np.random.default_rng(0).integers(0, len(values), (bootstrap.RESAMPLES, len(values)))
    return bootstrap.interval(float(values.mean()), values[drawn].mean(1), least, most)
