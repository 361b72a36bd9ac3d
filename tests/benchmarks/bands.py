"""How often 95 % intervals over seeds hold the truth, by simulation.

    python -m tests.benchmarks.bands

The table of docs/statistics.md: 20,000 sets of seeds for each entry, 4,000 for the bootstrap; the
standard error of an entry is 0.2 (0.4) points. The truth is the mean, for "median" the median.
"""

import numpy as np

from collapse.stats.intervals import INTERVALS

SEEDS = (3, 5, 8, 16, 50)
SETS = {"t": 20_000, "median": 20_000, "bootstrap": 4000}
# name: a draw of such a shape, its mean and its median
KINDS = {
    "normal": (lambda rng, shape: rng.normal(size=shape), 0.0, 0.0),
    "entropy of 100 draws of 50": (lambda rng, shape: _entropies(rng, shape), None, None),
    "uniform": (lambda rng, shape: rng.random(shape), 0.5, 0.5),
    "exponential": (lambda rng, shape: rng.exponential(size=shape), 1.0, np.log(2)),
    "log-normal, sigma 1": (lambda rng, s: np.exp(rng.normal(size=s)), np.exp(0.5), 1.0),
    "log-normal, sigma 2": (lambda rng, s: np.exp(2 * rng.normal(size=s)), np.exp(2.0), 1.0),
}


def _entropies(rng, shape):
    counts = rng.multinomial(100, np.full(50, 0.02), size=shape)
    p = counts / 100
    return -(p * np.log(np.where(p > 0, p, 1))).sum(-1)


def coverage(kind: str, method: str, seeds: int, sets: int) -> float:
    """The share of ``sets`` intervals that hold the truth."""
    draw, mean, median = KINDS[kind]
    rng = np.random.default_rng(1)
    if mean is None:
        many = draw(rng, 400_000)
        mean, median = many.mean(), np.median(many)
    truth = median if method == "median" else mean
    values = draw(rng, (sets, seeds))
    found = [INTERVALS[method](row) for row in values]
    return float(np.mean([band.low <= truth <= band.high for band in found]))


def main() -> None:
    print("| values | interval | " + " | ".join(f"{seeds} seeds" for seeds in SEEDS) + " |")
    for kind in KINDS:
        for method in INTERVALS:
            shares = [coverage(kind, method, seeds, SETS[method]) for seeds in SEEDS]
            cells = " | ".join(f"{share:.1%}" for share in shares)
            print(f"| {kind} | {method} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
