"""Right answers at the first and the last step of each prompt: preserved, lost and gained (Wu et
al. 2025, arXiv:2507.14843), and pass@k."""

import numpy as np

from collapse.commands.measure.steps.rollouts import Rollouts
from collapse.metrics.counts import log_missed
from collapse.stats.contrasts import holm, paired
from collapse.stats.estimate import LEVEL
from collapse.stats.intervals import t_interval

FEWEST = 2  # prompts for an interval


def two_ends(found: Rollouts) -> tuple[np.ndarray, np.ndarray]:
    """(n,) whether an answer was given at the first step of its prompt, and whether at its last, of
    prompts that were asked at two steps or more."""
    many = int(found.prompt.max()) + 1
    begin, end = np.full(many, np.inf), np.full(many, -np.inf)
    np.minimum.at(begin, found.prompt, found.step)
    np.maximum.at(end, found.prompt, found.step)
    again = (begin < end)[found.prompt]
    first, last = (found.step == x[found.prompt] for x in (begin, end))
    return first & again, last & again


def support(found: Rollouts) -> dict | None:
    """What became of right answers; None if no prompt was asked at two steps."""
    first, last = two_ends(found)
    if not first.any():
        return None
    right = found.score > found.right
    prompts = np.unique(found.prompt[first])
    drawn, won = (
        [np.bincount(found.prompt[x], minlength=prompts[-1] + 1)[prompts] for x in pair]
        for pair in ((first, last), (first & right, last & right))
    )
    begun, ended = (np.unique(found.step[x]) for x in (first, last))
    return {
        "prompts": len(prompts),
        "first_steps": [float(begun[0]), float(begun[-1])],
        "last_steps": [float(ended[0]), float(ended[-1])],
        "solved": _fates(*won, *drawn),
        "answers": _of_answers(found, first & right, last & right, first, last),
        "pass_at": pass_at(won, drawn),
    }


def _fates(
    before: np.ndarray, after: np.ndarray, n_before: np.ndarray, n_after: np.ndarray
) -> dict:
    """Numbers of things (K,) that came ``before`` times in the first sample and ``after`` times in
    the last: ``lost`` are those only in the first. ``by_chance``: as many are lost, and gained, on
    average if nothing has changed, and both samples are shuffled together."""
    x, n = before + after, n_before + n_after
    lost, gained = (np.exp(log_missed(n, x, size))[x > 0].sum() for size in (n_after, n_before))
    return {
        "preserved": int(((before > 0) & (after > 0)).sum()),
        "lost": int(((before > 0) & (after == 0)).sum()),
        "gained": int(((before == 0) & (after > 0)).sum()),
        "lost_by_chance": float(lost),
        "gained_by_chance": float(gained),
    }


def _of_answers(found: Rollouts, right_first, right_last, first, last) -> dict:
    """Fates of the different right answers to each prompt."""
    width = int(found.answer.max()) + 1
    keys = [
        found.prompt[x].astype(np.int64) * width + found.answer[x]
        for x in (right_first, right_last)
    ]
    cell, place = np.unique(np.concatenate(keys), return_inverse=True)
    if not len(cell):
        return _fates(*(np.zeros(0, int) for _ in range(4)))
    before = np.bincount(place[: len(keys[0])], minlength=len(cell))
    after = np.bincount(place[len(keys[0]) :], minlength=len(cell))
    sizes = [
        np.bincount(found.prompt[x], minlength=found.prompt.max() + 1)[cell // width]
        for x in (first, last)
    ]
    return _fates(before, after, *sizes)


def pass_at(won: list[np.ndarray], drawn: list[np.ndarray]) -> list[dict]:
    """pass@k of the first and of the last step, without bias (Chen et al. 2021), for k = 1, 2, 4,
    .. up to the answers that all prompts have; the difference is paired by prompt."""
    most, rows, k = int(min(each.min() for each in drawn)), [], 1
    while k <= most:
        values = [
            -np.expm1(log_missed(n, c, np.full(n.shape, k)))
            for c, n in zip(won, drawn, strict=True)
        ]
        row = {"k": k, "first": t_interval(values[0]).within(0, 1)}
        row |= {"last": t_interval(values[1]).within(0, 1)}
        if len(values[0]) >= FEWEST:
            contrast = paired(values[1] - values[0])
            row |= {"difference": contrast.interval(LEVEL), "p": contrast.p}
            rows.append(row)
        k *= 2
    for row, p in zip(rows, holm(np.array([row["p"] for row in rows])), strict=True):
        row |= {"p_together": float(p), "differs": bool(p <= 1 - LEVEL)}
    return rows
