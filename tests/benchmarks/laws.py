"""Speed of the closed-form models, as ratios to a plain loop over seeds in NumPy in the same run.

    python -m tests.benchmarks.laws [gaussian] [items] [accumulate] [categorical] [start] [scaling]

Ours runs in as many threads as there are cores, each with seeds of its own, as ``collapse run``
does. Wall clock, candidates alternating, medians of several rounds; CPU seconds beside it, which a
busy machine moves less. Mixtures and kernel densities have benchmarks of their own.
"""

import os
import statistics
import subprocess
import sys
import threading
import time

import numpy as np

from tests.benchmarks import peers
from tests.benchmarks.first_light import machine

CORES = os.cpu_count() or 1


def timed(function, *arguments) -> tuple[float, float]:
    """Wall and CPU seconds of a call."""
    wall, cpu = time.perf_counter(), time.process_time()
    function(*arguments)
    return time.perf_counter() - wall, time.process_time() - cpu


class Chain:
    """An arm, compiled for blocks of seeds, without storage."""

    def __init__(self, arm, block: int):
        import jax

        from collapse.loop.prepare import prepare
        from collapse.loop.start import begin
        from collapse.numerics.pytree import seed_keys

        self.arm, self.block = prepare(arm), block
        self.keys = [seed_keys(jax.random.key(0), range(i, i + block)) for i in (0, block)]
        self.states = [begin(self.arm, keys)[0] for keys in self.keys]
        self.run(1, block)  # compiles

    def advance(self, which: int, generations: int) -> None:
        import jax
        import jax.numpy as jnp

        from collapse.loop.generation import advance, chunk

        state, size = self.states[which], chunk(self.arm)
        for t in range(1, generations + 1, size):
            steps = min(size, generations + 1 - t)
            at = (jnp.int32(t), jnp.int32(steps))
            state, rows = advance(self.arm, state, self.keys[which], *at)
        jax.block_until_ready(rows)

    def run(self, generations: int, seeds: int) -> None:
        """All seeds, in blocks, on all cores."""
        blocks = list(range(max(1, seeds // self.block)))

        def work(thread):
            for _ in blocks[thread::CORES]:
                self.advance(thread % 2, generations)

        threads = [threading.Thread(target=work, args=(i,)) for i in range(min(CORES, len(blocks)))]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]


def compare(name, peer, units_of_peer, ours, units, floor, rounds=5) -> None:
    """Print the ratio of the rates, units a second."""
    pairs = [(timed(peer), timed(ours)) for _ in range(rounds)]
    theirs = [statistics.median(p[0][i] for p in pairs) / units_of_peer for i in (0, 1)]
    own = [statistics.median(p[1][i] for p in pairs) / units for i in (0, 1)]
    print(
        f"{name}: loop {theirs[0] * 1e6:.4g} us, ours {own[0] * 1e6:.4g} us a generation and seed: "
        f"{theirs[0] / own[0]:.0f}x (floor {floor}x); by CPU time {theirs[1] / own[1]:.0f}x",
        flush=True,
    )


def gaussian_arm(n=100, generations=1000, regime=None, statistics=None):
    import collapse

    return collapse.Arm(
        truth=collapse.Gaussian(0.0, 1.0),
        model=collapse.Gaussian(0.0, 1.0, ddof=0 if regime else 1),
        judge=collapse.KeepAll(),
        regime=regime or collapse.Replace(),
        learner=collapse.MaximumLikelihood(),
        sampler=collapse.Plain(),
        measures=(collapse.Moments(),),
        n=n,
        generations=generations,
        statistics=statistics,
    )


def gaussian() -> None:
    """1000 seeds x 1000 generations by sufficient statistics."""
    chain = Chain(gaussian_arm(), 500)
    peer = lambda: peers.gaussian_chain(np.random.default_rng(0), 10_000, 100)  # noqa: E731
    ours = lambda: chain.run(1000, 1000)  # noqa: E731
    compare("Gaussian, statistics, 1000 x 1000", peer, 10_000, ours, 10**6, 400, 7)


def items() -> None:
    """The same with every item drawn."""
    chain = Chain(gaussian_arm(statistics=False), 500)
    peer = lambda: peers.gaussian_chain(np.random.default_rng(0), 10_000, 100)  # noqa: E731
    ours = lambda: chain.run(160, 1000)  # noqa: E731
    compare("Gaussian, every item, 1000 seeds", peer, 10_000, ours, 160_000, 25)


def accumulate() -> None:
    """1000 generations x 1000 items x 100 seeds, against concatenating and fitting again."""
    import collapse

    chain = Chain(gaussian_arm(1000, regime=collapse.Accumulate()), 50)
    peer = lambda: peers.gaussian_accumulate(np.random.default_rng(0), 1000, 1000)  # noqa: E731
    ours = lambda: chain.run(1000, 100)  # noqa: E731
    compare("Gaussian, accumulate, 1000 x 1000 x 100", peer, 1000, ours, 10**5, 5000, 3)


def categorical() -> None:
    """Support and entropy recorded every generation, against choice and bincount."""
    import collapse

    cases = [
        (10_000, 1_000, 200, 8, 32, 20),
        (100_000, 100_000, 4, 1, 16, 15),
        (100_000, 1_000_000, 2, 1, 8, 7),
        (100, 100_000, 40, 16, 32, 20),
    ]
    for size, n, theirs, block, generations, floor in cases:
        truth = collapse.zipf(size)
        arm = collapse.Arm(
            truth=truth,
            model=truth,
            judge=collapse.KeepAll(),
            regime=collapse.Replace(),
            learner=collapse.MaximumLikelihood(),
            sampler=collapse.Plain(),
            measures=(collapse.ModelDiversity(),),
            n=n,
            generations=generations,
        )
        chain = Chain(arm, block)
        p = np.asarray(truth.p, float)
        peer = lambda p=p, n=n, theirs=theirs: peers.categorical_chain(  # noqa: E731
            np.random.default_rng(0), p / p.sum(), n, theirs
        )
        seeds = 2 * block
        ours = lambda chain=chain, g=generations, s=seeds: chain.run(g, s)  # noqa: E731
        name = f"categorical, K = {size:,}, N = {n:,} ({chain.arm.sampler.kind})"
        compare(name, peer, theirs, ours, generations * seeds, floor, 3)


FIRST_CURVE = """
import jax
from collapse import Arm, Gaussian, Moments
from collapse.loop.simulate import run_arm
from collapse.numerics.device import start_jax
start_jax("single")
normal = Gaussian(0.0, 1.0, ddof=1)
arm = Arm(truth=Gaussian(0.0, 1.0), model=normal, measures=(Moments(),), n=100, generations=100)
print(run_arm(jax.random.key(0), arm, seeds=100)["curves"]["log_variance"].mean(0))
"""


def start() -> None:
    """A whole process to the first curve with a warm compile cache, against importing jax."""
    bare = [sys.executable, "-c", "import jax; jax.numpy.ones(1)"]
    first = [sys.executable, "-c", FIRST_CURVE]
    call = lambda command: subprocess.run(command, capture_output=True, check=True)  # noqa: E731
    call(first)
    pairs = [(timed(call, bare)[0], timed(call, first)[0]) for _ in range(7)]
    base, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"first curve: {ours:.2f} s, import jax {base:.2f} s: {ours / base:.1f}x (at most 2x)")


def scaling(path="docs/scaling.png") -> None:
    """Time of a Gaussian chain against generations, seeds and items: three plots."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 2.3), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, 3)
    chain = Chain(gaussian_arm(), 500)
    sizes = (128, 256, 512, 1024, 2048)
    by_generations = [_least(lambda g=g: chain.run(g, 1000)) for g in sizes]
    _line(axes[0], sizes, by_generations, "generations (1000 seeds, n = 100)")
    seeds = (1000, 2000, 4000, 8000, 16_000)
    by_seeds = [_least(lambda s=s: chain.run(128, s)) for s in seeds]
    _line(axes[1], seeds, by_seeds, "seeds (128 generations, n = 100)")
    items = (100, 1000, 10_000, 100_000, 1_000_000)
    by_items = []
    for n in items:
        other = Chain(gaussian_arm(n), 500)
        by_items.append(_least(lambda other=other: other.run(512, 1000)))
    _line(axes[2], items, by_items, "items n (512 generations, 1000 seeds)", linear=False)
    axes[0].set_ylabel("seconds")
    axes[0].legend(fontsize=6)
    figure.savefig(path, dpi=150)
    for name, x, y in zip(
        ("generations", "seeds", "items"),
        (sizes, seeds, items),
        (by_generations, by_seeds, by_items),
        strict=True,
    ):
        slope = np.polyfit(np.log(x), np.log(y), 1)[0]
        print(f"time grows as {name} to the power {slope:.2f}: {np.round(y, 4).tolist()}")


def _least(function) -> float:
    return min(timed(function)[0] for _ in range(5))


def _line(axis, x, y, label, linear=True) -> None:
    from matplotlib.ticker import NullFormatter

    axis.loglog(x, y, "o-", markersize=3, label="measured")
    law = y[-1] * np.array(x) / x[-1] if linear else np.full(len(x), y[-1])
    axis.loglog(x, law, "--", label="linear" if linear else "constant", linewidth=0.8)
    axis.set_xlabel(label, fontsize=6)
    for both in (axis.xaxis, axis.yaxis):
        both.set_minor_formatter(NullFormatter())
    axis.tick_params(labelsize=6)
    axis.set_ylim(min(y) / 3, max(y) * 3)


def main() -> None:
    print(machine())
    parts = (gaussian, items, accumulate, categorical, start, scaling)
    wanted = sys.argv[1:] or [part.__name__ for part in parts]
    for part in parts:
        if part.__name__ in wanted:
            part()


if __name__ == "__main__":
    main()
