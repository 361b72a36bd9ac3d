"""Categorical chains in closed form: haploid Wright-Fisher drift.

n items per generation; t = 0 is the truth, t = 1 the first fit on real data; H = 1 - sum p^2 is the
heterozygosity. An outcome is an allele, and sampling plus refitting is the drift.
"""

import numpy as np
from scipy.special import gammaln, xlog1py, xlogy


def replace_heterozygosity(t: np.ndarray, n: int, h0: float = 1.0) -> np.ndarray:
    """E[H_t] under replace: H_0 (1 - 1/n)^t, exact (Wright 1931; Seddik et al. 2024)."""
    return h0 * (1 - 1 / n) ** np.asarray(t, float)


def fine_tuned_heterozygosity(t: np.ndarray, n: int, prior: float, h0: float = 1.0) -> np.ndarray:
    """E[H_t] if n rows of the last model are fitted together with ``prior`` items' worth of its
    distribution: H_0 (1 - 1/n) (1 - n / (n + prior)^2)^(t - 1) for t >= 1, exact.

    derived: p' = (n q + a p) / (n + a) with q the shares of n draws from p, so that E[p'] = p and
    Var p' = (n / (n + a))^2 p (1 - p) / n; summed over outcomes, E[H'] = H - H n / (n + a)^2. The
    first fit is to n real rows alone: together with itself it stays what it is.
    """
    t = np.asarray(t, float)
    fitted = h0 * (1 - 1 / n) * (1 - n / (n + prior) ** 2) ** (t - 1)
    return np.where(t == 0, h0, fitted)


def restarted_heterozygosity(t: np.ndarray, n: int, prior: float, h0: float = 1.0) -> np.ndarray:
    """E[H_t] where those n rows are fitted together with ``prior`` items' worth of the first fit,
    exact; it tends to H_0 (1 - 1/n) (1 - a^2) / (1 - a^2 (1 - 1/n)), a = n / (n + prior).

    derived: p_t = a q_t + (1 - a) p_1 has mean p_1, given p_1, and summed over outcomes the
    variance v_t = a^2 [v_{t-1} + (H_1 - v_{t-1}) / n], v_1 = 0; H_t = H_1 - v_t.
    """
    share, first = n / (n + prior), h0 * (1 - 1 / n)
    lost = [0.0]  # variance v_t, subtracted from H_1
    for _ in range(int(np.max(t))):
        lost.append(share**2 * (lost[-1] + (1 - lost[-1]) / n))
    t = np.asarray(t, int)
    return np.where(t == 0, h0, first * (1 - np.array(lost)[np.maximum(t - 1, 0)]))


def replace_collision(t: np.ndarray, n: int, s0: float) -> np.ndarray:
    """E[sum p_t^2] under replace: 1 - (1 - S_0)(1 - 1/n)^t, exact (Seddik et al. 2024)."""
    return 1 - replace_heterozygosity(t, n, 1 - s0)


def accumulate_heterozygosity(
    t: np.ndarray, n: int, h0: float = 1.0, batch: int | None = None
) -> np.ndarray:
    """E[H_t] under accumulate, exact: a Polya urn of n real rows fed ``batch`` (n) at a time.

    H_0 prod_{k=1..t} (1 - b_k / N_k^2), N_k = n + (k - 1) batch rows at generation k, of which
    b_k are new (b_1 = N_1 = n). derived: b rows drawn from a pool of N - b with heterozygosity H
    add b(b - 1) H ordered unlike pairs among themselves and 2 b (N - b) H with the old ones,
    so that N^2 H' = [(N - b)^2 + 2 b (N - b) + b (b - 1)] H = (N^2 - b) H. With batch = n the
    factors 1 - 1/(n k^2) are those of a Gaussian's variance (Kazdan et al. 2025, Lemma 3).
    """
    k = np.arange(1, int(np.max(t)) + 1)
    new = np.where(k == 1, n, n if batch is None else batch)
    rows = n + (k - 1) * new
    product = np.concatenate([[1.0], np.cumprod(1 - new / rows.astype(float) ** 2)])
    return h0 * product[np.asarray(t, int)]


def accumulate_limit(n: int, h0: float = 1.0, batch: int | None = None) -> float:
    """The limit of ``accumulate_heterozygosity`` as t grows, exact.

    batch = n: H_0 sin(pi / sqrt n) / (pi / sqrt n). In general, with x = n / batch and s =
    batch^(-1/2), the factors k >= 1 multiply to Gamma(1 + x)^2 / (Gamma(1 + x - s) Gamma(1 + x +
    s)). batch = 1: H_1 n / (n + 1), the heterozygosity of the Dirichlet(counts) that the urn of
    Polya tends to, H_1 the real rows' own.
    """
    batch = n if batch is None else batch
    x, s = n / batch, batch**-0.5
    log = 2 * gammaln(1 + x) - gammaln(1 + x - s) - gammaln(1 + x + s)
    return h0 * (1 - 1 / n) * float(np.exp(log))


