"""Ridge regression on labels of an imperfect model, in closed form (Dohmatob et al. 2024).

``rows`` rows with x ~ N(0, I) in ``dim`` dimensions and labels x.w' + noise e; w' is the last of a
chain of models, E[w'] = w. The fit minimises the mean squared error plus penalty |.|^2, so that
its normal equations are (G + penalty) v = G w' + X'e / rows with G = X'X / rows. Every part of the
risk |v - w|^2 is the mean of a function of the eigenvalues of G.
"""

from collections.abc import Callable

import numpy as np

NODES = 4000  # quadrature nodes, equally spaced in the angle: exact up to rounding


def spectral_mean(function: Callable, rows: int, dim: int, corrected: bool = True) -> float:
    """E[tr f(G)] / dim, an approximation with a relative error of order 1 / dim^2 (of order
    1 / dim if not ``corrected``); ``function`` is smooth on [0, inf).

    The limit is the law of Marchenko and Pastur (1967) with ratio y = dim / rows: in the angle of
    x = 1 + y + 2 sqrt(y) cos(angle) the mean of 2 sin^2 f(x) / x, and for y > 1 an atom 1 - 1/y
    at 0. Real Gaussian rows shift the trace, not the mean, by (f(low) + f(high)) / 4 - 1/2 of the
    mean of f over the angle (Bai and Silverstein 2004, eq. 5.13), which is the correction.
    """
    y = dim / rows
    angle = (np.arange(NODES) + 0.5) * np.pi / NODES
    x = 1 + y + 2 * np.sqrt(y) * np.cos(angle)
    value = np.asarray(function(x), float)
    mean = float(np.mean(2 * np.sin(angle) ** 2 * value / x))
    mean += max(0.0, 1 - 1 / y) * float(function(np.array(0.0)))
    if not corrected:
        return mean
    low, high = (float(function(np.array((1 + s * np.sqrt(y)) ** 2))) for s in (-1, 1))
    return mean + ((low + high) / 4 - float(value.mean()) / 2) / dim


def effective_penalty(rows: int, dim: int, penalty: float) -> float:
    """kappa, the penalty that the limit dim, rows -> inf acts as if it had: the positive root of
    kappa (1 + kappa) = penalty (1 + kappa) + kappa dim / rows (Dohmatob et al. 2024, Cor. 4.7)."""
    ratio = dim / rows
    half = (penalty + ratio - 1) / 2
    return half + float(np.sqrt(half**2 + penalty))


def ridge_limit(
    rows: int,
    dim: int,
    penalty: float,
    strength: float = 1.0,
    noise: float = 1.0,
    upstream: float = 0.0,
) -> float:
    """The limit of ``ridge_risk`` for dim, rows -> inf at one ratio; its error is O(1 / dim).

    With kappa as above, phi = dim / rows and D = (1 + kappa)^2 - phi: (kappa^2 strength + noise^2
    phi) / D + upstream (1 + phi kappa^2 / D) / (1 + kappa)^2. Dohmatob et al. (2024), Corollary
    4.7, where upstream = n sigma_0^2 phi_0 / (1 - phi_0).
    """
    kappa, ratio = effective_penalty(rows, dim, penalty), dim / rows
    below = (1 + kappa) ** 2 - ratio
    passed = (1 + ratio * kappa**2 / below) / (1 + kappa) ** 2
    return (kappa**2 * strength + noise**2 * ratio) / below + upstream * passed


def ridge_risk(
    rows: int,
    dim: int,
    penalty: float,
    strength: float = 1.0,
    noise: float = 1.0,
    upstream: float = 0.0,
) -> float:
    """E|v - w|^2 of a ridge fit to new rows labelled by w', approximate, error O(1 / dim^2).

    ``strength`` is |w|^2 and ``upstream`` E|w' - w|^2: any of ``laws.regression``, exact there
    for finite sizes; w' must be unbiased and independent of the new inputs. derived: with
    R = (G + penalty)^-1 the error is R G (w' - w) - penalty R w + R X'e / rows, whose three parts
    are uncorrelated, and orthogonal invariance turns each into the mean of a spectrum.
    """
    bias = spectral_mean(lambda x: (penalty / (x + penalty)) ** 2, rows, dim)
    passed = spectral_mean(lambda x: (x / (x + penalty)) ** 2, rows, dim)
    variance = spectral_mean(lambda x: x / (x + penalty) ** 2, rows, dim) * dim / rows
    return strength * bias + noise**2 * variance + upstream * passed
