"""A map of models against models: how often they give the same answer to the same prompt, how often
the same wrong one, and how much more varied all of them together are than one."""

import numpy as np
from scipy.special import stdtrit

from collapse.commands.measure import bootstrap, near_map
from collapse.commands.measure.loss import loss_notes, losses
from collapse.commands.measure.tally import Corpus
from collapse.metrics.agreement import (
    Answers,
    agreement_when_wrong,
    by_prompt,
    chance_when_wrong,
    collisions,
)
from collapse.report.numbers import estimate, number
from collapse.stats.estimate import LEVEL, Estimate

PARTS = 20  # of the prompts, each left out in turn


def model_map(
    corpora: list[Corpus], texts: list[str], column: str | None, options: int | None
) -> dict | None:
    """The map of several corpora; None of a single one. Without prompts in each, all answers are
    taken as answers to one prompt.

    Args:
        texts: of the answers, by their numbers.
        column: that of right answers or of correctness, if there is one.
        options: the number of answers to choose from, if it is known.
    """
    if len(corpora) < 2:
        return None
    numbered = _numbered(corpora)
    given = numbered._replace(answer=np.unique(numbered.answer, return_inverse=True)[1])
    return {
        "names": [corpus.name for corpus in corpora],
        "collision": collisions(given).tolist(),
        "wrong": _wrong(corpora, given, column, options) if column else None,
        "ensemble": _ensemble(given),
        "near": near_map.near_map(numbered, texts, _ensemble),
    }


def _numbered(corpora: list[Corpus]) -> Answers:
    """All answers, by the numbers of their texts."""
    prompted = all(corpus.group is not None for corpus in corpora)
    groups = [corpus.group if prompted else np.zeros(corpus.n, int) for corpus in corpora]
    return Answers(
        np.repeat(np.arange(len(corpora)), [corpus.n for corpus in corpora]),
        np.unique(np.concatenate(groups), return_inverse=True)[1],
        np.concatenate([c.answer for c in corpora]),
    )


def _wrong(corpora: list[Corpus], given: Answers, column: str, options: int | None) -> dict:
    """Agreement when wrong, of the answers that are known to be right or wrong."""
    right = np.concatenate([corpus.right for corpus in corpora])
    known = right >= 0
    # Numbered anew, so that a model without a known answer keeps its place.
    judged = Answers(*(each[known] for each in given))
    wrong = right[known] == 0
    models = len(corpora)
    agreement = _whole(agreement_when_wrong(judged, wrong), models)
    chance = _whole(chance_when_wrong(judged, wrong, options), models)
    pairs = ~np.eye(models, dtype=bool) & np.isfinite(agreement)
    shares = [c.right[c.right >= 0] for c in corpora]
    return {
        "column": column,
        "options": options,
        "answers": int(known.sum()),
        "right": [float(each.mean()) if len(each) else None for each in shares],
        "agreement": agreement.tolist(),
        "chance": chance.tolist(),
        "mean_agreement": float(agreement[pairs].mean()) if pairs.any() else None,
        "mean_chance": float(chance[pairs].mean()) if pairs.any() else None,
        "excess": excess(judged, wrong, options),
        "loss": losses(corpora),
    }


def excess(given: Answers, wrong: np.ndarray, options: int | None) -> Estimate:
    """Agreement when wrong less that by chance, on average over pairs of models: the interval is by
    the jackknife over prompts, which are left out in up to 20 parts (Tukey 1958)."""
    value = _excess(given, wrong, options)
    prompts = np.unique(given.prompt[wrong])
    n = len(prompts)
    if n < bootstrap.FEWEST or not np.isfinite(value):
        return Estimate(value, method="mean", n=n)
    many = min(PARTS, n)
    part = np.random.default_rng(0).permutation(n) % many
    of = np.full(int(given.prompt.max()) + 1, -1)
    of[prompts] = part
    rest = [of[given.prompt] != i for i in range(many)]
    without = [_excess(Answers(*(x[r] for x in given)), wrong[r], options) for r in rest]
    pseudo = many * value - (many - 1) * np.array(without)
    half = float(stdtrit(many - 1, (1 + LEVEL) / 2) * pseudo.std(ddof=1) / np.sqrt(many))
    if not np.isfinite(half):
        return Estimate(value, method="mean", n=n)
    found = Estimate(value, value - half, value + half, LEVEL, "jackknife, t", n)
    return found.within(-1.0, 1.0)


