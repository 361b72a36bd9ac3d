"""Fidelity and diversity of vectors by nearest neighbours, and differential entropies in nats.

The radius of a row's ball is the distance to its k-th nearest other row of the same set,
boundary included.
"""

import numpy as np
from scipy.special import digamma, gammaln
from scipy.stats import differential_entropy

from collapse.errors import UserError
from collapse.metrics.balls import balls_that_hold, in_any_ball, pairs_inside, squared_reaches
from collapse.metrics.base import as_numbers, as_vectors, as_whole, metric, two_sets

SAME = ("scale", "shift", "rotation", "order")


@metric(
    unit="share of the sample",
    high=1,
    better="more",
    needs="vectors, reference",
    blind_to=SAME,
    bias="small; below 1 for two samples of one source, further below in more dimensions",
    source="Kynkaanniemi et al. 2019, eq. 1-2",
)
def precision(sample, reference, k: int = 5) -> float:
    """Share of the sample inside the ball of at least one reference row: fidelity.

    It is 1 for a collapse onto one real item: use ``knn_coverage`` too.
    """
    sample, reference = _two_sets(sample, reference, k)
    return float(in_any_ball(sample, reference, squared_reaches(reference, k)).mean())


@metric(
    unit="share of the reference",
    high=1,
    better="more",
    needs="vectors, reference",
    blind_to=SAME,
    bias="small; below 1 for two samples of one source, further below in more dimensions",
    source="Kynkaanniemi et al. 2019, eq. 1-2",
)
def recall(sample, reference, k: int = 5) -> float:
    """Share of the reference inside the ball of at least one sample row: diversity.

    The ball of a single outlier of the sample may contain most of the reference.
    """
    sample, reference = _two_sets(sample, reference, k)
    return float(in_any_ball(reference, sample, squared_reaches(sample, k)).mean())


@metric(
    unit="balls over k",
    better=None,
    needs="vectors, reference",
    blind_to=SAME,
    bias="none: 1 for two samples of one source",
    source="Naeem et al. 2020",
)
def density(sample, reference, k: int = 5) -> float:
    """Mean number of reference balls that contain a sample row, divided by k. Above 1 if the sample
    concentrates at the modes of the reference."""
    sample, reference = _two_sets(sample, reference, k)
    return pairs_inside(sample, reference, squared_reaches(reference, k)) / (k * len(sample))


@metric(
    unit="share of the reference",
    high=1,
    better="more",
    needs="vectors, reference",
    blind_to=SAME,
    bias="1 - 2^-k for one source and equal sizes; rises with the sample",
    source="Naeem et al. 2020, lemma 2",
)
def knn_coverage(sample, reference, k: int = 5) -> float:
    """Share of the reference rows whose balls contain at least one sample row."""
    sample, reference = _two_sets(sample, reference, k)
    return float(balls_that_hold(sample, reference, squared_reaches(reference, k)).mean())


def _two_sets(sample, reference, k: int) -> tuple[np.ndarray, np.ndarray]:
    sample, reference = two_sets(sample, reference, least=as_whole(k, "k") + 1)
    if len(reference) < len(sample):
        raise UserError(
            f"The reference has {len(reference)} rows and the sample {len(sample)}: a smaller "
            "reference has larger balls. Take fewer rows of the sample, or add real ones."
        )
    return sample, reference


@metric(
    unit="nats",
    low=-np.inf,
    better="more",
    needs="numbers",
    blind_to=("shift", "order"),
    bias="negative bias for few items; for a Gaussian -.16 at 20, -.03 at 100",
    source="Vasicek 1976; Ebrahimi et al. 1994",
)
def spacing_entropy(numbers) -> float:
    """Differential entropy of numbers (n,) by m-spacings, with the choice of ``scipy.stats``."""
    numbers = as_numbers(numbers, "The numbers", least=5)
    _refuse_constant(numbers[:, None])
    with np.errstate(divide="ignore"):
        entropy = float(differential_entropy(numbers))
    if not np.isfinite(entropy):
        raise UserError(_many_equal(len(numbers), len(np.unique(numbers))))
    return entropy


@metric(
    unit="nats",
    low=-np.inf,
    better="more",
    needs="vectors",
    blind_to=("shift", "rotation", "order"),
    bias="small in few dimensions; positive in many, and slow to shrink",
    source="Kozachenko and Leonenko 1987; Kraskov et al. 2004, eq. 20",
)
def nearest_entropy(vectors, k: int = 3) -> float:
    """Differential entropy from distances r to the k-th nearest neighbour: psi(n) - psi(k) +
    ln(volume of the unit ball) + d mean(ln r).

    Raises ``UserError`` for rows with k copies, which have r = 0 and no density.
    """
    k = as_whole(k, "k")
    vectors = as_vectors(vectors, "The vectors", least=k + 1)
    n, d = vectors.shape
    reach = squared_reaches(vectors, k)
    if (reach == 0).any():
        raise UserError(_many_equal(n, len(np.unique(vectors, axis=0))))
    ball = d / 2 * np.log(np.pi) - gammaln(d / 2 + 1)
    return float(digamma(n) - digamma(k) + ball + d * np.log(reach).mean() / 2)


@metric(
    unit="nats",
    low=-np.inf,
    better="more",
    needs="vectors",
    blind_to=("shift", "rotation", "order"),
    bias="bias about -d (d + 1) / 4n",
    source="Shannon 1948, section 20",
)
def gaussian_entropy(vectors) -> float:
    """Differential entropy of the Gaussian with the vectors' covariance S: ln det(2 pi e S) / 2.

    An upper bound of the entropy of all distributions with this covariance.
    """
    vectors = as_vectors(vectors, "The vectors")
    _refuse_constant(vectors)
    n, d = vectors.shape
    if n <= d:
        raise UserError(
            f"{n} items in {d} dimensions lie in a hyperplane: give more than {d} items."
        )
    spread = np.linalg.svd(vectors - vectors.mean(0), compute_uv=False)
    if spread[-1] <= spread[0] * n * np.finfo(float).eps:
        raise UserError("The vectors lie in a hyperplane, so they have no density: drop a column.")
    return float(d / 2 * np.log(2 * np.pi * np.e / (n - 1)) + np.log(spread).sum())


def _refuse_constant(rows: np.ndarray) -> None:
    if (rows == rows[0]).all():
        raise UserError(f"All {len(rows)} items are the same: their density has no entropy.")


def _many_equal(n: int, different: int) -> str:
    return (
        f"Of {n} items only {different} are different, and copies have no density: count them "
        "instead (entropy of the counts), or drop the copies."
    )
