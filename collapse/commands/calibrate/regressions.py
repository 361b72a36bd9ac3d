"""Regressions with 95 % intervals that know what they cannot tell.

Letters: n rows, p coefficients, the intercept first.
"""

import numpy as np
from scipy import linalg, optimize, special

from collapse.commands.calibrate.collinearity import Design, design
from collapse.stats.estimates import Estimate, Z, missing, spread

ROWS_EACH = 10  # rows that a coefficient asks for: the intervals hold for many rows
FAR = 12.0  # log-odds beyond which a fit is suspected of running off to infinity
ROUNDING = 1e-12  # of the largest score: what arithmetic leaves of nothing
PROFILE = Z**2 / 2  # fall of the log-likelihood at the ends of a 95 % interval (Wilks 1938)


def too_few(names, rows: int) -> str:
    """The reason why so many rows are not enough, or nothing."""
    need = ROWS_EACH * len(names)
    told = f"{rows} rows are too few for {len(names)} coefficients: {need} are needed"
    return told if rows < need else ""


def logistic(columns: dict, outcome: np.ndarray, units: dict, intercept: str) -> dict:
    """Estimates by maximum likelihood, without penalty: log-odds that the outcome is 1.

    Newton's method; Wald intervals from the observed information. Where a combination of columns
    separates the outcomes the likelihood rises for ever: then the intervals are those of the
    profile likelihood, and a coefficient without a maximum has one end.
    """
    names, rows = (intercept, *columns), len(outcome)
    reason = too_few(names, rows)
    if reason:
        return {name: missing(units[name], reason) for name in names}
    made = design(columns, intercept, rows)
    used = np.flatnonzero(made.scaled.any(0))
    x, back = made.scaled[:, used], made.back[:, used]
    found, information, converged = newton(x, outcome)
    if not converged or np.abs(x @ found).max() > FAR:
        up, down = runaways(x, back, outcome)
        if (up | down).any():
            told = [i for i, name in enumerate(made.names) if name not in made.reasons]
            estimates = _profiled(made.names, told, x, back, outcome, units, up, down)
            return _told(estimates, made, units)
    errors = np.sqrt(np.einsum("ij,jk,ik->i", back, np.linalg.inv(information), back))
    method = "Wald (logistic regression)"
    estimates = _walds(made.names, back @ found, Z * errors, units, method, rows)
    return _told(estimates, made, units)


def least_squares(columns: dict, score: np.ndarray, units: dict, noise: str) -> dict:
    """Estimates by ordinary least squares; intervals by Student's t and the standard errors HC3 of
    MacKinnon and White (1985), which allow noise of unequal size. ``noise`` names the residual
    standard deviation among them."""
    names, rows = ("intercept", *columns), len(score)
    reason = too_few(names, rows)
    if not reason and np.ptp(score) <= ROUNDING * np.abs(score).max():
        reason = "every score is the same"
    if reason:
        return {name: missing(units[name], reason) for name in (*columns, noise)}
    made = design(columns, "intercept", rows)
    alone = _alone(made.scaled)
    if alone.any():  # a row that is the only one to tell a coefficient tells it without error
        return _without(columns, score, units, noise, alone) | _told({}, made, units)
    used = np.flatnonzero(made.scaled.any(0))
    x, back = made.scaled[:, used], made.back[:, used]
    inverse = np.linalg.inv(x.T @ x)
    found = inverse @ x.T @ score
    rest, df = score - x @ found, rows - len(used)
    rest[np.abs(rest) <= ROUNDING * np.abs(score).max()] = (
        0  # fitted exactly, but for the last bits
    )
    leverage = np.einsum("ij,jk,ik->i", x, inverse, x)
    meat = (x * (rest / (1 - leverage))[:, None] ** 2).T @ x if len(used) else inverse
    errors = np.sqrt(np.einsum("ij,jk,ik->i", back, inverse @ meat @ inverse, back))
    half = special.stdtrit(df, 0.975) * errors
    method = "Student's t with HC3 (least squares)"
    estimates = _told(_walds(made.names, back @ found, half, units, method, rows), made, units)
    return estimates | {noise: spread(float(rest @ rest), df, units[noise], rows)}


