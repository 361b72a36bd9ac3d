"""Temperature and power sampling over generations, without sampling noise (Marchi et al. 2024).

Infinitely many items a generation: generation 1 fits the truth exactly, and each later one what
the one before said at a temperature T (p -> p^(1/T) / Z) or a power a (p -> p^a / Z). Repeated
they compound: p_t ~ p_0^(e_t) with e_t = (a / T)^(t - 1).
"""

import numpy as np


def tempered_exponent(t: np.ndarray, temperature: float = 1.0, power: float = 1.0) -> np.ndarray:
    """e_t = (power / temperature)^(t - 1) for t >= 1, and 1 at t = 0.

    derived: (p^x / Z)^y ~ p^(x y). It is 1 for good on the neutral line T = power, where a
    flattening temperature undoes a sharpening power; else it goes to 0 or to infinity, doubly
    exponentially in the odds p_i / p_j.
    """
    t = np.asarray(t, float)
    return (power / temperature) ** np.maximum(t - 1, 0)


def tempered(
    p: np.ndarray, t: np.ndarray, temperature: float = 1.0, power: float = 1.0
) -> np.ndarray:
    """(shape of t, K) the model of generation t, exact; outcomes of p = 0 stay at 0."""
    exponent = tempered_exponent(t, temperature, power)
    p = np.asarray(p, float)
    with np.errstate(divide="ignore"):
        odds = np.log(p / p.max())  # 0 for the most probable outcomes, for every exponent
    q = np.exp(np.multiply.outer(exponent, np.where(p > 0, odds, 0))) * (p > 0)
    return q / q.sum(-1, keepdims=True)


def tempered_entropy(
    p: np.ndarray, t: np.ndarray, temperature: float = 1.0, power: float = 1.0
) -> np.ndarray:
    """(shape of t) entropy of the model of generation t in nats, exact.

    Rises or falls monotonically: its derivative in the exponent e is -e Var[ln p] under p^e / Z.
    """
    q = tempered(p, t, temperature, power)
    return -np.where(q > 0, q * np.log(np.where(q > 0, q, 1)), 0).sum(-1)


def tempered_limit(p: np.ndarray, temperature: float = 1.0, power: float = 1.0) -> np.ndarray:
    """(K,) where it ends: uniform on the support (T > power), uniform on the likeliest outcomes
    (T < power), or where it began (T = power) (Marchi et al. 2024)."""
    p = np.asarray(p, float)
    if temperature == power:
        return p
    ends = p > 0 if temperature > power else p == p.max()
    return ends / ends.sum()


def tempered_variance(t: np.ndarray, temperature: float = 1.0, power: float = 1.0) -> np.ndarray:
    """var_t / var_0 of a Gaussian under the same map: (T / power)^(t - 1), exact, as the power e
    of a normal density is a normal density of variance 1 / e times its own."""
    return 1 / tempered_exponent(t, temperature, power)


def append_one_variance(t: np.ndarray, rows: int) -> np.ndarray:
    """Var[p_t] / (p_1 (1 - p_1)) of a corpus of ``rows`` that grows by one sample of itself a
    generation at T = 1, given the corpus (p_1 its frequencies, t >= 1), exact.

    1 - prod_{m = rows+1..M} (1 - 1/m^2), M = rows + t - 1 (a Polya urn, ``categorical``), whose
    product telescopes to rows (M + 1) / ((rows + 1) M). Tends to 1 / (rows + 1): a martingale
    that keeps what it started from, unlike any other temperature (Marchi et al. 2024).
    """
    t = np.asarray(t, float)
    return (t - 1) / ((rows + 1) * (rows + t - 1))