def subsample_heterozygosity(t: np.ndarray, n: int, h0: float = 1.0) -> np.ndarray:
    """E[H_t] under accumulate with n rows drawn without replacement from the n t so far, exact.

    H_0 (1 - 1/n) prod_{k=2..t} (1 - (3 n - 1) / (n k (n k - 1))). derived: let G be the chance
    that two different rows of a pool of N are unlike. Two of the subsample are two of the pool:
    E[H] = (1 - 1/n) G, also for two new rows; a new row copies a given old one with chance 1/N,
    and is unlike it with (1 - 1/N) G. Counting unlike pairs among N + n rows,
    (N + n)(N + n - 1) G' = [N (N - 1) + 2 n (N - 1) + (n - 1)^2] G.
    """
    k = np.arange(2, int(np.max(t)) + 1)
    factors = 1 - (3 * n - 1) / (n * k * (n * k - 1.0))
    product = np.concatenate([[1.0, 1 - 1 / n], (1 - 1 / n) * np.cumprod(factors)])
    return h0 * product[np.asarray(t, int)]


def binomial_rows(p: np.ndarray, n: int, most: int | None = None) -> np.ndarray:
    """(K, n + 1) probabilities of 0..n (or 0..most) successes of n, one row for each p (K,)."""
    j, p = np.arange((n if most is None else most) + 1), np.asarray(p, float)[:, None]
    log_choose = gammaln(n + 1) - gammaln(j + 1) - gammaln(n - j + 1)
    return np.exp(log_choose + xlogy(j, p) + xlog1py(n - j, -p))


def survival(p: np.ndarray, n: int, generations: int) -> np.ndarray:
    """(generations + 1, K) P(an outcome of probability p is left at t) under replace, exact.

    Its count is a Markov chain on 0..n with binomial transitions P, and it is left at t >= 1
    with 1 - [Binom(n, p) P^(t-1)]_0. Run backwards from the lost state, so that many outcomes
    cost little more than one. Costs n^2 memory: n <= 2000.
    """
    p = np.asarray(p, float)
    chain, lost = binomial_rows(np.arange(n + 1) / n, n), np.eye(n + 1)[0]
    first, survival_probabilities = binomial_rows(p, n), [np.where(p > 0, 1.0, 0.0)]
    for _ in range(generations):
        survival_probabilities.append(1 - first @ lost)
        lost = chain @ lost
    return np.array(survival_probabilities)


def replace_support(p: np.ndarray, n: int, generations: int) -> np.ndarray:
    """E[number of outcomes left] at t = 0..generations under replace, exact: ``survival`` summed
    over the outcomes p (K,)."""
    return survival(p, n, generations).sum(1)


def fixed_by(p: np.ndarray, n: int, generations: int) -> np.ndarray:
    """(generations + 1, K) P(an outcome of probability p is the only one left at t) under
    replace, exact; tends to p itself, as p_t is a martingale (Wright 1931)."""
    p = np.asarray(p, float)
    return np.where(p > 0, 1 - survival(1 - p, n, generations), 0.0)


def absorption_probability(p: np.ndarray) -> np.ndarray:
    """(K,) probability that the chain ends in each outcome, under replace: p itself, exact.

    p_t is a martingale and ends at 0 or 1 (Wright 1931; Shumailov et al. 2024, section 3).
    """
    return np.asarray(p, float)


def fixation_time(p: float, n: int) -> float:
    """Mean first generation whose fit is a single outcome, two outcomes p and 1 - p, exact.

    1 + Binom(n, p) tau where (I - Q) tau = 1, Q the binomial transitions among counts 1..n-1.
    """
    if p in (0, 1):
        return 0.0
    inner = np.arange(1, n)
    moves = binomial_rows(inner / n, n)[:, 1:n]
    times = np.linalg.solve(np.eye(n - 1) - moves, np.ones(n - 1))
    return 1 + float(binomial_rows(np.array([p]), n)[0, 1:n] @ times)


def fixation_time_diffusion(p: float, n: int) -> float:
    """-2 n [p ln p + (1 - p) ln(1 - p)], the diffusion limit of ``fixation_time`` (Kimura and
    Ohta 1969); relative error O(1/n) away from the ends, where n p must not be small."""
    return float(-2 * n * (xlogy(p, p) + xlogy(1 - p, 1 - p)))
