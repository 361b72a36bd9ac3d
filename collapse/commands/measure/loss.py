"""The loss of diversity from one model to another, split into wrong answers removed and right
answers narrowed."""

import numpy as np

from collapse.commands.measure import bootstrap
from collapse.commands.measure.tally import Corpus
from collapse.metrics.formulas import diversity_loss
from collapse.report.numbers import estimate
from collapse.stats.estimate import Estimate

PARTS = ("wrong_removed", "right_narrowed", "wrong_narrowed")
TOLD = 5  # corpora whose loss is told in a sentence


def losses(corpora: list[Corpus]) -> dict | None:
    """The loss of every corpus ``to`` which the model changed ``since`` the first: how much less
    often two answers to a prompt differ (``lost``), and its parts, on average over the prompts that
    all corpora were asked twice with answers known to be right or wrong. Chances of pairs are
    unbiased by the number of answers. None without such prompts."""
    if any(corpus.group is None for corpus in corpora):
        return None
    width = max(int(corpus.group.max()) for corpus in corpora) + 1
    pairs = [_pairs(corpus, width) for corpus in corpora]
    shared = np.isfinite(np.stack(pairs)).all((0, 1))
    if not shared.any():
        return None
    before, *others = (each[:, shared] for each in pairs)
    found = {
        corpus.name: _estimates(diversity_loss(before, after))
        for corpus, after in zip(corpora[1:], others, strict=True)
    }
    return {"since": corpora[0].name, "prompts": int(shared.sum()), "to": found}


def _pairs(corpus: Corpus, width: int) -> np.ndarray:
    """(4, ``width``) chances that two answers to a prompt are both right, both wrong, equal and
    right, equal and wrong; NaN where a prompt has fewer than two answers."""
    known = corpus.right >= 0
    prompt, right = corpus.group[known], corpus.right[known] == 1
    n = np.bincount(prompt, minlength=width).astype(float)
    kinds = [np.bincount(prompt[k], minlength=width) for k in (right, ~right)]
    rows = np.stack([prompt, corpus.answer[known], right], 1)
    cells, times = np.unique(rows, axis=0, return_counts=True)
    twice, ok = times * (times - 1), cells[:, 2] == 1
    equal = [np.bincount(cells[k, 0], twice[k], width) for k in (ok, ~ok)]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.stack([k * (k - 1.0) for k in kinds] + equal) / (n * (n - 1))


def _estimates(parts: np.ndarray) -> dict[str, Estimate]:
    """The means over prompts of the parts (3, P), with intervals if there are enough prompts."""
    every = np.concatenate([parts.sum(0, keepdims=True), parts])
    n = every.shape[1]
    drawn = np.random.default_rng(0).integers(0, n, (bootstrap.RESAMPLES, n))
    found = {}
    for name, values in zip(("lost", *PARTS), every, strict=True):
        if n < bootstrap.FEWEST:
            found[name] = Estimate(float(values.mean()), method="mean", n=n)
        else:
            resampled = values[drawn].mean(1)
            found[name] = bootstrap.interval(float(values.mean()), resampled, n, -1.0, 1.0)
    return found


def loss_notes(found: dict | None) -> list[str]:
    """A sentence for each corpus."""
    if not found:
        return []
    return [
        f"Two answers of {name} to a prompt differ less often than two of {found['since']} by "
        f"{estimate(of['lost'])}: {estimate(of['wrong_removed'])} as wrong answers are removed, "
        f"{estimate(of['right_narrowed'])} as right answers are narrowed, "
        f"{estimate(of['wrong_narrowed'])} as wrong answers are."
        for name, of in list(found["to"].items())[:TOLD]
    ]
