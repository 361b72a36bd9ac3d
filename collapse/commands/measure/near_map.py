"""The map of models against models where near texts count as the same answer: beside the exact one,
at the thresholds of ``sameness.py``."""

from collections.abc import Callable

import numpy as np

from collapse.commands.measure.bootstrap import FEWEST
from collapse.commands.measure.sameness import STATED, THRESHOLDS, near_clusters
from collapse.metrics.agreement import Answers, collisions
from collapse.report.numbers import estimate

MOST = 20_000  # answers that are compared


def near_map(given: Answers, texts: list[str], ensemble: Callable[[Answers], dict | None]) -> dict:
    """For each threshold the probabilities that answers to a prompt are near, within and across
    models, and ``ensemble`` of them. Near texts are clusters over all models together.

    Args:
        given: the answers, as numbers of ``texts``.
    """
    kept = _some(given)
    model, prompt, answer = (each[kept] for each in given)
    prompt = np.unique(prompt, return_inverse=True)[1]
    which, answer = np.unique(answer, return_inverse=True)
    near = near_clusters([texts[i] for i in which])
    swept = []
    for threshold, cluster in zip(THRESHOLDS, near.clusters, strict=True):
        same = Answers(model, prompt, cluster[answer])
        rows = collisions(same)
        swept.append(
            {"threshold": threshold, "collision": rows.tolist(), "ensemble": ensemble(same)}
        )
    return {"answers": len(model), "method": near.method, "stated": STATED, "thresholds": swept}


def _some(given: Answers) -> np.ndarray:
    """Indices of up to ``MOST`` answers: whole prompts, at random; of a longer prompt a part."""
    n, prompts = len(given.model), int(given.prompt.max()) + 1
    if n <= MOST:
        return np.arange(n)
    generator = np.random.default_rng(0)
    chosen = generator.permutation(prompts)[: max(1, prompts * MOST // n)]
    kept = np.flatnonzero(np.isin(given.prompt, chosen))
    if len(kept) > MOST:
        kept = np.sort(generator.choice(kept, MOST, replace=False))
    return kept


def at_stated(found: dict) -> dict:
    """The entry of the threshold that tables show."""
    return next(one for one in found["thresholds"] if one["threshold"] == found["stated"])


def notes(found: dict, answers: int) -> list[str]:
    """A note if not all ``answers`` were compared, and what near texts add, if the
    models share enough prompts."""
    sentences = []
    if found["answers"] < answers:
        sentences.append(
            f"Near answers of models are of {found['answers']:,} answers, to prompts drawn at "
            "random."
        )
    both = at_stated(found)["ensemble"]
    if both and both["prompts"] >= FEWEST:
        within, across = (estimate(both[name]) for name in ("within", "across"))
        sentences.append(
            f"If near texts (a Jaccard index of {found['stated']:g}) count as the same, answers to "
            f"a prompt are equal with probability {within} within a model and {across} across "
            f"models, over {both['prompts']:,} prompts."
        )
    return sentences
