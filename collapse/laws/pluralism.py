"""Two judges, one drawn at random per choice: when both of their favourites survive.

Two items. With chance q a choice is judged by the first, to whom item 1 has odds A > 1; otherwise
by the second, to whom item 2 has odds B > 1. p is the share of item 1. K candidates a choice,
infinite samples; k = infinity is the limit. Derived here; the setting and the bargaining view of
the limit are those of Falahati et al. (2026).
"""

import numpy as np
from scipy.optimize import brentq

from collapse.laws.choice import binomial


def pluralist_step(p, k: float, q: float, a: float, b: float) -> np.ndarray:
    """Share of item 1 after one round, exact."""
    p = np.asarray(p, float)
    if np.isinf(k):
        return p * (q * a / (p * a + 1 - p) + (1 - q) / (p + (1 - p) * b))
    j = np.arange(int(k) + 1)
    chance = q * j * a / (j * a + k - j) + (1 - q) * j / (j + (k - j) * b)
    return binomial(int(k), p) @ chance


def invasion_factors(k: float, q: float, a: float, b: float) -> tuple[float, float]:
    """Growth in one round of item 1 and of item 2 while rare, exact.

    Item 1: q K A / (A + K - 1) + (1 - q) K / (1 + (K - 1) B); item 2 with the judges exchanged.
    """

    def growth(q, a, b):
        if np.isinf(k):
            return q * a + (1 - q) / b
        return q * k * a / (a + k - 1) + (1 - q) * k / (1 + (k - 1) * b)

    return growth(q, a, b), growth(1 - q, b, a)


def coexist(k: float, q: float, a: float, b: float) -> bool:
    """Whether an interior equilibrium exists: if and only if both items invade, exact.

    derived: p' - p is the Bernstein polynomial of (j (K - j) / K) (q (A - 1) / (j A + K - j) -
    (1 - q) (B - 1) / (j + (K - j) B)), whose bracket falls in j and so changes sign at most once;
    by variation diminishing so does p' - p. The one root, if any, attracts. For K = 2 only j = 1
    is left: no sign change, and so no interior equilibrium for any q, A, B.
    """
    return min(invasion_factors(k, q, a, b)) > 1


def pluralist_limit(q, a, b) -> np.ndarray:
    """Equilibrium as K -> infinity: q + q / (B - 1) - (1 - q) / (A - 1), clipped to [0, 1]; exact.

    derived: the map is the ascent of q ln E[e^r1] + (1 - q) ln E[e^r2], a weighted Nash bargain,
    = q ln(1 + p (A - 1)) + (1 - q) ln(B - p (B - 1)); its derivative is 0 there. Odds without end
    give q.
    """
    q = np.asarray(q, float)
    return np.clip(q + q / (np.asarray(b, float) - 1) - (1 - q) / (np.asarray(a, float) - 1), 0, 1)


def pluralist_equilibrium(k: float, q: float, a: float, b: float) -> float:
    """Share of item 1 that every interior start tends to; exact, a root for finite K.

    Where the two do not coexist it is 0 or 1: the item that does not invade is lost (for K = 2 the
    sign of ``pair_drift`` says which; at 0 every share is an equilibrium, and this returns NaN).
    """
    if np.isinf(k):
        return float(pluralist_limit(q, a, b))
    if not coexist(k, q, a, b):
        one, two = invasion_factors(k, q, a, b)
        return float("nan") if one == two == 1 else float(one > two)

    def gain(p):
        return float(pluralist_step(p, k, q, a, b)) / p - 1

    least = 1e-9
    return brentq(gain, least, 1 - least, xtol=1e-15, rtol=1e-14)


def pair_drift(q, a, b) -> np.ndarray:
    """Rate d of K = 2, whose map is p' = p + d p (1 - p), exact: q (A - 1) / (A + 1) -
    (1 - q) (B - 1) / (B + 1). Above 0 item 1 takes all, below 0 item 2."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    return q * (a - 1) / (a + 1) - (1 - np.asarray(q, float)) * (b - 1) / (b + 1)
