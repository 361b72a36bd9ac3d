"""Speed of a kernel density estimate, as ratios to scikit-learn and scipy in the same run.

    python -m tests.benchmarks.kde

The work: fit n rows in the plane, sample n, log-density at 1,000 other points; all with a Gaussian
kernel of one width (scipy's follows the covariance, which is the identity here). Ours draws with
jax's generator. Candidates alternate in one process; medians of several rounds, without the first
call. scikit-learn is needed for this file only: pip install scikit-learn
"""

import statistics

import numpy as np

from tests.benchmarks.first_light import machine, seconds

FLOORS = {"scikit-learn": 70, "scipy": 35}
WIDTH, POINTS = 0.3, 1000


def scikit_learn(rows, points) -> np.ndarray:
    from sklearn.neighbors import KernelDensity

    density = KernelDensity(bandwidth=WIDTH).fit(rows)
    density.sample(len(rows), random_state=0)
    return density.score_samples(points)


def scipy(rows, points) -> np.ndarray:
    from scipy.stats import gaussian_kde

    density = gaussian_kde(rows.T, bw_method=WIDTH)
    density.resample(len(rows), seed=0)
    return np.log(density(points.T))


def compare(n: int, rounds: int = 7) -> None:
    import equinox as eqx
    import jax
    import jax.numpy as jnp

    from collapse.models.kde import KDE
    from collapse.types import Pool

    rng = np.random.default_rng(0)
    rows, points = (rng.normal(size=(m, 2)).astype(np.float32) for m in (n, POINTS))
    one, zero = jnp.ones(n), jnp.zeros(n, jnp.int32)
    pool = Pool(jnp.asarray(rows), one, one, one, zero, zero, {})

    @eqx.filter_jit
    def work(pool, points, width):
        model = KDE(width).fit(jax.random.key(0), pool)
        return model.sample(jax.random.key(1), n), model.log_prob(points)

    def ours():
        return jax.block_until_ready(work(pool, jnp.asarray(points), jnp.asarray(WIDTH)))

    compiling = seconds(ours)
    gap = float(np.abs(np.asarray(ours()[1]) - scikit_learn(rows, points)).max())
    peers = {"scikit-learn": scikit_learn, "scipy": scipy}
    times = [
        [seconds(ours), *(seconds(peer, rows, points) for peer in peers.values())]
        for _ in range(rounds)
    ]
    our_s, *their_s = (statistics.median(column) for column in zip(*times, strict=True))
    ratios = "; ".join(
        f"{name} {s * 1e3:.1f} ms, {s / our_s:.0f}x (floor {FLOORS[name]}x)"
        for name, s in zip(peers, their_s, strict=True)
    )
    print(
        f"n = {n:5}: ours {our_s * 1e3:.2f} ms; {ratios}; log-densities differ by {gap:.0e}; "
        f"first call {compiling:.1f} s"
    )


def main() -> None:
    try:
        import sklearn
    except ImportError:
        print("scikit-learn is not installed: pip install scikit-learn, then run this again.")
        return
    import jax
    import scipy as scientific

    versions = f"scikit-learn {sklearn.__version__}, scipy {scientific.__version__}"
    print(f"{machine()}; jax {jax.__version__}, {versions}")
    for n in (300, 1000, 5000):
        compare(n)


if __name__ == "__main__":
    main()
