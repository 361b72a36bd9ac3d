"""Gaussian chains in closed form: what must happen to mean and variance.

n items a generation, generation t = 1 the first fit on real data from N(0, s^2), s^2 = 1 unless
scaled. The scatter of a fit over its ddof is s^2 chi^2_{n-1} / (n - ddof) given the model before.
"""

import numpy as np
from scipy.special import digamma, gammaln, polygamma


def replace_variance(t: np.ndarray, n: int, ddof: int = 0) -> np.ndarray:
    """E[var_t] / var_0 under replace: ((n - 1) / (n - ddof))^t, exact.

    ddof = 0: (1 - 1/n)^t (Kazdan et al. 2025); ddof = 1: constant (Shumailov et al. 2024). A mean
    of heavy tails: over many generations compare logarithms instead.
    """
    return ((n - 1) / (n - ddof)) ** np.asarray(t, float)


def replace_log_variance(t: np.ndarray, n: int, ddof: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of ln(var_t / var_0) under replace, exact: a random walk.

    Each step adds ln(chi^2_nu / (n - ddof)), nu = n - 1, whose mean is psi(nu / 2) + ln 2 -
    ln(n - ddof) and whose variance is psi'(nu / 2).
    """
    t, half = np.asarray(t, float), (n - 1) / 2
    step = digamma(half) + np.log(2) - np.log(n - ddof)
    return t * step, t * polygamma(1, half)


def replace_w2_squared(t: np.ndarray, n: int) -> np.ndarray:
    """E[W2^2(truth, model_t)] / var_0 under replace, ddof = 1, one dimension, exact.

    E[(mean_t)^2] = t / n, and E[sd_t] = c^t with c = sqrt(2 / (n - 1)) Gamma(n / 2) /
    Gamma((n - 1) / 2), so that E[(sd_t - 1)^2] = 2 (1 - c^t). Shumailov et al. (2024), eq. 4,
    give the leading order (3 / 2) t / n.
    """
    t = np.asarray(t, float)
    log_c = 0.5 * np.log(2 / (n - 1)) + gammaln(n / 2) - gammaln((n - 1) / 2)
    return t / n + 2 * (1 - np.exp(t * log_c))


def accumulate_variance(t: np.ndarray, n: int) -> np.ndarray:
    """E[var_t] / var_0 under accumulate with ddof = 0, exact: prod_{k=1..t} (1 - 1 / (n k^2)).

    Kazdan et al. (2025), Lemma 3; tends to sin(pi / sqrt n) / (pi / sqrt n). Derivation: given
    pooled moments (m, s^2) of N = n (k - 1) rows, n new ones add (n - 1) s^2 within and
    (N / k) s^2 / N between, over n k rows.
    """
    last = int(np.max(t))
    k = np.arange(1, last + 1)
    product = np.concatenate([[1.0], np.cumprod(1 - 1 / (n * k**2))])
    return product[np.asarray(t, int)]
