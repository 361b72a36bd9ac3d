"""Categorical loops with real data in every generation: distance of the fit from the truth.

n rows a generation, t = 1 the first fit on real data, R_t = E|p_t - p*|^2 the expected squared
distance from the truth p* and h0 = 1 - |p*|^2 its heterozygosity. In all of these E[p_t] = p*,
so that E|p_t|^2 = |p*|^2 + R_t: ``remaining_heterozygosity`` gives E[H_t] = h0 - R_t. R_0 = 0.
"""

import numpy as np


def _iterate(t: np.ndarray, first: float, step) -> np.ndarray:
    """0 at t = 0, ``first`` at 1, then step(t, previous) for t = 2, 3, ...; shape of t."""
    t = np.asarray(t, int)
    values = [0.0, first]
    for k in range(2, int(np.max(t)) + 1):
        values.append(step(k, values[-1]))
    return np.array(values)[t]


def remaining_heterozygosity(error: np.ndarray, h0: float) -> np.ndarray:
    """E[1 - |p_t|^2] = h0 - R_t wherever E[p_t] = p*, exact."""
    return h0 - np.asarray(error, float)


def fresh_population_error(t: np.ndarray, n: int, h0: float, share) -> np.ndarray:
    """R_t where each row is real with probability ``share`` (arXiv 2602.10531, 2026).

    R_t = h0 / n + (1 - 1/n)(1 - share)^2 R_{t-1}, R_1 = h0 / n, exact. derived: given p_{t-1} the
    rows are draws of q = share p* + (1 - share) p_{t-1}, so R_t = E[1 - |q|^2] / n + E|q - p*|^2.
    n and share may be arrays by generation, entry k for generation k + 1 (share[0] is ignored).
    """
    last = max(int(np.max(t)), 1)
    n, share = np.broadcast_to(n, last), np.broadcast_to(share, last)

    def step(k, error):
        return h0 / n[k - 1] + (1 - 1 / n[k - 1]) * (1 - share[k - 1]) ** 2 * error

    return _iterate(t, h0 / n[0], step)


def fresh_population_limit(n: int, h0: float, share: float) -> float:
    """Its limit (h0 / n) / (1 - (1 - 1/n)(1 - share)^2); h0 where share = 0: all is lost."""
    return h0 / n / (1 - (1 - 1 / n) * (1 - share) ** 2)


def fresh_mix_error(
    t: np.ndarray, n: int, h0: float, real, weight: float | None = None
) -> np.ndarray:
    """R_t where ``real`` of the n rows are new real ones, of total ``weight`` (real / n).

    R_1 = h0 / n and R_t = w^2 h0 / r + (1 - w)^2 [h0 / s + (1 - 1/s) R_{t-1}] with s = n - r,
    exact. derived: p_t = w e_r + (1 - w) e_s with independent frequencies e_r of r real rows
    and e_s of s synthetic ones; E|e_r - p*|^2 = h0 / r and E|e_s - p*|^2 = E[1 - |p_{t-1}|^2] / s
    + R_{t-1}. With w = r / n: R_t = h0 / n + (s / n)((s - 1) / n) R_{t-1}, which is less than
    with random sources (``fresh_population_error``) by (s / n)(r / n^2) R_{t-1}. ``real`` may be an
    array by generation, entry k for generation k + 1 (real[0] is ignored).
    """
    real = np.broadcast_to(real, max(int(np.max(t)), 1))

    def step(k, error):
        constant, factor = _fresh_mix(n, h0, int(real[k - 1]), weight)
        return constant + factor * error

    return _iterate(t, h0 / n, step)


def fresh_mix_limit(n: int, h0: float, real: int, weight: float | None = None) -> float:
    """Its limit: the fixed point of the recursion."""
    constant, factor = _fresh_mix(n, h0, real, weight)
    return constant / (1 - factor)


def _fresh_mix(n: int, h0: float, real: int, weight: float | None) -> tuple[float, float]:
    w, made = real / n if weight is None else weight, n - real
    constant = w**2 * h0 / real if real else 0.0
    if made == 0:
        return constant, 0.0
    return constant + (1 - w) ** 2 * h0 / made, (1 - w) ** 2 * (1 - 1 / made)


