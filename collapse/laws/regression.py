"""Linear regression trained on its own labels, in closed form: excess risk over generations.

x ~ N(0, Sigma) in ``dim`` dimensions, y = x.w + noise e with e ~ N(0, 1); every generation fits
``rows`` rows labelled by the generation before, by ordinary least squares unless said otherwise.
The excess risk is (w_t - w)' Sigma (w_t - w), in label^2. It does not depend on Sigma where
rows >= dim + 2, so that Sigma = I in every derivation. t = 0 is the truth and t = 1 the first fit
on real data. A design is "fixed" where every generation meets the inputs of the first, with new
labels, and "fresh" where it draws its own.
"""

import numpy as np


def fit_risk(rows: int, dim: int, noise: float = 1.0) -> float:
    """E[risk] of one fit: noise^2 dim / (rows - dim - 1), exact for rows >= dim + 2.

    derived: w_1 - w = (X'X)^-1 X'e has the covariance noise^2 (X'X)^-1 given X, and the mean of
    an inverse Wishart matrix is I / (rows - dim - 1).
    """
    if rows < dim + 2:
        raise ValueError(f"{rows} rows are too few: the mean is finite from {dim + 2} on.")
    return noise**2 * dim / (rows - dim - 1)


def risk_given_design(design: np.ndarray, noise: float = 1.0, covariance=None) -> float:
    """E[risk] of one fit given its inputs (rows, dim): noise^2 tr(Sigma (X'X)^-1), exact.

    It takes the place of ``fit_risk`` in every law of a fixed design below.
    """
    inverse = np.linalg.inv(design.T @ design)
    return noise**2 * float(np.trace(inverse if covariance is None else covariance @ inverse))


def replace_risk(t: np.ndarray, rows: int, dim: int, noise: float = 1.0) -> np.ndarray:
    """E[risk_t] under replace: t times that of one fit, exact, for either design.

    derived: w_t = w_{t-1} + (X_t'X_t)^-1 X_t' e_t, and the steps are uncorrelated as the labels'
    errors are new (Dohmatob et al. 2024, Theorem 4.1, with the exact finite-size factor).
    """
    return np.asarray(t, float) * fit_risk(rows, dim, noise)


def accumulate_risk(
    t: np.ndarray, rows: int, dim: int, noise: float = 1.0, design: str = "fixed"
) -> np.ndarray:
    """E[risk_t] under accumulate, exact.

    fixed: one fit's times sum_{k<=t} 1/k^2 (Gerstgrasser et al. 2024, Theorem 2).
    fresh: noise^2 dim sum_{k<=t} 1 / (k (k rows - dim - 1)), which is below it. derived: with
    G_k = X_k'X_k and S_t = G_1 + .. + G_t the normal equations of t and t - 1 subtract to
    w_t = w_{t-1} + S_t^-1 X_t' e_t. Its square is noise^2 tr(S_t^-1 G_t S_t^-1); given S_t all
    t Gram matrices are alike, E[G_t | S_t] = S_t / t, and E[tr S_t^-1] = dim / (t rows - dim - 1).
    For a fixed design S_t = t G_1 gives the first formula in the same way.
    """
    t = np.asarray(t, int)
    k = np.arange(1, int(np.max(t)) + 1)
    one = fit_risk(rows, dim, noise)
    steps = one / k**2 if design == "fixed" else _pooled(k, rows, dim, noise) / k
    return np.concatenate([[0.0], np.cumsum(steps)])[t]


def _pooled(k: np.ndarray, rows: int, dim: int, noise: float) -> np.ndarray:
    """``fit_risk`` of the rows of k generations, where all their inputs are new."""
    return noise**2 * dim / (k * rows - dim - 1)


def replace_multiple_risk(
    t: np.ndarray, rows: int, dim: int, noise: float = 1.0, design: str = "fixed"
) -> np.ndarray:
    """E[risk_t] where generation t fits t rows of labels for every one of generation 1, exact.

    fixed (the inputs of the first, t times): one fit's times the harmonic number H_t
    (Gerstgrasser et al. 2024, appendix E; Dohmatob et al. 2024, Remark 4.2). fresh: noise^2 dim
    sum_{k<=t} 1 / (k rows - dim - 1), below it. derived: as ``replace_risk``, step k with k rows.
    """
    t = np.asarray(t, int)
    k = np.arange(1, int(np.max(t)) + 1)
    one = fit_risk(rows, dim, noise)
    steps = one / k if design == "fixed" else _pooled(k, rows, dim, noise)
    return np.concatenate([[0.0], np.cumsum(steps)])[t]


def accumulate_limit(rows: int, dim: int, noise: float = 1.0) -> float:
    """What ``accumulate_risk`` of a fixed design tends to, pi^2 / 6 of one fit's; an upper bound
    at every t, and for a fresh design too."""
    return fit_risk(rows, dim, noise) * np.pi**2 / 6


