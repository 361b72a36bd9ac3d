"""pass@k in closed form, and the crossing of two models' pass@k curves.

A problem is solved with its own probability p in each independent answer.
"""

import numpy as np
from scipy.optimize import brentq
from scipy.special import betaln
from scipy.stats import binom


def pass_rate(p, k) -> np.ndarray:
    """(..., k) mean over problems of 1 - (1 - p)^k, exact; p (problems,), k any shape."""
    p, k = np.asarray(p, float), np.asarray(k, float)
    return -np.expm1(k[..., None] * np.log1p(-np.minimum(p, 1 - 1e-16))).mean(-1)


def beta_pass_rate(a: float, b: float, k) -> np.ndarray:
    """The same for p ~ Beta(a, b): 1 - B(a, b + k) / B(a, b), exact (derived)."""
    return -np.expm1(betaln(a, b + np.asarray(k, float)) - betaln(a, b))


def crossing(first: tuple[float, float], second: tuple[float, float]) -> float:
    """k at which the pass@k curves of p ~ Beta(*first) and Beta(*second) cross, between 1 and
    10^6; NaN where they do not. A rise of pass@1 that puts more problems near 0 is paid for there
    (Yue et al. 2025)."""

    def gap(log_k):
        k = np.exp(log_k)
        return float(beta_pass_rate(*second, k) - beta_pass_rate(*first, k))

    ends = (1e-9, np.log(1e6))
    if gap(ends[0]) * gap(ends[1]) > 0:
        return float("nan")
    return float(np.exp(brentq(gap, *ends)))


def beta_of_pass_rates(rates: tuple[float, float], ks: tuple[int, int]) -> tuple[float, float]:
    """The Beta distribution whose pass@k at two k is as given: (a, b)."""

    # At k = 1 the rate is a / (a + b): b follows from a, and one root is left.
    if ks[0] != 1:
        raise ValueError("the first k must be 1")
    odds = 1 / rates[0] - 1
    a = brentq(lambda log_a: _gap(np.exp(log_a), odds, rates[1], ks[1]), -12, 8)
    return float(np.exp(a)), float(np.exp(a) * odds)


def _gap(a: float, odds: float, rate: float, k: int) -> float:
    return float(beta_pass_rate(a, a * odds, k)) - rate


def refit_pass_rate(p, items: int, k: int) -> float:
    """E[pass@k] of a table refitted to ``items`` answers, each to a problem drawn at random of
    those with success rates ``p``; exact.

    derived: a problem is asked m times by Binomial(items, 1 / problems) and solved c times by
    Binomial(m, p); its rate becomes c / m, or stays if it was not asked.
    """
    p = np.asarray(p, float)
    counts = np.arange(items + 1)
    chance = binom.pmf(counts, items, 1 / len(p))
    seen = counts[chance > 1e-13]
    total = np.zeros(len(p))
    for m in seen:
        if m == 0:
            total += chance[0] * -np.expm1(k * np.log1p(-p))
            continue
        c = np.arange(m + 1)
        solved = 1 - (1 - c / m) ** k
        total += chance[m] * (binom.pmf(c[:, None], m, p) * solved[:, None]).sum(0)
    return float(total.mean())


def rewarded_pass_rates(p, items: int, group: int, rate: float, generations: int, k) -> np.ndarray:
    """(generations, ks) E[pass@k] of a table that is refitted every generation to ``items``
    answers of its own, right ones weighing e^rate times as much as wrong ones; exact to 1e-6.

    Generation 1 is fitted to real answers, each to a problem drawn at random of those with success
    rates ``p``; later ones to answers in groups of ``group`` to one such problem. A problem that
    was solved c times of m then has the rate e^rate c / (e^rate c + m - c), and keeps the rate it
    has where it was not asked: the rates are a Markov chain on those of all (m, c) (derived). What
    is lost, c = 0, stays lost.
    """
    p, k = np.asarray(p, float), np.asarray(k, float)
    odds, problems = np.exp(rate), len(p)
    one_each, chance = _times_drawn(items, 1, problems)
    states = [(p, np.full(problems, chance[0] / problems))]
    for m, chance_m in zip(one_each[1:], chance[1:], strict=True):
        solved = np.arange(m + 1)
        states.append((solved / m, chance_m * binom.pmf(solved[:, None], m, p).mean(1)))
    rates, mass = (np.concatenate(x) for x in zip(*states, strict=True))
    rates, mass = rates[mass > 1e-10], mass[mass > 1e-10]
    in_groups, chance = _times_drawn(items // group, group, problems)
    later = [np.arange(m + 1) for m in in_groups[1:]]
    new = np.concatenate([odds * c / (odds * c + (c[-1] - c)) for c in later])

    def moved(rates):
        both = zip(chance[1:], later, strict=True)
        return [x * binom.pmf(c, c[-1], rates[:, None]) for x, c in both]

    first = np.concatenate([mass @ step for step in moved(rates)])
    again = np.concatenate(moved(new), axis=1)
    pass_rates, fresh = [_passes(rates, mass, k)], np.zeros(len(new))
    for _ in range(1, generations):
        fresh = first + fresh @ again + chance[0] * fresh
        first, mass = first * chance[0], mass * chance[0]
        pass_rates.append(_passes(rates, mass, k) + _passes(new, fresh, k))
    return np.array(pass_rates)


def _times_drawn(draws: int, each: int, problems: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of times that one of ``problems`` is drawn in ``draws`` draws of ``each`` answers,
    from 0 on, and their probabilities."""
    times = np.arange(draws + 1)
    chance = binom.pmf(times, draws, 1 / problems)
    likely = (chance > 1e-10) | (times == 0)
    return times[likely] * each, chance[likely]


def _passes(rates: np.ndarray, mass: np.ndarray, k: np.ndarray) -> np.ndarray:
    """(ks,) the mean of 1 - (1 - p)^k over rates p of that mass."""
    return -np.expm1(k[:, None] * np.log1p(-np.minimum(rates, 1 - 1e-16))) @ mass
