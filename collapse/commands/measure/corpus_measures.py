"""Measures of one corpus: counts of equal answers, words, and answers within a prompt."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from collapse.commands.measure import bootstrap
from collapse.commands.measure.tally import Corpus
from collapse.commands.measure.words import ORDERS, Words
from collapse.metrics import counts as metrics
from collapse.stats.estimate import Estimate

TOP = 10  # answers that are shown
SHARES = (1, 4, 25)  # numbers of commonest answers whose share is given
POINTS = 60  # of a curve
GROUPS = 1000  # prompts that are measured one by one
SHUFFLES = 8  # of the answers among the prompts


def measure(corpus: Corpus, texts: list[str], words: Words) -> dict:
    """All measures of a single corpus. Entropies in nats."""
    counts = counts_of(corpus, len(texts))
    found = equal_answers(counts) | {
        "top": top_answers(counts, texts),
        "top_shares": {str(m): metrics.top_share(counts[counts > 0], m) for m in SHARES},
        "words": words.total(counts),
        **{f"distinct_{order}": words.distinct(order, counts) for order in ORDERS},
        "curve": curve(counts),
        "ranks": ranks(counts),
    }
    prompts = 0 if corpus.group is None else len(np.unique(corpus.group))
    if prompts < bootstrap.FEWEST:
        found |= with_intervals(counts, bootstrap.over_answers)
        found["intervals_over"] = "answers"
    if prompts:
        answer, group = _numbered(corpus.answer), _numbered(corpus.group)
        found["prompts"] = within_prompts(answer, group)
        if prompts >= bootstrap.FEWEST:
            resampled = bootstrap.over_prompts(answer, group)
            found |= with_intervals(counts, lambda _: resampled, prompts)
            found["intervals_over"] = "prompts"
            for name, values, most in (
                ("per_prompt_entropy", resampled[:, 2], math.log(max(np.bincount(group)))),
                ("across_prompt_entropy", resampled[:, 0], math.log(corpus.n)),
            ):
                value = found["prompts"][name].value
                found["prompts"][name] = bootstrap.interval(value, values, prompts, most=most)
    return found


def counts_of(corpus: Corpus, size: int) -> np.ndarray:
    """(size,) how often each text was given."""
    return np.bincount(corpus.answer, minlength=size)


def _numbered(values: np.ndarray) -> np.ndarray:
    return np.unique(values, return_inverse=True)[1].reshape(-1)


def equal_answers(counts: np.ndarray) -> dict:
    return {
        "n": int(counts.sum()),
        "different": int((counts > 0).sum()),
        "singletons": metrics.singletons(counts),
        "sample_coverage": metrics.sample_coverage(counts),
        "entropy": metrics.entropy(counts),
        "entropy_miller_madow": metrics.miller_madow(counts),
        "entropy_chao_shen": metrics.chao_shen(counts),
        "collision": metrics.collision(counts),
    }


def with_intervals(counts: np.ndarray, resample: Callable, prompts: int | None = None) -> dict:
    """Estimates of the entropy and of the Hill numbers of order 1 and 2; without intervals if all
    answers are equal or all differ, as resampling then never changes them."""
    n = int(counts.sum())
    size = prompts or n
    number, other = (
        Estimate(metrics.hill(counts, order), method="plug-in", n=size) for order in (1, 2)
    )
    if counts.max() not in (1, n):
        resampled = resample(counts)
        number = bootstrap.interval_of_number(number.value, resampled[:, 0], size, n)
        other = bootstrap.interval_of_number(other.value, -np.log(resampled[:, 1]), size, n)
    ends = {name: math.log(getattr(number, name)) for name in ("value", "low", "high")}
    return {"entropy": replace(number, **ends), "effective_number": number, "hill_2": other}


def top_answers(counts: np.ndarray, texts: list[str]) -> list[dict]:
    """The commonest answers; of equally common ones, those that come first."""
    n = int(counts.sum())
    order = np.argsort(-counts, kind="stable")[:TOP]
    return [
        {"text": texts[i], "count": int(counts[i]), "share": float(counts[i] / n)}
        for i in order
        if counts[i]
    ]


def curve(counts: np.ndarray) -> dict[str, list]:
    """U(k), the expected number of different answers among k of them, at points up to n."""
    n = int(counts.sum())
    k = np.unique(np.round(np.geomspace(1, n, POINTS)).astype(np.int64))
    return {"k": k.tolist(), "different": metrics.rarefied(counts, k).tolist()}


def ranks(counts: np.ndarray) -> dict[str, list]:
    """The share of the m commonest answers, at points up to all of them."""
    share = np.cumsum(np.sort(counts[counts > 0])[::-1]) / counts.sum()
    m = np.unique(np.round(np.geomspace(1, len(share), POINTS)).astype(np.int64))
    return {"m": m.tolist(), "share": share[m - 1].tolist()}


def at(counts: np.ndarray, words: Words, m: int, many: int) -> dict:
    """Measures that depend on size, in exact expectation for ``m`` of the answers; distinct-n for
    so many answers that they have about ``many`` words."""
    entropy, n = metrics.rarefied_entropy(counts, m), int(counts.sum())
    enough = min(n, max(1, round(n * many / max(words.total(counts), 1))))
    return {
        "different": float(metrics.rarefied(counts, m)),
        "entropy": entropy,
        "effective_number": math.exp(entropy),
        "hill_2": metrics.rarefied_hill_2(counts, m),
        **{f"distinct_{order}": words.distinct(order, counts, enough) for order in ORDERS},
    }


def within_prompts(answer: np.ndarray, group: np.ndarray) -> dict:
    """Diversity within a prompt and across prompts (Kirk et al. 2024): H(answer | prompt),
    H(answer), and their difference, the mutual information of answer and prompt.

    H(answer | prompt) is at most ``ceiling``, the mean of ln n over prompts of n answers. So the
    difference is not 0 even if prompts do not matter: ``by_chance`` is its value for answers
    shuffled among the prompts."""
    size = np.bincount(group)
    across = metrics.entropy(np.bincount(answer))
    within = _conditional(answer, group, size)
    generator = np.random.default_rng(0)
    shuffled = [
        across - _conditional(generator.permutation(answer), group, size) for _ in range(SHUFFLES)
    ]
    return {
        "prompts": len(size),
        "answers_a_prompt": [int(size.min()), int(size.max())],
        "different_a_prompt": len(_cells(answer, group)[0]) / len(size),
        "per_prompt_entropy": Estimate(within, method="plug-in", n=len(size)),
        "across_prompt_entropy": Estimate(across, method="plug-in", n=len(size)),
        "prompt_information": across - within,
        "by_chance": float(np.mean(shuffled)),
        "ceiling": float(size @ np.log(size) / size.sum()),
        "same_answer": same_within(answer, group),
        "asked_twice": int((size > 1).sum()),
    }


def _cells(answer: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each different answer to a prompt: the prompt, and how often it was given."""
    width = int(answer.max()) + 1
    cells, times = np.unique(group.astype(np.int64) * width + answer, return_counts=True)
    return cells // width, times


