"""Logistic regressions whose outcomes are separated, so that the likelihood has no maximum: which
coefficients are unbounded, and intervals by the profile likelihood."""

import math

import numpy as np
from scipy import linalg, optimize, special

from collapse.stats.estimate import LEVEL, Estimate, Z, missing

PROFILE = Z**2 / 2  # fall of the log-likelihood at the ends of a 95 % interval (Wilks 1938)


def runaways(x, back, outcome) -> tuple[np.ndarray, np.ndarray]:
    """Which coefficients (p,) can grow, and which can fall, without end and without loss of
    likelihood: those that change along a direction in which no row is fitted worse (Albert and
    Anderson 1984), found by linear programs (Konis 2007)."""
    signed = np.where(outcome == 1, 1.0, -1.0)[:, None] * x
    ends = []
    for sign in (1, -1):
        reach = [
            -optimize.linprog(-sign * row, A_ub=-signed, b_ub=np.zeros(len(x)), bounds=(-1, 1)).fun
            for row in back
        ]
        ends.append(np.array(reach) > 1e-6 * np.abs(back).max(1))
    return ends[0], ends[1]


def profiled(names, identified, x, back, outcome, units, up, down) -> dict:
    """Intervals by the profile likelihood, for separated outcomes, of the ``identified``
    coefficients: others are not part of the likelihood."""
    top, at = _highest(x, outcome)
    here, out = back @ at, {}
    why = "the outcomes are completely separated, so that the likelihood has no maximum"
    for i in identified:
        name = names[i]
        if up[i] and down[i]:
            out[name] = missing(units[name], "the outcomes are separated for any value")
            continue

        def fall(value, row=back[i]):
            return top - _highest(x, outcome, row, value)[0] - PROFILE

        unbounded = bool(up[i] or down[i])
        out[name] = Estimate(
            value=math.nan if unbounded else float(here[i]),
            low=math.nan if down[i] else _end(fall, here[i], -1),
            high=math.nan if up[i] else _end(fall, here[i], 1),
            level=LEVEL,
            method="profile likelihood (logistic regression)",
            n=len(outcome),
            unit=units[name],
            reason=why if unbounded else "",
        )
    return out


def _highest(x, outcome, row=None, value=0.0) -> tuple[float, np.ndarray]:
    """The maximum of the log-likelihood and the coefficients (p,) there; with a row, under the
    constraint row @ coefficients = value."""
    start, free = np.zeros(x.shape[1]), np.eye(x.shape[1])
    if row is not None:
        start, free = row * value / (row @ row), linalg.null_space(row[None])

    def loss(u):
        odds = x @ (start + free @ u)
        slope = x.T @ (special.expit(odds) - outcome)
        return np.logaddexp(0, odds).sum() - outcome @ odds, free.T @ slope

    if not free.shape[1]:
        return -float(loss(np.zeros(0))[0]), start
    done = optimize.minimize(loss, np.zeros(free.shape[1]), jac=True, method="BFGS")
    return -float(done.fun), start + free @ done.x


def _end(fall, start: float, sign: int) -> float:
    """Where the profile likelihood has fallen by ``PROFILE``, on one side of the start."""
    width = max(abs(start), 1.0) / 4
    while fall(start + sign * width) < 0:
        width *= 2
    away = optimize.brentq(lambda w: fall(start + sign * w), 0.0, width, xtol=1e-6)
    return float(start + sign * away)
