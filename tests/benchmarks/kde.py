"""Speed of a kernel density estimate, as ratios to scikit-learn and scipy in the same run.

    python -m tests.benchmarks.kde

The work: a few generations of fitting n rows in the plane, sampling n, which the next is fitted
to, and the log-density at 1,000 other points; all with a Gaussian kernel of one width (scipy's
follows the covariance). Ours is one compiled loop that draws as a run draws. Candidates alternate
in one process; the fastest of several rounds, without the first call, by the clock and by the
processor's time of all threads. scikit-learn is needed for this file only:
pip install scikit-learn
"""

import time

import numpy as np

from tests.benchmarks.first_light import machine, seconds

FLOORS = {"scikit-learn": 60, "scipy": 35}
WIDTH, POINTS, GENERATIONS = 0.3, 1000, 5


def scikit_learn(rows, points) -> np.ndarray:
    from sklearn.neighbors import KernelDensity

    found = []
    for t in range(GENERATIONS):
        density = KernelDensity(bandwidth=WIDTH).fit(rows)
        rows = density.sample(len(rows), random_state=t)
        found.append(density.score_samples(points))
    return found[0]


def scipy(rows, points) -> np.ndarray:
    from scipy.stats import gaussian_kde

    found = []
    for t in range(GENERATIONS):
        density = gaussian_kde(rows.T, bw_method=WIDTH)
        rows = density.resample(len(rows), seed=t).T
        found.append(np.log(density(points.T)))
    return found[0]


def clocks(function, *arguments) -> tuple[float, float]:
    """Seconds that passed, and seconds of all threads together."""
    passed, worked = time.perf_counter(), time.process_time()
    function(*arguments)
    return time.perf_counter() - passed, time.process_time() - worked


def compare(n: int, rounds: int = 9) -> None:
    import jax
    import jax.numpy as jnp

    from collapse.models.distributions.kde import KDE
    from collapse.numerics.prng import straight
    from collapse.types import Pool

    rng = np.random.default_rng(0)
    rows, points = (rng.normal(size=(m, 2)).astype(np.float32) for m in (n, POINTS))
    one, zero = jnp.ones(n), jnp.zeros(n, jnp.int32)
    keys = straight(jax.random.split(jax.random.key(0), GENERATIONS))

    @jax.jit
    def work(rows, points, width):
        def generation(rows, key):
            model = KDE(width).fit(key, Pool(rows, one, one, one, zero, zero, {}))
            return model.sample(key, n), model.log_prob(points)

        return jax.lax.scan(generation, rows, keys)[1][0]

    inputs = jnp.asarray(rows), jnp.asarray(points), jnp.asarray(WIDTH)

    def ours():
        return jax.block_until_ready(work(*inputs))

    compiling = seconds(ours)
    gap = float(np.abs(np.asarray(ours()) - scikit_learn(rows, points)).max())
    peers = {"scikit-learn": scikit_learn, "scipy": scipy}
    times = [
        [clocks(ours), *(clocks(peer, rows, points) for peer in peers.values())]
        for _ in range(rounds)
    ]
    mine, *theirs = np.min(times, 0)
    ratios = "; ".join(
        f"{name} {1e3 / GENERATIONS * its[0]:.1f} ms, {its[0] / mine[0]:.0f}x by the clock, "
        f"{its[1] / mine[1]:.0f}x by the processor (floor {FLOORS[name]}x)"
        for name, its in zip(peers, theirs, strict=True)
    )
    print(
        f"n = {n:5}: ours {1e3 / GENERATIONS * mine[0]:.2f} ms a generation; {ratios}; "
        f"log-densities differ by {gap:.0e}; first call {compiling:.1f} s"
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
    for n in (1000, 2000, 5000):
        compare(n)


if __name__ == "__main__":
    main()