def _excess(given: Answers, wrong: np.ndarray, options: int | None) -> float:
    agreement = agreement_when_wrong(given, wrong)
    over = agreement - chance_when_wrong(given, wrong, options)
    np.fill_diagonal(over, np.nan)
    known = over[np.isfinite(over)]
    return float(known.mean()) if len(known) else float("nan")


def _whole(matrix: np.ndarray, models: int) -> np.ndarray:
    """The matrix (M, M) with the models that the last answers lack."""
    wider = np.full((models, models), np.nan)
    wider[: len(matrix), : len(matrix)] = matrix
    return wider


def notes(found: dict | None, answers: int, flagged: bool) -> list[str]:
    """Notes on effective numbers that exceed the answers given, on near texts of all ``answers``,
    and on the column of right answers. ``flagged``: it says of each answer if it is right."""
    if not found:
        return []
    sentences = _extrapolated(found["ensemble"])
    sentences += near_map.notes(found["near"], answers)
    if not found["wrong"]:
        return sentences
    wrong, what = found["wrong"], "whether an answer is right" if flagged else "the right answer"
    sentences.append(f"Column {wrong['column']!r} is taken for {what}.")
    sentences += loss_notes(wrong["loss"])
    if wrong["mean_agreement"] is not None:
        bound = "" if wrong["options"] else " at most, as --options is not given"
        sentences.append(
            f"If answers of two models are both wrong, they are the same with probability "
            f"{number(wrong['mean_agreement'])} on average over pairs of models; by chance "
            f"{number(wrong['mean_chance'])}{bound}. The difference is "
            f"{estimate(wrong['excess'])}."
        )
    return sentences


def _ensemble(given: Answers) -> dict | None:
    """All models as one, each with the same share, over the prompts that all of them were asked
    twice. Effective numbers are of order 2, 1 over the probability of equal answers, which does not
    depend on the number of answers. ``restored``: how many times that of all together is that of
    one; from 1, if they say the same, to the number of models. None without such a prompt."""
    models = int(given.model.max()) + 1
    size = np.zeros((models, int(given.prompt.max()) + 1))
    np.add.at(size, (given.model, given.prompt), 1)
    shared = np.flatnonzero(size.min(0) > 1)
    if not len(shared):
        return None
    kept = np.isin(given.prompt, shared)
    model, prompt, answer = (each[kept] for each in given)
    within, across = by_prompt(Answers(model, np.searchsorted(shared, prompt), answer))
    n = len(shared)
    drawn = np.random.default_rng(0).integers(0, n, (bootstrap.RESAMPLES, n))
    resampled = _numbers(within[drawn].mean(1), across[drawn].mean(1), models)
    found: dict = {"prompts": n, "most_answers": int(size[:, shared].max())}
    for name, value in _numbers(within.mean(), across.mean(), models).items():
        known = np.isfinite(value) and np.isfinite(resampled[name]).all()
        if n >= bootstrap.FEWEST and known:
            ends = (0.0, 1.0) if name in ("within", "across") else (1.0, np.inf)
            ends = (1.0, float(models)) if name == "restored" else ends
            found[name] = bootstrap.interval(float(value), resampled[name], n, *ends)
        else:
            value = float(value) if np.isfinite(value) else float("nan")
            found[name] = Estimate(value, method="mean", n=n)
    return found


def _numbers(within, across, models: int) -> dict:
    """Numbers of the ensemble from the probabilities of equal answers within and across models."""
    pooled = (within + (models - 1) * across) / models
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "within": within,
            "across": across,
            "effective_number_of_one": 1 / np.asarray(within),
            "effective_number_of_all": 1 / np.asarray(pooled),
            "restored": within / np.asarray(pooled),
        }


def _extrapolated(ensemble: dict | None) -> list[str]:
    value = ensemble["effective_number_of_one"].value if ensemble else np.nan
    if not ensemble or not value > ensemble["most_answers"]:
        return []
    return [
        f"The effective number of one model, {number(value)}, is more than the "
        f"{ensemble['most_answers']} answers that it gave to a prompt: it is 1 over the "
        "probability that two answers are equal, and so of all answers that it might give."
    ]
