"""Distances between a sample and a reference, given as probabilities, numbers, vectors or modes.

``blind_to`` refers to the same change of both sets.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import rel_entr
from scipy.stats import energy_distance as energy_of_numbers

from collapse.errors import UserError
from collapse.metrics import formulas
from collapse.metrics.base import as_numbers, as_whole, metric, two_sets

ROWS = 1024  # rows of distances at once
NUMBERS = 1 << 23  # projected numbers sorted at once
SEED = 20_006  # seed of the directions
PAIR = {"better": "less", "needs": "distributions", "blind_to": ("order",)}
MOVES = ("shift", "rotation", "order")
SETS = {"better": "less", "needs": "vectors, reference"}


@metric(
    unit="nats", bias="positive bias for estimated p", source="Kullback and Leibler 1951", **PAIR
)
def kl_sample_reference(p, q) -> float:
    """KL(p || q), p the sample's probabilities and q the reference's: sum p ln(p / q).

    Large if the sample has outcomes that are rare in the reference; infinite if they are
    impossible there.
    """
    p, q = _two_distributions(p, q)
    return float(max(rel_entr(p, q).sum(), 0))


@metric(
    unit="nats",
    bias="infinite once an outcome is missing",
    source="Kullback and Leibler 1951",
    **PAIR,
)
def kl_reference_sample(p, q) -> float:
    """KL(q || p), p the sample's probabilities and q the reference's: infinite once the sample has
    lost any outcome of the reference."""
    p, q = _two_distributions(p, q)
    return float(max(rel_entr(q, p).sum(), 0))


@metric(
    unit="nats", high=np.log(2), bias="positive bias for estimated p", source="Lin 1991", **PAIR
)
def jensen_shannon(p, q) -> float:
    """Jensen-Shannon divergence, the mean KL from p and q to their mixture: the square of what
    ``scipy.spatial.distance.jensenshannon`` gives."""
    p, q = _two_distributions(p, q)
    middle = (p + q) / 2
    return float(max(rel_entr(p, middle).sum() + rel_entr(q, middle).sum(), 0) / 2)


@metric(
    unit="probability",
    high=1,
    bias="positive bias for estimated p",
    source="Levin and Peres 2017, proposition 4.2",
    **PAIR,
)
def total_variation(p, q) -> float:
    """Half the sum of |p - q|: the largest difference in the probability of an event."""
    p, q = _two_distributions(p, q)
    return float(formulas.total_variation(p, q))


@metric(
    unit="distance",
    high=1,
    bias="positive bias for estimated p",
    source="Hellinger 1909",
    **PAIR,
)
def hellinger(p, q) -> float:
    """Hellinger distance sqrt(sum (sqrt p - sqrt q)^2 / 2)."""
    p, q = _two_distributions(p, q)
    return float(np.sqrt(((np.sqrt(p) - np.sqrt(q)) ** 2).sum() / 2))


def _two_distributions(p, q) -> tuple[np.ndarray, np.ndarray]:
    p, q = as_numbers(p, "p", 1), as_numbers(q, "q", 1)
    if len(p) != len(q):
        raise UserError(
            f"p has {len(p)} outcomes and q {len(q)}: list the same ones, in one order."
        )
    for name, shares in (("p", p), ("q", q)):
        if (shares < 0).any() or abs(shares.sum() - 1) > 1e-6:
            raise UserError(
                f"{name} must be probabilities, at least 0 and of sum 1, and its sum is "
                f"{shares.sum():g}: divide counts by their sum."
            )
    return p / p.sum(), q / q.sum()


@metric(
    unit="item units^(1/2)",
    blind_to=(*MOVES, "copies"),
    bias="bias about the square root of the mean distance times (1/n + 1/m)",
    source="Szekely and Rizzo 2013",
    **SETS,
)
def energy_distance(sample, reference) -> float:
    """Energy distance sqrt(2 E|X - Y| - E|X - X'| - E|Y - Y'|), over all pairs; 0 only for equal
    distributions.

    In one dimension by sorting, equal to ``scipy.stats.energy_distance``; else n^2 d operations.
    """
    sample, reference = two_sets(sample, reference, 1)
    if sample.shape[1] == 1:
        return float(energy_of_numbers(sample[:, 0], reference[:, 0]))
    own, theirs = _mean_distance(sample, sample), _mean_distance(reference, reference)
    return float(np.sqrt(max(2 * _mean_distance(sample, reference) - own - theirs, 0)))


def _mean_distance(a: np.ndarray, b: np.ndarray) -> float:
    total = sum(cdist(a[i : i + ROWS], b).sum() for i in range(0, len(a), ROWS))
    return total / (len(a) * len(b))


@metric(
    unit="item units",
    better="less",
    needs="numbers, reference",
    blind_to=("shift", "order", "copies"),
    bias="bias about the spread over the square root of n",
    source="Villani 2003, theorem 2.18",
)
def wasserstein(sample, reference, power: float = 1) -> float:
    """Wasserstein distance of numbers: (integral of |difference of quantiles|^power)^(1/power)."""
    if not power >= 1:
        raise UserError(f"The power of a Wasserstein distance must be at least 1, not {power:g}.")
    sample = np.sort(as_numbers(sample, "The sample", 1))
    reference = np.sort(as_numbers(reference, "The reference", 1))
    i, j, width = _quantile_steps(len(sample), len(reference))
    gap = np.abs(sample[i] - reference[j])
    most = gap.max()
    if most == 0 or np.isinf(power):
        return float(most)
    # In units of the largest difference, as powers could leave the range of floats.
    unit = most if power * abs(np.log(most)) > 600 else 1.0
    return float(unit * ((gap / unit) ** power @ width) ** (1 / power))


def _quantile_steps(n: int, m: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The intervals on which two quantile functions are both constant: their index in each order,
    and their width."""
    ends = np.union1d(np.arange(1, n + 1) * m, np.arange(1, m + 1) * n)  # in units of 1 / nm
    begins = np.append(0, ends[:-1])
    return begins // m, begins // n, (ends - begins) / (n * m)