def _conditional(answer: np.ndarray, group: np.ndarray, size: np.ndarray) -> float:
    of, times = _cells(answer, group)
    return float(-(times * np.log(times / size[of])).sum() / size.sum()) + 0.0


def same_within(answer: np.ndarray, group: np.ndarray) -> float:
    """The probability that two answers to a prompt are equal, on average over prompts asked
    twice."""
    of, times = _cells(answer, group)
    size = np.bincount(group).astype(float)
    pairs = np.bincount(of, times * (times - 1.0), len(size))
    twice = size > 1
    if not twice.any():
        return float("nan")
    return float((pairs[twice] / (size * (size - 1))[twice]).mean())


def by_prompt(corpus: Corpus, prompts: list[str], texts: list[str]) -> list[dict]:
    """Measures of each prompt, with intervals over its answers; the first ``GROUPS`` prompts."""
    rows = []
    order = np.argsort(corpus.group, kind="stable")
    numbers, starts = np.unique(corpus.group[order], return_index=True)
    parts = np.split(corpus.answer[order], starts[1:])
    for number, part in list(zip(numbers, parts, strict=True))[:GROUPS]:
        which, counts = np.unique(part, return_counts=True)
        about = equal_answers(counts) | with_intervals(counts, bootstrap.over_answers)
        common = int(which[counts.argmax()])
        about |= {"top": {"text": texts[common], "share": float(counts.max() / counts.sum())}}
        rows.append({"prompt": prompts[number]} | about)
    return rows
