"""Survival of what can only be lost: Poisson rates, Bernoulli parameters, tokens, documents.

n items per generation; t = 0 is the truth, t = 1 the first fit on real data. All laws here follow
from one recursion, that of a branching process with Poisson(1) children.
"""

import numpy as np


def survival_rates(last: int) -> np.ndarray:
    """(last + 1,) g_0 = inf, g_1 = 1, g_{t+1} = 1 - exp(-g_t) (Suresh et al. 2024).

    1 - exp(-g_t) is the chance that a branching process with Poisson(1) children is alive t
    generations after its one founder; 1/t <= g_t <= 3/t, and t g_t -> 2.
    """
    rates = np.full(last + 1, np.inf)
    for t in range(last):
        rates[t + 1] = -np.expm1(-rates[t])
    return rates


def survival_rate(t: np.ndarray) -> np.ndarray:
    """g_t for whole generations t >= 0; shape of t."""
    t = np.asarray(t, int)
    return survival_rates(int(np.max(t)))[t]


def poisson_survival(t: np.ndarray, n: int, rate: float) -> np.ndarray:
    """P(rate_t > 0) of a Poisson model fitted by its mean under replace, exact.

    1 - exp(-n rate_0 g_t) (Suresh et al. 2024). Derivation: the sum of a generation's n counts is
    Poisson of the sum before, so the sums are a branching process with Poisson(1) children, begun
    by Poisson(n rate_0) founders.
    """
    return -np.expm1(-n * rate * survival_rate(t))


def poisson_moments(t: np.ndarray, n: int, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of rate_t under replace, exact: rate_0 and t rate_0 / n.

    derived: E[rate_t | rate_{t-1}] = rate_{t-1}, and its variance given it is rate_{t-1} / n.
    """
    t = np.asarray(t, float)
    return np.full(t.shape, float(rate)), t * rate / n


def token_survival(t: np.ndarray, n: int, p: np.ndarray) -> np.ndarray:
    """(shape of t, then of p) 1 - exp(-n p g_t), a lower bound on the chance that an outcome of
    probability p is left at t under replace (Suresh et al. 2024).

    The exact chance is ``categorical.survival``; this one needs no n by n matrix. It is a bound
    since (1 - x)^n <= exp(-n x) in every step of the backward recursion.
    """
    rate = survival_rate(t)
    with np.errstate(invalid="ignore"):
        exponent = np.multiply.outer(rate, n * np.asarray(p, float))
    return -np.expm1(-np.nan_to_num(exponent, nan=0.0, posinf=np.inf))


def token_survival_bound(t: np.ndarray, n: int, p: np.ndarray) -> np.ndarray:
    """(shape of t, then of p) an upper bound on the same chance (Suresh et al. 2024):

    1 - (1 - 3 n p^2 - 3 t p) exp(-n p g_t), at most 1; useful where n p^2 and t p are small.
    """
    t, p = np.asarray(t, float), np.asarray(p, float)
    lost = 1 - token_survival(t, n, p)
    room = 1 - 3 * n * p**2 - 3 * np.multiply.outer(t, p)
    return 1 - np.maximum(room, 0) * lost


def distinct_tokens(t: np.ndarray, n: int, p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper bound on E[number of outcomes left] at t under replace: the two above,
    summed over the outcomes p (K,)."""
    return token_survival(t, n, p).sum(-1), token_survival_bound(t, n, p).sum(-1)


def undecided_bounds(t: np.ndarray, n: int, p: float) -> tuple[np.ndarray, np.ndarray]:
    """Bounds on P(0 < p_t < 1) of a Bernoulli model under replace, for t >= 1.

    4 p (1 - p) (1 - 1/n)^t from below and n p (1 - p) (1 - 1/n)^(t-1) from above. Derivation: an
    undecided p_t has 2 (1/n)(1 - 1/n) <= 2 p_t (1 - p_t) <= 1/2, whose mean is 2 p (1 - p)
    (1 - 1/n)^t. Seddik et al. (2024) give the upper bound as 2 n p (1 - p) (1 - 1/n)^t, which
    holds as well (n >= 2) and is wider.
    """
    decay = p * (1 - p) * (1 - 1 / n) ** np.asarray(t, float)
    return 4 * decay, n * decay / (1 - 1 / n)


def distinct_documents(t: np.ndarray, n: int) -> np.ndarray:
    """E[different documents left] at t under replace of n documents, all different at t = 0.

    n (1 - exp(-g_t)) = n g_{t+1}, about 2 n / (t + 2). The Poisson approximation of
    ``alleles.ancestors``, from below: short of it by about a third of a document.
    """
    return n * -np.expm1(-survival_rate(t))
