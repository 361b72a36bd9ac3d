"""Speed of expectation-maximisation, as ratios to scikit-learn in the same run.

    python -m tests.benchmarks.mixtures

Both make 20 iterations from the same start, on the same rows in the plane; the means must agree.
Candidates alternate in one process; the fastest of several rounds, without the first call, by the
clock and by the processor's time of all threads. scikit-learn is needed for this file only:
pip install scikit-learn
"""

import warnings

import numpy as np

from tests.benchmarks.first_light import machine, seconds
from tests.benchmarks.kde import clocks

ITERATIONS = 20
FLOOR = 20  # times scikit-learn


def problem(k: int, n: int):
    """Rows of k modes of standard deviation 1, and a start not far from them."""
    rng = np.random.default_rng(0)
    centres = 4 * rng.normal(size=(k, 2))
    rows = centres[rng.integers(k, size=n)] + rng.normal(size=(n, 2))
    means = centres + 0.3 * rng.normal(size=(k, 2))
    return rows.astype(np.float32), np.full(k, 1 / k), means, np.stack([np.eye(2)] * k)


def peer(rows, weights, means, covs):
    """scikit-learn, told to make exactly these iterations."""
    from sklearn.mixture import GaussianMixture

    model = GaussianMixture(
        len(weights),
        tol=0.0,
        max_iter=ITERATIONS,
        weights_init=weights,
        means_init=means,
        precisions_init=np.linalg.inv(covs),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is stopped before it converges
        return model.fit(rows)


def compare(k: int, n: int, rounds: int = 9) -> None:
    import equinox as eqx
    import jax
    import jax.numpy as jnp

    from collapse.models.distributions.mixture import GaussianMixture
    from collapse.types import Pool

    rows, weights, means, covs = problem(k, n)
    one, zero = jnp.ones(n), jnp.zeros(n, jnp.int32)
    pool = Pool(jnp.asarray(rows), one, one, one, zero, zero, {})
    model = GaussianMixture(weights, means, covs, floor=1e-6, iterations=ITERATIONS)
    model = jax.tree.map(lambda x: jnp.asarray(x, jnp.float32), model)
    fit = eqx.filter_jit(lambda model, pool: model.fit(jax.random.key(0), pool))

    def ours():
        return jax.block_until_ready(fit(model, pool))

    def theirs():
        return peer(rows, weights, means, covs)

    compiling = seconds(ours)
    gap = float(np.abs(np.asarray(ours().means) - theirs().means_).max())
    times = [(clocks(theirs), clocks(ours)) for _ in range(rounds)]
    its, mine = np.min(times, 0)
    print(
        f"k = {k:2} n = {n:6}: scikit-learn {its[0] * 1e3:7.1f} ms, ours {mine[0] * 1e3:6.2f} ms: "
        f"{its[0] / mine[0]:4.0f}x by the clock, {its[1] / mine[1]:4.0f}x by the processor "
        f"(floor {FLOOR}x); means differ by {gap:.0e}; first call {compiling:.1f} s"
    )


def main() -> None:
    try:
        import sklearn
    except ImportError:
        print("scikit-learn is not installed: pip install scikit-learn, then run this again.")
        return
    import jax

    print(f"{machine()}; jax {jax.__version__}, scikit-learn {sklearn.__version__}")
    for n in (1000, 10_000):
        for k in (2, 8, 25):
            compare(k, n)


if __name__ == "__main__":
    main()