def fixed_mix_error(t: np.ndarray, n: int, h0: float, real: int) -> np.ndarray:
    """R_t where the first ``real`` of the n real rows stay among the n of every generation.

    Generation 1 trains on all n real rows: R_1 = h0 / n. Then, with r = real, s = n - r and
    a = s / n, R_t = r h0 / n^2 + a^2 [h0 / s + (1 - 1/s) R_{t-1}] + 2 (r / n) a C_{t-1}, exact,
    where C_t = (h0 / r)(1 - a^t). derived: p_t = (r / n) q + a e_s with q the frequencies of
    the kept rows, and C_t = E[(p_t - p*)(q - p*)] = h0 / n + a C_{t-1}, C_1 = h0 / n.
    Tends to h0 / r + ``fixed_mix_limit``: the error of r real rows, and the noise about them.
    """
    if real == 0:
        return _iterate(t, h0 / n, lambda k, error: h0 / n + (1 - 1 / n) * error)
    a = (n - real) / n

    def step(k, error):
        shared = h0 / real * (1 - a ** (k - 1))
        return real * h0 / n**2 + _made(n, real, h0, error) + 2 * (1 - a) * a * shared

    return _iterate(t, h0 / n, step)


def real_keep_error(t: np.ndarray, n: int, h0: float, real: int) -> np.ndarray:
    """R_t where ``real`` of the n real rows, drawn anew without replacement, replace as many
    synthetic ones every generation (the 10 % arm of Shumailov et al. 2024), exact.

    R_t = r h0 / n^2 + a^2 [h0 / s + (1 - 1/s) R_{t-1}] + 2 (r / n) a h0 / n. derived: as
    ``fixed_mix_error``; given all n real rows' frequencies q the kept ones are independent of
    p_{t-1} with mean q, and E[(p_t - p*)(q - p*)] stays h0 / n.
    """
    a = (n - real) / n

    def step(k, error):
        return real * h0 / n**2 + _made(n, real, h0, error) + 2 * (1 - a) * a * h0 / n

    return _iterate(t, h0 / n, step)


def _made(n: int, real: int, h0: float, error: float) -> float:
    """Contribution of the n - real synthetic rows to the squared error."""
    made = n - real
    return (made / n) ** 2 * (h0 / made + (1 - 1 / made) * error) if made else 0.0


def fixed_mix_distance(
    t: np.ndarray, n: int, real: int, kept: np.ndarray, first: np.ndarray | None = None
) -> np.ndarray:
    """D_t = E|p_t - q|^2 given the real rows: q = ``kept`` (K,) the frequencies of the ``real``
    rows that stay, ``first`` (K,) those of all that generation 1 trains on (default: q too).

    D_1 = |first - q|^2, and with s = n - real, a = s / n, D_t = a^2 [(1 - 1/s) D_{t-1} + (1 -
    |q|^2 - 2 a^(t-2) q (first - q)) / s], exact; D_0 is not defined. derived: p_t - q = a (e_s -
    q), and E[p_t] - q = a^(t-1) (first - q). With first = q it is the partially synthetic
    loop of Seddik et al. (2024) with real kept and s made rows, whose D_1 is 0.
    """
    kept = np.asarray(kept, float)
    difference = np.zeros_like(kept) if first is None else np.asarray(first, float) - kept
    made, a, h = n - real, (n - real) / n, 1 - kept @ kept

    def step(k, error):
        if made == 0:
            return 0.0
        unlike = h - 2 * a ** (k - 2) * (kept @ difference)
        return a**2 * ((1 - 1 / made) * error + unlike / made)

    distance = _iterate(t, float(difference @ difference), step)
    return np.where(np.asarray(t) == 0, np.nan, distance)


def fixed_mix_limit(n: int, real: int, h: float) -> float:
    """The limit (a^2 h / s) / (1 - a^2 (1 - 1/s)) of D_t, h = 1 - |q|^2 of the kept rows.

    On average over the real rows h = h0 (1 - 1/real).
    """
    made = n - real
    if made == 0:
        return 0.0
    a = made / n
    return a**2 * h / made / (1 - a**2 * (1 - 1 / made))
