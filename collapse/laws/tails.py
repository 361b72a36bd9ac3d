"""Heavy tails: scaling laws of a memorising learner (the Hutter memory).

The Hutter memory (Hutter 2021) is right about an item if and only if the item was among its T
training rows; Dohmatob et al. (2024), A Tale of Tails, train it on other memories' samples. The
test error is the truth's probability of items that are not in the memory. Truths are power laws p_i
~ i^-b.
"""

import numpy as np
from scipy.special import gamma, gammaln, xlog1py, xlogy, zeta

from collapse.laws.categorical import binomial_rows
from collapse.laws.survival import survival_rates


def power_law(size: int, exponent: float, shift: float = 0.0) -> np.ndarray:
    """(size,) p_i ~ (i + shift)^-exponent, i = 1..size: Zipf, or Mandelbrot with a shift."""
    p = (np.arange(1, size + 1) + shift) ** -float(exponent)
    return p / p.sum()


def memory_error(p: np.ndarray, q: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """E[test error] of a memory of T ``rows`` from q, tested on p: sum p_i (1 - q_i)^T, exact
    (Dohmatob et al. 2024, sec. 2); shape of rows."""
    rows = np.asarray(rows, float)
    log = np.log1p(-np.asarray(q, float))
    return np.array([p @ np.exp(count * log) for count in rows.ravel()]).reshape(rows.shape)


def cut_tail(p: np.ndarray, kept: int) -> np.ndarray:
    """(K,) the first ``kept`` outcomes of p, renormalised: what a top-k or top-p generator says."""
    q = np.where(np.arange(len(p)) < kept, p, 0)
    return q / q.sum()


def tail_mass(p: np.ndarray, kept: int) -> float:
    """The error floor of every memory trained behind a cut: sum of p beyond the first ``kept``.

    About kept^-(b - 1) / ((b - 1) zeta(b)) (Dohmatob et al. 2024, Theorem 2.1, with its constant).
    """
    return float(np.sum(p[kept:]))


def mixed(p: np.ndarray, q: np.ndarray, share: float) -> np.ndarray:
    """(K,) training data of which a ``share`` is real and the rest from q, each row at random."""
    return share * np.asarray(p) + (1 - share) * np.asarray(q)


def scaling_exponent(exponent: float, trained: float | None = None) -> float:
    """(b - 1) / b', the power of T that the error falls with; c = 1 - 1/b if the data are the
    truth's (b' = b) (Dohmatob et al. 2024, Theorem 2.1 and Corollary 2.3).

    A temperature tau < 1 narrows: q ~ p^(1 / tau) has the larger exponent b' = b / tau, and the
    error falls more slowly. (The paper's text says tau > 1 and b' < b; its formula stands.)
    """
    return (exponent - 1) / (exponent if trained is None else trained)


def scaling_error(rows: np.ndarray, exponent: float, trained: float | None = None) -> np.ndarray:
    """The test error on endless supports to leading order, with its constant:

    Gamma(a) / (zeta(b) b') (T / zeta(b'))^-a with a = (b - 1) / b'. derived: with exp(-T q) in
    place of (1 - q)^T, the sum over i is the integral of x^-b / zeta(b) exp(-T x^-b' / zeta(b')),
    which u = T x^-b' / zeta(b') turns into a Gamma function. For b' = b that sum is within
    3 / (e T) of it, as its terms rise once to 1 / (e T) and fall; an error O(1/T).
    """
    narrowed = exponent if trained is None else trained
    a = (exponent - 1) / narrowed
    scale = np.asarray(rows, float) / zeta(narrowed)
    return gamma(a) / (zeta(exponent) * narrowed) * scale**-a


def effective_cut(rows: float, exponent: float) -> float:
    """The cut whose floor equals the error of a memory of ``rows``: ~ T^(1/b).

    Corollary 2.2 of Dohmatob et al. (2024) with its constant. derived: k^-(b-1) / ((b - 1)
    zeta(b)) = scaling_error gives k = Gamma(1 + c)^(-1/(b-1)) (T / zeta(b))^(1/b), c = 1 - 1/b.
    """
    c = 1 - 1 / exponent
    return float(gamma(1 + c) ** (-1 / (exponent - 1)) * (rows / zeta(exponent)) ** (1 / exponent))


def generation_error(t: np.ndarray, p: np.ndarray, rows: int) -> np.ndarray:
    """E[test error] of the memory of generation t >= 1 under replace with T = ``rows`` items.

    sum p exp(-T p g_t), g_t the survival rates: an upper bound (Suresh et al. 2024), which
    exceeds ``generation_error_exact`` by at most ``generation_error_gap``. Not linear in t, as
    n T^-c of Dohmatob et al. (2024), eq. 13, would have it (a bound): E ~ (T g_t)^-c, g_t ~ 2/t,
    so that the error grows as t^c.
    """
    rates = survival_rates(max(int(np.max(t)), 1))[np.asarray(t, int)]
    with np.errstate(invalid="ignore"):
        errors = [p @ np.exp(-rows * p * rate) if rate < np.inf else 0.0 for rate in rates.ravel()]
    return np.array(errors).reshape(rates.shape)


def generation_error_gap(t: np.ndarray, p: np.ndarray, rows: int) -> np.ndarray:
    """Largest excess of ``generation_error`` over the exact value: sum p min(1, 3 T p^2 + 3 t p)
    exp(-T p g_t), from the two-sided bounds of Suresh et al. (2024)."""
    t = np.asarray(t, int)
    rates = survival_rates(max(int(np.max(t)), 1))
    gaps = []
    for k in t.ravel():
        slack = np.minimum(1, 3 * rows * p**2 + 3 * k * p) if k else np.zeros_like(p)
        gaps.append((p * slack) @ np.exp(-p * (rows * rates[k] if k else 0)))
    return np.array(gaps).reshape(t.shape)


def generation_error_exact(
    p: np.ndarray, rows: int, generations: int, last: int | None = None
) -> np.ndarray:
    """(generations + 1,) E[test error] at t = 0..generations under replace, exact.

    Each generation has T0 = ``rows`` items, but the memory that is tested ``last`` (T0) of them.
    sum_i p_i Binom(T0, p_i) P^(t-2) (1 - j / T0)^T: the count j of an outcome is a binomial
    chain P, and the tested memory lacks it with (1 - j / T0)^T. Memory T0^2, so T0 <= 2000.
    """
    last = rows if last is None else last
    share = np.arange(rows + 1) / rows
    counts = expected_spectrum(p, rows)
    lost = np.where(share < 1, np.exp(xlog1py(last, -share)), 0.0)
    errors, chain = [0.0, float(memory_error(p, p, last))], binomial_rows(share, rows)
    for _ in range(2, generations + 1):
        errors.append(float(counts @ lost))
        lost = chain @ lost
    return np.array(errors[: generations + 1])


def expected_spectrum(p: np.ndarray, rows: int, block: int = 4096) -> np.ndarray:
    """(rows + 1,) sum_i p_i Binom(rows, p_i)(j): the truth's mass of what is seen j times."""
    falling, spectrum = np.sort(p)[::-1], np.zeros(rows + 1)
    for start in range(0, len(p), block):
        part = falling[start : start + block]
        mean = part[0] * rows
        most = min(
            rows, int(mean + 10 * mean**0.5 + 30)
        )  # the probability beyond it is below 1e-16
        spectrum[: most + 1] += part @ binomial_rows(part, rows, most)
    return spectrum


def mean_deviation(n: np.ndarray, p: np.ndarray) -> np.ndarray:
    """E|X / n - p| of X ~ Binomial(n, p), exact, broadcast; n >= 1.

    2 (1 - p) v C(n, v) p^v (1 - p)^(n - v) / n with v = floor(n p) + 1 (de Moivre 1730).
    """
    n, p = np.broadcast_arrays(np.asarray(n, float), np.asarray(p, float))
    v = np.minimum(np.floor(n * p) + 1, n)
    log = gammaln(n + 1) - gammaln(v + 1) - gammaln(n - v + 1) + xlogy(v, p) + xlog1py(n - v, -p)
    return 2 * (1 - p) * v * np.exp(log) / n


def row_variation(p: np.ndarray, n: int) -> float:
    """E[total variation] of the frequencies of n draws from p (K,), exact: half the sum of
    the outcomes' mean deviations. O(n^-min(c, 1/2)) for power laws (Dohmatob et al. 2024)."""
    return 0.5 * float(mean_deviation(n, p).sum())


def bigram_variation(
    p: np.ndarray, context: np.ndarray, rows: int, unseen: np.ndarray
) -> np.ndarray:
    """(V,) E[total variation] of each row of a table fitted to ``rows`` pairs, exact, t = 1.

    p (V, V) true conditionals, context (V,) the chance of each context, ``unseen`` (V, V) what
    the table says of contexts it never met. Enumerates the number of times a context is met,
    Binomial(rows, context).
    """
    met = np.arange(1, rows + 1)
    chance = binomial_rows(context, rows)
    variation = chance[:, 0] * 0.5 * np.abs(unseen - p).sum(1)
    for i, row in enumerate(p):
        values, repeats = np.unique(row, return_counts=True)
        variation[i] += chance[i, 1:] @ (0.5 * mean_deviation(met[:, None], values) @ repeats)
    return variation


def bigram_exponent(exponent: float) -> float:
    """c = min(1 - 1/b, 1/2): the total variation of a table of power laws falls as T^-c
    (Dohmatob et al. 2024, Theorem 4.1)."""
    return min(1 - 1 / exponent, 0.5)
