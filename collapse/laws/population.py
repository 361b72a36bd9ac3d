"""Populations of models that train on one another's output, in closed form.

K members train on their own private real rows, weight (1 - alpha) beta, on public real rows,
(1 - alpha) (1 - beta), and on the rows that every member has just drawn, alpha / K from each (Vu,
Reeves and Wenger 2025). A weight is that of all rows of a source together; where a source is
empty (generation 1 has no synthetic rows) the others keep their proportions. t = 0 is the truth
and t = 1 the first fit on real data. Letters: K members, d parameters each, stacked to K d.
"""

import numpy as np
from scipy.linalg import block_diag, solve_discrete_lyapunov


def member_maps(
    private: np.ndarray, public: np.ndarray, synthetic: np.ndarray, alpha: float, beta: float
) -> tuple[np.ndarray, np.ndarray]:
    """(A, Q) with E[w_t | w_{t-1}] = A r + Q w_{t-1}, exact for weighted least squares.

    Gram matrices per row: private (K, d, d), public (d, d), synthetic (K, d, d) of each member's
    rows. w (K d,) stacks the members' coefficients; r (K d + d,) those of the real rows, private
    ones first: true coefficients for expectations, least-squares fits to the very rows for the
    chain given its real rows. derived: member k solves S_k w_k = (1 - alpha) beta G_k r_k +
    (1 - alpha) (1 - beta) G r + (alpha / K) sum_j G_j w_j, S_k the same sum of Gram matrices;
    a pseudo-inverse if S_k is singular. This is M_t = P_t + Q_t M_{t-1} of Vu et al. (2025),
    P = A r.
    """
    members, d = private.shape[:2]
    own, shared, other = (1 - alpha) * beta, (1 - alpha) * (1 - beta), alpha / members
    real_map = np.zeros((members * d, (members + 1) * d))
    carry = np.zeros((members * d, members * d))
    for k in range(members):
        inverse = np.linalg.pinv(own * private[k] + shared * public + other * synthetic.sum(0))
        rows = slice(k * d, (k + 1) * d)
        real_map[rows, rows] = own * inverse @ private[k]
        real_map[rows, members * d :] = shared * inverse @ public
        carry[rows] = other * inverse @ np.concatenate(list(synthetic), axis=1)
    return real_map, carry


def label_noise(synthetic: np.ndarray, rows: int, noise: float) -> np.ndarray:
    """(K d, K d) noise^2 S^+ of Vu et al. (2025): the covariance of a least-squares fit to each
    member's ``rows`` synthetic labels, S block-diagonal of the Gram matrices of all its rows."""
    return noise**2 * block_diag(*(np.linalg.pinv(gram * rows) for gram in synthetic))


