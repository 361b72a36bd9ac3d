"""Two corpora compared: the difference of each headline number, tested together, and the number of
prompts that a given difference needs.

Prompts are the independent units, not answers. Where the corpora share prompts only these are
compared, each with itself. Means over prompts are compared by Student's t; pooled numbers by the
jackknife over prompts (``differences.py``). Without prompts the units are answers.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from collapse.commands.measure import prompt_values as prompts
from collapse.commands.measure.differences import (
    FEWEST,
    PARTS,
    Design,
    contrast,
    design,
    in_common,
    left_out,
    pseudo,
    ratio,
)
from collapse.commands.measure.prompt_values import PromptValues
from collapse.commands.measure.tally import Corpus
from collapse.commands.measure.words import Words
from collapse.errors import UserError
from collapse.stats.contrasts import Contrast, holm, paired, unpaired
from collapse.stats.estimate import LEVEL


class Headline(NamedTuple):
    """A number of both corpora and its difference, second less first, in logarithms if it is shown
    as a ratio."""

    name: str
    ratio: bool
    method: str
    first: float
    second: float
    contrast: Contrast
    sd: float  # standard error of the difference * sqrt(units in each corpus)
    noise: float  # the part of sd^2 that is sampling of answers to a prompt; NaN if unknown
    df: Callable[[int], float]  # degrees of freedom with so many units


class Comparison(NamedTuple):
    """``design``: how the corpora were compared; ``units`` in the smaller; ``m`` answers to a
    prompt at which numbers that depend on it are compared; the prompts of each that the other lacks
    are ``left`` out."""

    names: tuple[str, str]
    design: Design
    units: int
    m: int | None
    left: tuple[int, int]
    repeat: bool  # whether any two answers of a corpus are equal
    headlines: list[Headline]


def compare(corpora: list[Corpus], words: Words) -> Comparison:
    """Compare two corpora. Raises ``UserError`` unless there are two, of five answers or more."""
    first, second = _two(corpora)
    how, left = design([first, second]), (0, 0)
    if how.paired:
        common = in_common([first, second])
        left = tuple(len(np.unique(c.group)) - len(common) for c in (first, second))
        first, second = (_only(corpus, common) for corpus in (first, second))
        how = design([first, second])
    both, m = [first, second], None
    repeat = any(corpus.n > len(np.unique(corpus.answer)) for corpus in both)
    if how.over == "prompts":
        m = prompts.answers_at(both)
        units = min(len(np.unique(corpus.group)) for corpus in both)
        headlines = _pooled(both, how, words, units, "effective_number") if repeat else []
        headlines += _of_prompts(both, how, words, m if repeat else 1)
        headlines += _pooled(both, how, words, units, "distinct_2")
    else:
        units = min(corpus.n for corpus in both)
        keys = ("effective_number", "collision") if repeat else ()
        keys += ("distinct_2", "words_an_answer")
        headlines = [row for key in keys for row in _pooled(both, how, words, units, key)]
    return Comparison((first.name, second.name), how, units, m, left, repeat, headlines)


def _two(corpora: list[Corpus]) -> list[Corpus]:
    if len(corpora) != 2:
        names = ", ".join(corpus.name for corpus in corpora[:5])
        raise UserError(
            f"--compare needs two sets of answers, and there are {len(corpora)} ({names}). Give two"
            " files, or one file with two models and --group-by."
        )
    few = [corpus for corpus in corpora if corpus.n < FEWEST]
    if few:
        raise UserError(
            f"{few[0].name} holds {few[0].n} answers, and --compare needs at least {FEWEST}."
        )
    return corpora


def _only(corpus: Corpus, common: np.ndarray) -> Corpus:
    """The answers to the prompts ``common``."""
    mine = np.isin(corpus.group, common)
    names = [n for n in ("answer", "group", "classes", "scores") if getattr(corpus, n) is not None]
    return replace(corpus, **{name: getattr(corpus, name)[mine] for name in names})


def _pooled(both: list[Corpus], how: Design, words: Words, units: int, key: str) -> list[Headline]:
    """A number of all answers, by the jackknife."""
    first, second = left_out(both, how.dealt, words, key)
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return []  # distinct-2 of answers of one word
    made = contrast(first, second, how.paired)
    one, two = pseudo(first), pseudo(second)
    spread = (two - one).var(ddof=1) if how.paired else one.var(ddof=1) + two.var(ddof=1)
    sd, logs = math.sqrt(spread * units / len(one)), key == "effective_number"
    ends = (float(x[0]) for x in (first, second))
    noise = math.nan
    if logs and how.over == "prompts":
        noise = sum(_noise_of_entropy(corpus) for corpus in both)
    scale = 1 if how.paired else 2
    values = [math.exp(x) if logs else x for x in ends]
    df = lambda n: scale * (min(PARTS, n) - 1)  # noqa: E731
    return [Headline(key, logs, "jackknife, t", *values, made, sd, noise, df)]


def _noise_of_entropy(corpus: Corpus) -> float:
    """The sampling variance of the pooled entropy over the answers to each prompt, times the number
    of prompts: to first order, an answer of share p adds -ln p."""
    share = np.bincount(corpus.answer)[corpus.answer] / corpus.n
    place = np.unique(corpus.group, return_inverse=True)[1].reshape(-1)
    size = np.bincount(place).astype(float)
    mean = np.bincount(place, -np.log(share)) / size
    squares = np.bincount(place, (-np.log(share) - mean[place]) ** 2)
    many = size > 1
    if not many.any():
        return math.nan
    return float((size * squares / np.maximum(size - 1, 1))[many].sum() * len(size) / corpus.n**2)


def _of_prompts(both: list[Corpus], how: Design, words: Words, m: int) -> list[Headline]:
    """Means over prompts. Without a prompt asked twice, of lengths and scores alone."""
    found = [prompts.cells(corpus) for corpus in both]
    values: dict[str, list[PromptValues]] = {}
    if m > 1:
        values["same_answer"] = [prompts.same_answer(one) for one in found]
        values["different_a_prompt"] = [prompts.different_answers(one, m) for one in found]
        values["per_prompt_entropy"] = [prompts.entropy(one, m) for one in found]
    values["words_an_answer"] = [
        prompts.mean_of(corpus, words.length[corpus.answer].astype(float)) for corpus in both
    ]
    if all(corpus.scores is not None for corpus in both):
        values["score"] = [prompts.mean_of(corpus, corpus.scores) for corpus in both]
    rows = (_mean(name, *pair, how.paired) for name, pair in values.items())
    return [row for row in rows if row is not None]


def _mean(name: str, first: PromptValues, second: PromptValues, pairs: bool) -> Headline | None:
    """The difference of two means over prompts, of prompts where both have a value if they are
    paired; None with fewer than five."""
    known = [np.isfinite(one.value) for one in (first, second)]
    if pairs:
        known = [known[0] & known[1]] * 2
    one, two = (x.value[k] for x, k in zip((first, second), known, strict=True))
    if min(len(one), len(two)) < FEWEST:
        return None
    made = paired(two - one) if pairs else unpaired(one, two)
    spread = (two - one).var(ddof=1) if pairs else one.var(ddof=1) + two.var(ddof=1)
    noise = sum(_mean_of_known(x.noise[k]) for x, k in zip((first, second), known, strict=True))
    ends = float(one.mean()), float(two.mean())
    scale = 1 if pairs else 2
    sd, df = math.sqrt(spread), lambda n: scale * (n - 1)
    return Headline(name, False, "t", *ends, made, sd, noise, df)


def _mean_of_known(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else math.nan


def body(found: Comparison) -> dict:
    """The comparison as it stands in the document."""
    adjusted = holm(np.array([row.contrast.p for row in found.headlines]))
    rows = []
    for row, p in zip(found.headlines, adjusted, strict=True):
        difference = row.contrast.interval(LEVEL, row.method)
        rows.append(
            {
                "name": row.name,
                "scale": "ratio" if row.ratio else "difference",
                "first": row.first,
                "second": row.second,
                "difference": ratio(difference) if row.ratio else difference,
                "p": row.contrast.p,
                "p_together": float(p),
                "differs": bool(p <= 1 - LEVEL),
            }
        )
    return {
        "first": found.names[0],
        "second": found.names[1],
        "over": found.design.over,
        "paired": found.design.paired,
        "prompts_in_common": found.design.shared,
        "left_out": list(found.left),
        "units": found.units,
        "answers_a_prompt": found.m,
        "repeat": found.repeat,
        "together": len(rows),
        "correction": "Holm",
        "headlines": rows,
    }
