"""Many answers to one prompt: how many are right, how many are new, how many are said by all.

Answers come in groups, one for each prompt; a metric is the mean over the groups.
"""

from collections import Counter

import numpy as np

from collapse.errors import UserError
from collapse.metrics.base import as_numbers, as_whole, comparable, metric
from collapse.metrics.counts import collision, log_missed

DRAWN = {"needs": "answers", "blind_to": ("order",)}
GROUPS = {"needs": "answers", "blind_to": ("order", "copies")}
NOVELTY = "Zhang et al. 2025 (NoveltyBench)"
MANY = 10_000  # answers up to which a product is worked out as such
PATIENCE = 0.8  # that a reader goes on to the next answer


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
    """pass@k: the chance that one of k answers is right, 1 - C(n - c, k) / C(n, k), averaged.

    ``right`` (P,) answers c of the ``drawn`` n (P,), or one n for all, are right.
    """
    right = as_numbers(right, "right", 1)
    drawn = as_numbers(np.atleast_1d(drawn), "drawn", 1)
    if len(drawn) not in (1, len(right)):
        raise UserError(f"{len(right)} prompts have right answers and {len(drawn)} have answers.")
    drawn, k = np.broadcast_to(drawn, right.shape), as_whole(k, "k of pass@k")
    if (right != np.floor(right)).any() or (drawn != np.floor(drawn)).any():
        raise UserError("Answers come whole: right and drawn must be whole numbers.")
    if (right < 0).any() or (right > drawn).any():
        place = int(((right < 0) | (right > drawn)).argmax())
        raise UserError(f"Prompt {place} has {right[place]:g} right of {drawn[place]:g} answers.")
    if k > drawn.min():
        raise UserError(f"pass@{k} needs {k} answers to each prompt, and one has {drawn.min():g}.")
    if k > MANY:
        return float(-np.expm1(log_missed(drawn, right, np.full(right.shape, float(k)))).mean())
    left = drawn - np.arange(k)[:, None]  # all wrong: (n - c)(n - c - 1) ... / n(n - 1) ...
    return float((1 - np.maximum(1 - right / left, 0).prod(0)).mean())


@metric(
    unit="classes",
    low=1,
    better="more",
    bias="rises with the answers to each prompt",
    source=NOVELTY,
    **GROUPS,
)
def novelty_classes(classes) -> float:
    """Different answers to a prompt, on average: classes of answers that say the same.

    ``classes`` gives, for each prompt, the class of each of its answers.
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
    """NoveltyBench's published "distinct": the largest number of a class, counted from 0, which is
    the number of classes less one. For comparison with its tables alone."""
    return novelty_classes(classes) - 1


@metric(unit="utility", better="more", needs="scores", bias="none", source=NOVELTY)
def novelty_utility(scores) -> float:
    """What a reader gets who goes on with probability 0.8: sum .8^i s_i / sum .8^i, averaged.

    ``scores`` gives, for each prompt, those of its answers in the order drawn: 0 for an answer that
    says what an earlier one did. In the units of the scores.
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
    """The chance that two answers to one prompt are the same: sum c (c - 1) / n (n - 1), averaged.

    The same pair counts once, so this does not depend on n.
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
    """The chance that two models give the same answer to a prompt: sum p q, averaged.

    ``others`` are the second model's answers to the same prompts, in the same order.
    """
    groups, theirs = _groups(answers), _groups(others)
    if len(groups) != len(theirs):
        raise UserError(f"One model answers {len(groups)} prompts and the other {len(theirs)}.")
    shares = []
    for ours, other in zip(groups, theirs, strict=True):
        said = Counter(other)
        shares.append(sum(said[answer] for answer in ours) / (len(ours) * len(other)))
    return float(np.mean(shares))


def frontier(quality, diversity) -> np.ndarray:
    """(F,) which settings are on the quality-diversity frontier, by falling quality.

    A setting is on it if no other is as good in both and better in one; of two that are the same,
    the first is.
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
    """Area that the frontier of settings (S,), such as temperatures, holds above (0, 0): a setting
    counts only by what no other reaches. Both numbers at least 0, more being better."""
    quality, diversity = _settings(quality, diversity)
    if min(quality.min(), diversity.min()) < 0:
        raise UserError(
            "Quality and diversity must not be negative: measure both from their worst."
        )
    best = frontier(quality, diversity)
    return float((quality[best] * np.diff(diversity[best], prepend=0)).sum())


def _settings(quality, diversity) -> tuple[np.ndarray, np.ndarray]:
    quality, diversity = as_numbers(quality, "quality", 1), as_numbers(diversity, "diversity", 1)
    if len(quality) != len(diversity):
        raise UserError(f"{len(quality)} settings have a quality and {len(diversity)} a diversity.")
    return quality, diversity


def _groups(groups, least: int = 1) -> list[list]:
    if isinstance(groups, str):
        raise UserError("Answers must come as a list of groups, each a list, not as one string.")
    groups = list(groups)
    if not groups:
        raise UserError("There are no answers: give a list of groups, one for each prompt.")
    for place, group in enumerate(groups):
        if isinstance(group, str) or not hasattr(group, "__len__"):
            raise UserError(f"Group {place} must be a list of answers, not {type(group).__name__}.")
        if len(group) < least:
            raise UserError(f"Group {place} has {len(group)} answers; this needs {least} or more.")
    found = [group.tolist() if isinstance(group, np.ndarray) else list(group) for group in groups]
    for place, group in enumerate(found):
        comparable(group, f"An answer of group {place}")
    return found