def population_step(
    mean: np.ndarray, covariance: np.ndarray, push: np.ndarray, carry: np.ndarray, fit: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean (K d,) and covariance (K d, K d) one generation on, given the real rows, exact:
    M_t = P + Q M_{t-1}, C_t = Q (F + C_{t-1}) Q' with P = ``push`` = A r and F = ``fit`` =
    ``label_noise`` (Vu et al. 2025). All members meet the same rows, so F carries to all."""
    return push + carry @ mean, carry @ (fit + covariance) @ carry.T


def spectral_radius(carry: np.ndarray) -> float:
    """The largest modulus of an eigenvalue of Q; mean and covariance settle where it is below 1.

    It is alpha where all Gram matrices are equal, and below 1 for alpha < 1 where the
    members' synthetic ones are multiples of one another and the real rows have full rank. It is 1
    for alpha = 1, where the rows of Q sum to the identity and nothing holds to the truth.
    """
    return float(np.abs(np.linalg.eigvals(carry)).max())


def population_limit(
    push: np.ndarray, carry: np.ndarray, fit: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where ``population_step`` settles: M = (I - Q)^-1 P and C = Q (F + C) Q'. Needs a spectral
    radius below 1."""
    mean = np.linalg.solve(np.eye(len(push)) - carry, push)
    return mean, solve_discrete_lyapunov(carry, carry @ fit @ carry.T)


def between_members(mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """E[(1/K) sum_k (m_k - average)^2] for members of mean (..., K) and covariance (..., K, K).

    Homogenisation is its fall. derived: (m'Hm + tr(H C)) / K with H = I - 1 1' / K.
    """
    centred = mean - mean.mean(-1, keepdims=True)
    trace = np.trace(covariance, axis1=-2, axis2=-1) - covariance.mean((-2, -1)) * mean.shape[-1]
    return ((centred**2).sum(-1) + trace) / mean.shape[-1]


def gaussian_population(
    generations: int,
    alpha: float,
    beta: float,
    private: tuple[np.ndarray, np.ndarray],
    public: tuple[float, float],
    rows: tuple[int, int, int],
    real: str = "fixed",
    known_variance: bool = False,
) -> dict[str, np.ndarray]:
    """Moments of K one-dimensional Gaussian members, exact: mean (T+1, K) of their means,
    covariance (T+1, K, K) of them, and variance (T+1, K), the mean of their fitted variances.

    ``private`` and ``public`` give (mean, variance) of the sources; ``rows`` the private and
    public rows a member sees and the synthetic rows each member draws; ``real`` whether the real
    rows are the "fixed" ones of generation 1 or "fresh" every generation. A member's mean is the
    weighted mean of its rows and its variance their weighted scatter (ddof = 0), or that of its
    private source throughout where ``known_variance``.

    derived: with a source's row average y and average square q, m_k = (1-alpha) beta y_k +
    (1-alpha) (1-beta) y + (alpha/K) sum_j x_j and v_k = the same sum of q - m_k^2. Given the last
    generation x_j has mean m_j and variance v_j / rows, so that E m, Cov and E v close: fixed real
    averages enter as variables that stay, fresh ones as new noise. Synthetic rows are the same for
    all members: their noise has one covariance, alpha^2/K^2 sum_j v_j / rows, for every pair.
    """
    at, own_variance = (np.asarray(x, float) for x in private)
    members = len(at)
    source_mean = np.append(at, public[0])
    source_noise = np.append(own_variance / rows[0], public[1] / rows[1])
    square = np.append(own_variance, public[1]) + source_mean**2
    mean, covariance = at, np.zeros((members, members))
    cross = np.zeros((members, members + 1))  # of members with the averages of fixed real rows
    variance = own_variance
    path = [(mean, covariance, variance)]
    for t in range(1, generations + 1):
        pooled = alpha if t > 1 else 0.0
        real_map = np.hstack([beta * np.eye(members), np.full((members, 1), 1 - beta)])
        real_map = (1 - pooled) * real_map
        carry = np.full((members, members), pooled / members)
        spread = (pooled / members) ** 2 * variance.sum() / rows[2]
        squares = real_map @ square + carry @ (variance + mean**2 + np.diag(covariance))
        mixed = carry @ cross @ real_map.T if real == "fixed" else np.zeros_like(covariance)
        new = real_map @ (source_noise[:, None] * real_map.T)
        covariance = carry @ covariance @ carry.T + mixed + mixed.T + new + spread
        cross = carry @ cross + real_map * source_noise
        mean = real_map @ source_mean + carry @ mean
        if not known_variance:
            variance = squares - mean**2 - np.diag(covariance)
        path.append((mean, covariance, variance))
    stacked = (np.stack(x) for x in zip(*path, strict=True))
    return dict(zip(("mean", "covariance", "variance"), stacked, strict=True))


def island_heterozygosity(
    t: np.ndarray, n: int, islands: int, h0: float = 1.0, migration: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """E[H_t] within an island and of all islands together, exact (the island model of Wright
    1931, haploid, with generation 1 drawn from the truth).

    n / islands items each; an item comes from its own island's model, or with the chance
    ``migration`` from that of an island drawn from all. Without migration H_0 (1 - M/n)^t within
    and H_0 ((1 - M/n)^t / M + 1 - 1/M) together, where one model of n items has H_0 (1 - 1/n)^t:
    many models lose their own variety faster and keep each other's. derived: two items are alike
    with f within and g between islands; two parents' distributions share an island with chance
    s = (1 - u)^2 + (1 - (1 - u)^2) / M within and (1 - (1 - u)^2) / M between, and a new pair
    within is the same item with chance M / n.
    """
    t = np.asarray(t, int)
    size, stay = n / islands, (1 - migration) ** 2
    within, between = stay + (1 - stay) / islands, (1 - stay) / islands
    f = g = 1 - h0
    path = [(f, g)]
    for step in range(int(np.max(t))):
        own = within * f + (1 - within) * g if step else f
        other = between * f + (1 - between) * g if step else g
        f, g = 1 / size + (1 - 1 / size) * own, other
        path.append((f, g))
    f, g = np.array(path).T
    return 1 - f[t], 1 - (f / islands + g * (1 - 1 / islands))[t]