def fixed_design_spread(factor: np.ndarray, rows: int, dim: int, noise: float = 1.0) -> np.ndarray:
    """Standard deviation over seeds of the risk of a fixed design, exact for rows > dim + 3.

    ``factor`` is E[risk_t] / ``fit_risk``: t, sum 1/k^2 or H_t. derived: w_t - w is
    N(0, factor noise^2 (X'X)^-1) given X, and u' W^-1 u = u'u / chi^2_{rows-dim+1} for u
    independent of the Wishart matrix W: the risk is factor noise^2 chi^2_dim / chi^2_{rows-dim+1},
    an F distribution but for its scale.
    """
    free = rows - dim + 1
    square = dim * (dim + 2) / ((free - 2) * (free - 4))
    return np.asarray(factor, float) * noise**2 * np.sqrt(square - (dim / (free - 2)) ** 2)


def replace_spread(t: np.ndarray, rows: int, dim: int, noise: float = 1.0) -> np.ndarray:
    """Standard deviation over seeds of the risk under replace with fresh designs, exact.

    derived: w_t - w is a sum of t independent spherical steps z with E|z|^2 = m and E|z|^4 = q
    as above, so that E|sum|^4 = t q + t (t - 1) m^2 (1 + 2 / dim).
    """
    t = np.asarray(t, float)
    m = fit_risk(rows, dim, noise)
    q = fixed_design_spread(1.0, rows, dim, noise) ** 2 + m**2
    return np.sqrt(t * q + t * (t - 1) * m**2 * (1 + 2 / dim) - (t * m) ** 2)


def minimum_norm_risk(
    t: np.ndarray,
    rows: int,
    dim: int,
    strength: float = 1.0,
    noise: float = 0.0,
    design: str = "fresh",
) -> np.ndarray:
    """E[risk_t] under replace with rows < dim, minimum-norm least squares and Sigma = I, exact.

    ``strength`` is |w|^2 and r = rows / dim. Noiseless, fixed: strength (1 - r) for all t >= 1;
    fresh: strength (1 - r^t), collapse without any noise (Dohmatob et al. 2024, Theorems 4.8 and
    4.9). derived: w_t = P_t w_{t-1} + X_t^+ e_t with P_t the projection on a random subspace,
    E[P_t] = r I, so E[w_t.w] = r^t |w|^2 = E|P_t..P_1 w|^2. Noise adds c = noise^2 rows /
    (dim - rows - 1) a step, of which a fresh design keeps the share r; needs rows <= dim - 2.
    """
    t, ratio = np.asarray(t, float), rows / dim
    left = np.where(t > 0, ratio, 1.0) if design == "fixed" else ratio**t
    risk = strength * (1 - left)
    if noise == 0:
        return risk
    added = noise**2 * rows / (dim - rows - 1)
    return risk + added * (t if design == "fixed" else (1 - left) / (1 - ratio))


def carried_share(real: int, synthetic: int, dim: int) -> float:
    """The share of |w' - w|^2 that gets into a fit to ``real`` rows labelled by w and
    ``synthetic`` rows labelled by w', exact for isotropic inputs and n = real + synthetic >=
    dim + 2: x + y + y (n dim - 2) / (n - dim - 1), with y = real synthetic / (n (n - 1) (n + 2))
    and x = synthetic (synthetic + 2) / (n (n + 2)) - 2 y.

    Leading terms p^2 + p (1 - p) (dim + 1) / n, p = synthetic / n: a plateau that more rows do not
    lower (Dohmatob et al. 2025). derived: the gap enters as S^-1 G', S = G + G'. U = S^-1/2 G'
    S^-1/2 is a matrix beta independent of S with E[U_ij U_kl] = x d_ij d_kl + y (d_ik d_jl +
    d_il d_jk); U_11 is a scalar beta, x + 2 y = E U_11^2, and E tr G'^2 of a Wishart gives the
    other equation. Then E[S^1/2 U S^-1 U S^1/2] = x + y + y E[tr S tr S^-1] / dim, where tr S is
    independent of the shape of S: E[tr S tr S^-1] = (n dim - 2) dim / (n - dim - 1).
    """
    n = real + synthetic
    y = real * synthetic / (n * (n - 1) * (n + 2))
    x = synthetic * (synthetic + 2) / (n * (n + 2)) - 2 * y
    return x + y + y * (n * dim - 2) / (n - dim - 1)


def mixed_risk(real: int, synthetic: int, dim: int, gap: float, noise: float = 1.0) -> float:
    """E[risk] of one fit to real rows and rows labelled by a w' with |w' - w|^2 = ``gap``."""
    return carried_share(real, synthetic, dim) * gap + fit_risk(real + synthetic, dim, noise)


def fresh_mix_risk(
    t: np.ndarray, real: int, synthetic: int, dim: int, noise: float = 1.0
) -> np.ndarray:
    """E[risk_t] where generations t >= 2 fit ``real`` new real rows and ``synthetic`` ones of the
    last generation, and the first real + synthetic real rows: exact for isotropic inputs.

    derived: R_t = a R_{t-1} + R_1, a = ``carried_share``: the error of w_{t-1} is spherical and
    independent of the inputs of generation t. Hence R_t = R_1 (1 - a^t) / (1 - a).
    """
    share = carried_share(real, synthetic, dim)
    one = fit_risk(real + synthetic, dim, noise)
    t = np.asarray(t, float)
    return one * (t if share == 1 else (1 - share**t) / (1 - share))
