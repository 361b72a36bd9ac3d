"""Categorical chains in closed form: haploid Wright-Fisher drift under other names.

N items a generation, generation t = 1 the first fit on real data, H = 1 - sum p^2 the
heterozygosity.
"""

import numpy as np
from scipy.special import gammaln


def replace_heterozygosity(t: np.ndarray, n: int, h0: float = 1.0) -> np.ndarray:
    """E[H_t] under replace: H_0 (1 - 1/N)^t, exact (Wright 1931; Seddik et al. 2024)."""
    return h0 * (1 - 1 / n) ** np.asarray(t, float)


def accumulate_heterozygosity(t: np.ndarray, n: int, h0: float = 1.0) -> np.ndarray:
    """E[H_t] under accumulate: H_0 prod_{k=1..t} (1 - 1 / (n k^2)), exact: a Polya urn fed n at
    a time. The same factors as the Gaussian variance, as both are pairwise functionals."""
    k = np.arange(1, int(np.max(t)) + 1)
    product = np.concatenate([[1.0], np.cumprod(1 - 1 / (n * k**2))])
    return h0 * product[np.asarray(t, int)]


def replace_support(p: np.ndarray, n: int, generations: int) -> np.ndarray:
    """E[number of outcomes left] at t = 0..generations under replace, exact.

    The count of one outcome is a Markov chain on 0..n with binomial transitions; an outcome of
    probability p is present at t with 1 - [Binom(n, p) P^{t-1}]_0. Costs n^2 memory: n <= 2000.
    """
    j = np.arange(n + 1)
    log_choose = gammaln(n + 1) - gammaln(j + 1) - gammaln(n - j + 1)

    def binomial(q):
        with np.errstate(divide="ignore", invalid="ignore"):
            log = log_choose + np.where(j == 0, 0, j * np.log(q)[:, None])
            log = log + np.where(j == n, 0, (n - j) * np.log1p(-q)[:, None])
        return np.where(np.isnan(log), 0, np.exp(log))

    p = np.asarray(p, float)[np.asarray(p) > 0]
    transition = binomial(j / n)
    counts, expected = binomial(p), [float(len(p))]
    for _ in range(generations):
        expected.append(float((1 - counts[:, 0]).sum()))
        counts = counts @ transition
    return np.array(expected)