def _alone(x: np.ndarray) -> np.ndarray:
    """(n,) the rows of leverage 1, each of which alone decides a coefficient."""
    return (np.linalg.qr(x[:, x.any(0)])[0] ** 2).sum(1) > 1 - 1e-8


def _without(columns, score, units, noise, alone) -> dict:
    """The estimates from the other rows: those that hung on one row are no longer identified."""
    kept = {name: column[~alone] for name, column in columns.items()}
    found = least_squares(kept, score[~alone], units, noise)
    told = {n: missing(e.unit, "a single row decides it") for n, e in found.items() if e.reason}
    return found | told


def _walds(names, values, halves, units, method, rows) -> dict:
    return {
        name: Estimate(units[name], float(v), float(v - h), float(v + h), method, rows=rows)
        for name, v, h in zip(names, values, halves, strict=True)
    }


def _told(estimates: dict, made: Design, units: dict) -> dict:
    return estimates | {name: missing(units[name], why) for name, why in made.reasons.items()}


def newton(x: np.ndarray, outcome: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
    """The maximum (p,) of the likelihood, the observed information (p, p) there, and whether it was
    reached. A step that would lower the likelihood is halved."""
    found = np.zeros(x.shape[1])
    best = fit_of(found, x, outcome)
    for _ in range(50):
        p = special.expit(x @ found)
        information = (x * (p * (1 - p))[:, None]).T @ x
        step = np.linalg.lstsq(information, x.T @ (outcome - p), rcond=None)[0]
        gain = step @ information @ step
        while fit_of(found + step, x, outcome) < best - 1e-9 and np.abs(step).max() > 1e-12:
            step = step / 2
        found = found + step
        best = fit_of(found, x, outcome)
        if gain < 1e-16 * len(outcome):
            return found, information, True
    return found, information, False


def fit_of(found: np.ndarray, x: np.ndarray, outcome: np.ndarray) -> float:
    """The log-likelihood of coefficients (p,)."""
    odds = x @ found
    return float(outcome @ odds - np.logaddexp(0, odds).sum())


def runaways(x, back, outcome) -> tuple[np.ndarray, np.ndarray]:
    """Which coefficients can grow, and which can fall, without end and at no loss of likelihood:
    those with a part in a direction along which no row is fitted worse (Albert and Anderson 1984),
    found by linear programs (Konis 2007)."""
    signed = np.where(outcome == 1, 1.0, -1.0)[:, None] * x
    ends = []
    for sign in (1, -1):
        reach = [
            -optimize.linprog(-sign * row, A_ub=-signed, b_ub=np.zeros(len(x)), bounds=(-1, 1)).fun
            for row in back
        ]
        ends.append(np.array(reach) > 1e-6 * np.abs(back).max(1))
    return ends[0], ends[1]


def _profiled(names, told, x, back, outcome, units, up, down) -> dict:
    """Intervals by the profile likelihood, for outcomes that can be separated, of the coefficients
    ``told``: those of a column that was dropped are no part of the likelihood."""
    top, at = _highest(x, outcome)
    here, out = back @ at, {}
    why = "the outcomes are separated completely: no row says where it ends"
    for i in told:
        name = names[i]
        if up[i] and down[i]:
            out[name] = missing(units[name], "the outcomes are separated, whatever it is")
            continue

        def fall(value, row=back[i]):
            return top - _highest(x, outcome, row, value)[0] - PROFILE

        low = None if down[i] else _end(fall, here[i], -1)
        high = None if up[i] else _end(fall, here[i], 1)
        value = None if up[i] or down[i] else float(here[i])
        reason = why if value is None else ""
        method = "profile likelihood (logistic regression)"
        out[name] = Estimate(units[name], value, low, high, method, reason, len(outcome))
    return out


def _highest(x, outcome, row=None, value=0.0) -> tuple[float, np.ndarray]:
    """The highest log-likelihood, and coefficients that come close to it, where row @ them = value
    if a row is given."""
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
    """Where the profile has fallen so far, to one side of the start."""
    width = max(abs(start), 1.0) / 4
    while fall(start + sign * width) < 0:
        width *= 2
    away = optimize.brentq(lambda w: fall(start + sign * w), 0.0, width, xtol=1e-6)
    return float(start + sign * away)
