"""Metrics of several answers per prompt: correctness, novelty and agreement.

Answers are given in groups, one per prompt; a metric is the mean over the groups.
"""

from collections import Counter

import numpy as np

from collapse.errors import UserError
from collapse.metrics import formulas
from collapse.metrics.base import as_numbers, as_whole, comparable, metric
from collapse.metrics.counts import collision, log_missed

DRAWN = {"needs": "answers", "blind_to": ("order",)}
GROUPS = {"needs": "answers", "blind_to": ("order", "copies")}
NOVELTY = "Zhang et al. 2025 (NoveltyBench)"
MANY = 10_000  # number of answers up to which products are computed directly
PATIENCE = 0.8  # probability that a reader continues to the next answer


@metric(
    unit="share of prompts",
    high=1,
    better="more",
    needs="scores",
    blind_to=("order",),
    bias="none",
    source="Chen et al. 2021, eq. 1",
)
def pass_at(right, drawn, k: int) -> float:
    """pass@k: the probability that at least one of k answers is right, averaged over prompts.

    1 - C(n - c, k) / C(n, k) for c = ``right`` (P,) right answers of n = ``drawn`` (P,), or one n
    for all prompts.
    """
    right = as_numbers(right, "right", 1)
    drawn = as_numbers(np.atleast_1d(drawn), "drawn", 1)
    if len(drawn) not in (1, len(right)):
        raise UserError(f"{len(right)} prompts have right answers and {len(drawn)} have answers.")
    drawn, k = np.broadcast_to(drawn, right.shape), as_whole(k, "k of pass@k")
    if (right != np.floor(right)).any() or (drawn != np.floor(drawn)).any():
        raise UserError("right and drawn must be whole numbers of answers.")
    if (right < 0).any() or (right > drawn).any():
        place = int(((right < 0) | (right > drawn)).argmax())
        raise UserError(f"Prompt {place} has {right[place]:g} right of {drawn[place]:g} answers.")
    if k > drawn.min():
        raise UserError(f"pass@{k} needs {k} answers to each prompt, and one has {drawn.min():g}.")
    if k > MANY:
        return float(-np.expm1(log_missed(drawn, right, np.full(right.shape, float(k)))).mean())
    return float(formulas.pass_at(right, drawn, k).mean())


@metric(
    unit="classes",
    low=1,
    better="more",
    bias="rises with the answers to each prompt",
    source=NOVELTY,
    **GROUPS,
)
def novelty_classes(classes) -> float:
    """Mean number of distinct answers per prompt, where equivalent answers form a class.

    ``classes``: for each prompt, the class of each of its answers.
    """
    return float(np.mean([len(set(group)) for group in _groups(classes)]))


@metric(
    unit="classes",
    better="more",
    bias="rises with the answers to each prompt",
    source="NoveltyBench, as published with its code",
    **GROUPS,
)
def novelty_distinct(classes) -> float:
    """NoveltyBench's published "distinct": the largest class number, counted from 0, so one less
    than the number of classes. For comparison with its tables only."""
    return novelty_classes(classes) - 1


@metric(unit="utility", better="more", needs="scores", bias="none", source=NOVELTY)
def novelty_utility(scores) -> float:
    """Mean utility for a reader who continues with probability 0.8: sum .8^i s_i / sum .8^i.

    ``scores``: for each prompt, the scores of its answers in the order drawn, 0 for an answer
    equivalent to an earlier one. In the units of the scores.
    """
    groups = [as_numbers(group, "The scores of a prompt", 1) for group in _groups(scores)]
    weights = [PATIENCE ** np.arange(len(group)) for group in groups]
    return float(np.mean([s @ w / w.sum() for s, w in zip(groups, weights, strict=True)]))


@metric(
    unit="probability",
    high=1,
    better="less",
    bias="none",
    source="Simpson 1949",
    **DRAWN,
)
def collision_within(answers) -> float:
    """Mean probability that two answers to one prompt are equal: sum c (c - 1) / n (n - 1).

    An answer is not paired with itself, so the mean does not depend on n.
    """
    counts = [list(Counter(group).values()) for group in _groups(answers, least=2)]
    return float(np.mean([collision(each) for each in counts]))


