"""Regressions with 95 % intervals, and reasons for coefficients that are not identified.

n rows, p coefficients, the intercept first.
"""

import numpy as np
from scipy import special

from collapse.commands.calibrate.collinearity import Design, design
from collapse.commands.calibrate.separation import profiled, runaways
from collapse.stats.clusters import jackknife_error, totals
from collapse.stats.estimate import LEVEL, Estimate, Z, missing
from collapse.stats.intervals import t_quantile
from collapse.stats.proportions import clustered_sd, residual_sd

ROWS_EACH = 10  # rows needed per coefficient: the intervals are asymptotic
CLUSTERS = 10  # fewest of them: with fewer, the intervals cover less than they say
FAR = 12.0  # log-odds beyond which a fit may have no maximum
ROUNDING = 1e-12  # of the largest score: residuals below it are rounding errors


def too_few(names, rows: int, cluster=None, what: str = "question") -> str:
    """Why there are not enough rows or clusters; empty if there are."""
    need = ROWS_EACH * len(names)
    if rows < need:
        return f"{rows} rows are too few for {len(names)} coefficients: {need} are needed"
    need = max(CLUSTERS, 2 * len(names))
    if clustered(cluster) and (count := len(np.unique(cluster))) < need:
        return f"{count} {what}s are too few for {len(names)} coefficients: {need} are needed"
    return ""


def clustered(cluster: np.ndarray | None) -> bool:
    """Whether rows are in clusters. One cluster of all rows is none: its variance is not known."""
    return cluster is not None and 1 < len(np.unique(cluster)) < len(cluster)


def without_each(x, weight, slopes, cluster) -> np.ndarray:
    """The change (G, p) of a fit when each cluster in turn is left out, to first order for a
    logistic and exactly for a linear regression. NaN if a cluster alone decides a coefficient.

    Args:
        x: the design (n, p).
        weight: of each row in the information (n,).
        slopes: of the log-likelihood of each row (n, p), which add up to 0.
        cluster: number of each row's cluster (n,).
    """
    information = totals((x * weight[:, None])[:, :, None] * x[:, None, :], cluster)
    left = information.sum(0) - information
    size = np.linalg.svd(left, compute_uv=False)
    if size.shape[1] and (size[:, -1] < 1e-9 * size[:, 0].max()).any():
        return np.full((len(left), x.shape[1]), np.nan)
    return -np.linalg.solve(left, totals(slopes, cluster)[:, :, None])[:, :, 0]


def _jackknifed(names, values, changes, units, method, what) -> dict:
    """Estimates of coefficients with the intervals of the jackknife over clusters."""
    count = len(changes)
    if np.isnan(changes).any():
        return {name: missing(units[name], f"a single {what} decides it") for name in names}
    halves = t_quantile(count - 1) * np.array([jackknife_error(change) for change in changes.T])
    return _walds(names, values, halves, units, f"jackknife over {what}s, t ({method})", count)


def logistic(
    columns: dict,
    outcome: np.ndarray,
    units: dict,
    intercept: str,
    cluster: np.ndarray | None = None,
    what: str = "question",
) -> dict:
    """Logistic regression by maximum likelihood, without penalty: coefficients of the log-odds that
    the outcome is 1.

    Newton's method; Wald intervals from the observed information, or, where rows are in clusters,
    by the jackknife over clusters. If a combination of columns separates the outcomes, the
    likelihood has no maximum: then the intervals are by the profile likelihood, which takes rows as
    independent, and a coefficient that can grow without end has one end.
    """
    names, rows = (intercept, *columns), len(outcome)
    reason = too_few(names, rows, cluster, what)
    if reason:
        return {name: missing(units[name], reason) for name in names}
    made = design(columns, intercept, rows)
    used = np.flatnonzero(made.scaled.any(0))
    x, back = made.scaled[:, used], made.back[:, used]
    fit, information, converged = newton(x, outcome)
    if not converged or np.abs(x @ fit).max() > FAR:
        up, down = runaways(x, back, outcome)
        if (up | down).any():
            identified = [i for i, name in enumerate(made.names) if name not in made.reasons]
            estimates = profiled(made.names, identified, x, back, outcome, units, up, down)
            return _with_reasons(estimates, made, units)
    if clustered(cluster):
        p = special.expit(x @ fit)
        slopes = x * (outcome - p)[:, None]
        changes = without_each(x, p * (1 - p), slopes, cluster) @ back.T
        estimates = _jackknifed(made.names, back @ fit, changes, units, "logistic regression", what)
        return _with_reasons(estimates, made, units)
    if ((outcome > 0) & (outcome < 1)).any():  # shares: the variance is not that of a coin
        slopes = x * (outcome - special.expit(x @ fit))[:, None]
        inverse = np.linalg.inv(information)
        variance, method = (
            inverse @ slopes.T @ slopes @ inverse,
            "Wald, sandwich (logistic regression)",
        )
    else:
        variance, method = np.linalg.inv(information), "Wald (logistic regression)"
    errors = np.sqrt(np.einsum("ij,jk,ik->i", back, variance, back))
    estimates = _walds(made.names, back @ fit, Z * errors, units, method, rows)
    return _with_reasons(estimates, made, units)


