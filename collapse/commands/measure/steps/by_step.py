"""Rollouts step by step: score, entropy, and prompts that give no gradient."""

import math

import numpy as np

from collapse.commands.measure.prompt_values import Cells, answers_at, cells, entropy, mean_of
from collapse.commands.measure.steps.rollouts import Rollouts
from collapse.commands.measure.tally import Corpus
from collapse.stats.estimate import Estimate
from collapse.stats.intervals import t_interval
from collapse.stats.proportions import share


def corpora_of(found: Rollouts) -> list[Corpus]:
    """The answers of each step, with the scores."""
    order = np.argsort(found.step, kind="stable")
    steps, start = np.unique(found.step[order], return_index=True)
    corpora = []
    for step, mine in zip(steps, np.split(order, start[1:]), strict=True):
        answer, prompt = found.answer[mine], found.prompt[mine]
        corpora.append(Corpus(f"{step:g}", answer, prompt, scores=found.score[mine]))
    return corpora


def by_step(found: Rollouts, corpora: list[Corpus]) -> tuple[list[dict], int]:
    """The numbers of each step, and the answers to a prompt at which entropies are compared.
    Entropies are in nats; means are over prompts."""
    m, rows = answers_at(corpora), []
    least, most = limits(found.score)
    steps, place = np.unique(found.step, return_inverse=True)
    logged = None
    if found.entropy is not None:
        logged = np.bincount(place, found.entropy) / np.bincount(place)
    for i, (step, corpus) in enumerate(zip(steps, corpora, strict=True)):
        of = cells(corpus)
        within = t_interval(entropy(of, m).value) if m > 1 else Estimate()
        rows.append(
            {
                "step": float(step),
                "answers": corpus.n,
                "prompts": len(of.prompt),
                "score": t_interval(mean_of(corpus, corpus.scores).value).within(least, most),
                "entropy": within.within(0, math.log(m)),
                "logged_entropy": None if logged is None else float(logged[i]),
                **without_gradient(corpus, of, found.right),
            }
        )
    return rows, m


def limits(score: np.ndarray) -> tuple[float, float]:
    """The range of possible scores, where those seen tell it: 0 to 1, or -1 to 1."""
    if score.max() > 1 or score.min() < -1:
        return -math.inf, math.inf
    return (0.0, 1.0) if score.min() >= 0 else (-1.0, 1.0)


def without_gradient(corpus: Corpus, of: Cells, right: float) -> dict:
    """The share of prompts whose answers all have one score, of those with two answers or more, and
    the shares whose answers are all right and all wrong. Advantages relative to the group (GRPO,
    RLOO) are then 0."""
    place = np.unique(corpus.group, return_inverse=True)[1].reshape(-1)
    least, most = np.full(len(of.size), np.inf), np.full(len(of.size), -np.inf)
    np.minimum.at(least, place, corpus.scores)
    np.maximum.at(most, place, corpus.scores)
    several = of.size > 1
    if not several.any():
        return {"no_gradient": Estimate(), "all_right": math.nan, "all_wrong": math.nan}
    equal, least = (least == most)[several], least[several]
    return {
        "no_gradient": share(equal.astype(float)),
        "all_right": float((equal & (least > right)).mean()),
        "all_wrong": float((equal & (least <= right)).mean()),
    }