@metric(
    unit="item units",
    blind_to=("shift", "order", "copies"),
    bias="bias about the spread over the square root of n",
    source="Bonneel et al. 2015",
    **SETS,
)
def sliced_wasserstein(sample, reference, directions: int = 128) -> float:
    """Root mean square, over random directions, of the 2-Wasserstein distance of projections.

    The directions are fixed for each d.
    """
    sample, reference = two_sets(sample, reference, 1)
    directions = as_whole(directions, "The number of directions")
    along = np.random.default_rng(SEED).normal(size=(directions, sample.shape[1]))
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    steps = _quantile_steps(len(sample), len(reference))
    at_once = max(1, NUMBERS // max(len(sample), len(reference)))
    total = 0.0
    for some in np.split(along, range(at_once, directions, at_once)):
        ours, theirs = some @ sample.T, some @ reference.T
        with ThreadPoolExecutor(2) as pool:  # sorts run in parallel
            list(pool.map(lambda rows: rows.sort(1), (ours, theirs)))
        if len(sample) == len(reference):
            ours -= theirs
            total += np.vdot(ours, ours) / len(sample)
        else:
            i, j, width = steps
            total += ((ours[:, i] - theirs[:, j]) ** 2 @ width).sum()
    return float(np.sqrt(total / directions))


@metric(
    unit="item units^2",
    blind_to=MOVES,
    bias="positive bias, which differs between models",
    source="Dowson and Landau 1982; Heusel et al. 2017, eq. 6",
    **SETS,
)
def frechet(sample, reference) -> float:
    """Frechet distance, |difference of means|^2 + tr(A + B - 2 (A B)^(1/2)) for covariances A and
    B: the squared 2-Wasserstein (Bures) distance of the Gaussians with these moments, the formula
    of FID.

    Computed by two symmetric eigendecompositions, so covariances may be singular.
    """
    sample, reference = two_sets(sample, reference)
    a, b = np.atleast_2d(np.cov(sample.T)), np.atleast_2d(np.cov(reference.T))
    value, vector = np.linalg.eigh(a)
    root = vector * np.sqrt(np.maximum(value, 0)) @ vector.T
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ b @ root), 0)).sum()
    gap = ((sample.mean(0) - reference.mean(0)) ** 2).sum()
    return float(max(gap + np.trace(a) + np.trace(b) - 2 * shared, 0))


@metric(
    unit="share of modes",
    high=1,
    better="more",
    needs="vectors, modes",
    blind_to=MOVES,
    bias="rises with n",
    source="Srivastava et al. 2017",
)
def mode_coverage(sample, modes, spread: float, within: float = 3) -> float:
    """Share of the modes (K, d) that are the nearest mode of at least one item within ``within``
    times ``spread``. ``spread`` is the standard deviation of a mode, in item units."""
    sample, modes = two_sets(sample, modes, 1)
    if not (spread > 0 and within > 0):
        raise UserError(f"spread and within must be above 0, not {spread:g} and {within:g}.")
    covered = np.zeros(len(modes), bool)
    for first in range(0, len(sample), ROWS):
        far = cdist(sample[first : first + ROWS], modes)
        nearest = far.argmin(1)
        covered[nearest[far[np.arange(len(far)), nearest] <= within * spread]] = True
    return float(covered.mean())


@metric(
    unit="share of the sample",
    high=1,
    better="more",
    needs="numbers, reference",
    blind_to=("scale", "shift", "order", "copies"),
    bias="none, except for the sampling error of the bound",
    source="Shumailov et al. 2024",
)
def tail_mass(sample, reference, share: float = 0.1) -> float:
    """Share of the sample at or below the ``share``-quantile of the reference, both given as
    log-probabilities under one model of real data (or any number that is low in the tail). Equal to
    ``share`` for equal distributions; 0 once the tail is lost."""
    if not 0 < share < 1:
        raise UserError(f"The tail's share must lie in (0, 1), not {share:g}.")
    sample, reference = as_numbers(sample, "The sample", 1), as_numbers(reference, "The reference")
    if len(reference) * share < 1:
        raise UserError(
            f"A tail of {share:g} needs {int(np.ceil(1 / share))} rows of reference, not "
            f"{len(reference)}: give more, or a larger share."
        )
    bound = np.sort(reference)[int(np.ceil(len(reference) * share)) - 1]
    return float((sample <= bound).mean())