def least_squares(
    columns: dict,
    score: np.ndarray,
    units: dict,
    noise: str,
    cluster: np.ndarray | None = None,
    what: str = "question",
) -> dict:
    """Linear regression by ordinary least squares; intervals by Student's t and the standard errors
    HC3 of MacKinnon and White (1985), valid for unequal variances, or, where rows are in clusters,
    by the jackknife over clusters. ``noise`` is the name of the residual standard deviation."""
    names, rows = ("intercept", *columns), len(score)
    reason = too_few(names, rows, cluster, what)
    if not reason and np.ptp(score) <= ROUNDING * np.abs(score).max():
        reason = "every score is the same"
    if reason:
        return {name: missing(units[name], reason) for name in (*columns, noise)}
    made = design(columns, "intercept", rows)
    alone = _alone(made.scaled)
    if alone.any():  # a row that alone decides a coefficient has no residual
        others = _without(columns, score, units, noise, alone, cluster, what)
        return _with_reasons(others, made, units)
    used = np.flatnonzero(made.scaled.any(0))
    x, back = made.scaled[:, used], made.back[:, used]
    inverse = np.linalg.inv(x.T @ x)
    fit = inverse @ x.T @ score
    rest, df = score - x @ fit, rows - len(used)
    rest[np.abs(rest) <= ROUNDING * np.abs(score).max()] = 0  # an exact fit
    if clustered(cluster):
        changes = without_each(x, np.ones(rows), x * rest[:, None], cluster) @ back.T
        estimates = _jackknifed(made.names, back @ fit, changes, units, "least squares", what)
        sd = clustered_sd(rest, df, cluster, units[noise], what)
        return _with_reasons(estimates, made, units) | {noise: sd}
    leverage = np.einsum("ij,jk,ik->i", x, inverse, x)
    meat = (x * (rest / (1 - leverage))[:, None] ** 2).T @ x if len(used) else inverse
    errors = np.sqrt(np.einsum("ij,jk,ik->i", back, inverse @ meat @ inverse, back))
    half = t_quantile(df) * errors
    method = "Student's t with HC3 (least squares)"
    estimates = _walds(made.names, back @ fit, half, units, method, rows)
    return _with_reasons(estimates, made, units) | {
        noise: residual_sd(float(rest @ rest), df, units[noise], rows)
    }


def _alone(x: np.ndarray) -> np.ndarray:
    """(n,) whether a row has leverage 1: it alone decides a coefficient."""
    return (np.linalg.qr(x[:, x.any(0)])[0] ** 2).sum(1) > 1 - 1e-8


def _without(columns, score, units, noise, alone, cluster, what) -> dict:
    """The estimates from the other rows. What depended on a single row is not identified."""
    kept = {name: column[~alone] for name, column in columns.items()}
    cluster = None if cluster is None else cluster[~alone]
    found = least_squares(kept, score[~alone], units, noise, cluster, what)
    reason = "a single row decides it"
    return found | {name: missing(e.unit, reason) for name, e in found.items() if e.reason}


def _walds(names, values, halves, units, method, rows) -> dict:
    return {
        name: Estimate(float(v), float(v - h), float(v + h), LEVEL, method, rows, unit=units[name])
        for name, v, h in zip(names, values, halves, strict=True)
    }


def _with_reasons(estimates: dict, made: Design, units: dict) -> dict:
    return estimates | {name: missing(units[name], why) for name, why in made.reasons.items()}


def newton(x: np.ndarray, outcome: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
    """The maximum (p,) of the likelihood, the observed information (p, p) there, and whether
    Newton's method converged. A step that would lower the likelihood is halved."""
    fit = np.zeros(x.shape[1])
    best = log_likelihood(fit, x, outcome)
    for _ in range(50):
        p = special.expit(x @ fit)
        information = (x * (p * (1 - p))[:, None]).T @ x
        step = np.linalg.lstsq(information, x.T @ (outcome - p), rcond=None)[0]
        gain = step @ information @ step
        while log_likelihood(fit + step, x, outcome) < best - 1e-9 and np.abs(step).max() > 1e-12:
            step = step / 2
        fit = fit + step
        best = log_likelihood(fit, x, outcome)
        if gain < 1e-16 * len(outcome):
            return fit, information, True
    return fit, information, False


def log_likelihood(fit: np.ndarray, x: np.ndarray, outcome: np.ndarray) -> float:
    """The log-likelihood of coefficients (p,)."""
    odds = x @ fit
    return float(outcome @ odds - np.logaddexp(0, odds).sum())