@metric(
    unit="probability",
    high=1,
    better="less",
    bias="none",
    source="Simpson 1949",
    **GROUPS,
)
def collision_across(answers, others) -> float:
    """Mean probability that two models give the same answer to a prompt: sum p q.

    ``others`` holds the second model's answers to the same prompts, in the same order.
    """
    groups, theirs = _groups(answers), _groups(others)
    if len(groups) != len(theirs):
        raise UserError(f"One model answers {len(groups)} prompts and the other {len(theirs)}.")
    shares = []
    for ours, other in zip(groups, theirs, strict=True):
        counts = Counter(other)
        shares.append(sum(counts[answer] for answer in ours) / (len(ours) * len(other)))
    return float(np.mean(shares))


@metric(
    unit="probability",
    high=1,
    better="less",
    bias="none",
    source="Kim et al. 2025",
    **GROUPS,
)
def agreement_when_wrong(answers, others, right) -> float:
    """Probability that two models that are both wrong give the same wrong answer.

    ``answers`` and ``others`` hold the answers of both models, a group for each question (one
    answer, or several draws); ``right`` the right answer of each question. Of all pairs of wrong
    answers to one question, the share that are equal: 1/3 by chance with four options, and 1 for
    models that make the same mistakes. Raises ``UserError`` if they are never both wrong.
    """
    groups, theirs, right = _groups(answers), _groups(others), list(right)
    if not len(groups) == len(theirs) == len(right):
        raise UserError(
            f"One model answers {len(groups)} questions and the other {len(theirs)}, and "
            f"{len(right)} have a right answer."
        )
    same = both = 0.0
    for ours, other, answer in zip(groups, theirs, right, strict=True):
        wrong = Counter(x for x in other if x != answer)
        missed = [x for x in ours if x != answer]
        size = len(ours) * len(other)
        same += sum(wrong[x] for x in missed) / size
        both += len(missed) * wrong.total() / size
    if not both:
        raise UserError("The two models are never both wrong: there is no wrong answer to compare.")
    return same / both


def frontier(quality, diversity) -> np.ndarray:
    """(F,) indices of the settings on the quality-diversity Pareto frontier, by falling quality.

    A setting is on it if no other is at least as good in both and better in one; of two equal
    settings, the first is.
    """
    quality, diversity = _settings(quality, diversity)
    kept, most = [], -np.inf
    for place in np.lexsort((-diversity, -quality)):
        if diversity[place] > most:
            kept.append(place)
            most = diversity[place]
    return np.array(kept)


@metric(
    unit="quality x diversity",
    better="more",
    needs="scores",
    blind_to=("order",),
    bias="rises with the settings tried",
    source="Zitzler and Thiele 1998; Caccia et al. 2020",
)
def frontier_area(quality, diversity) -> float:
    """Hypervolume of the frontier of settings (S,), such as temperatures: the area it dominates
    above (0, 0). Both numbers must be at least 0, larger being better."""
    quality, diversity = _settings(quality, diversity)
    if min(quality.min(), diversity.min()) < 0:
        raise UserError("Quality and diversity must not be negative: subtract their worst values.")
    best = frontier(quality, diversity)
    return float((quality[best] * np.diff(diversity[best], prepend=0)).sum())


def _settings(quality, diversity) -> tuple[np.ndarray, np.ndarray]:
    quality, diversity = as_numbers(quality, "quality", 1), as_numbers(diversity, "diversity", 1)
    if len(quality) != len(diversity):
        raise UserError(f"{len(quality)} settings have a quality and {len(diversity)} a diversity.")
    return quality, diversity


def _groups(groups, least: int = 1) -> list[list]:
    if isinstance(groups, str):
        raise UserError("Answers must be a list of groups, each a list, not one string.")
    groups = list(groups)
    if not groups:
        raise UserError("There are no answers: give a list of groups, one for each prompt.")
    for place, group in enumerate(groups):
        if isinstance(group, str) or not hasattr(group, "__len__"):
            raise UserError(f"Group {place} must be a list of answers, not {type(group).__name__}.")
        if len(group) < least:
            raise UserError(f"Group {place} has {len(group)} answers; this needs {least} or more.")
    lists = [group.tolist() if isinstance(group, np.ndarray) else list(group) for group in groups]
    for place, group in enumerate(lists):
        comparable(group, f"An answer of group {place}")
    return lists
