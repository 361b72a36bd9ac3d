"""64 strengths of a top fraction, 64 seeds, 100 generations: one program against a NumPy loop.

    python -m tests.benchmarks.judges [kept]

The loop is the plain way: for every fraction and seed draw candidates, sort their rewards, keep the
best, count them. It is timed for a few of the 4,096 chains and its time scaled up; both run on the
same machine, one after the other, and the ends of both are compared. CPU time is printed beside the
clock, which a busy machine moves more: nanoseconds for each of the 409.6 million items.
"""

import os
import sys
import time

import jax
import numpy as np

import collapse as c
from collapse.loop.sweep import run_arms

N, GENERATIONS, STRENGTHS, SEEDS = 1000, 100, 64, 64
CHAINS = 24  # of the loop that are timed
FRACTIONS = np.linspace(0.2, 1.0, STRENGTHS)
ITEMS = STRENGTHS * SEEDS * GENERATIONS * N


def loop(fraction: float, rng: np.random.Generator) -> np.ndarray:
    """Log-variances of one chain: draw, sort, keep the best, refit."""
    mean, variance, found = 0.0, 1.0, []
    kept = rng.normal(size=N)
    for _ in range(GENERATIONS):
        mean, variance = kept.mean(), kept.var(ddof=1)
        found.append(np.log(variance))
        drawn = mean + np.sqrt(variance) * rng.normal(size=N)
        kept = drawn[np.argsort(-drawn)[: round(fraction * N)]]
    return np.array(found)


def arm(fraction: float) -> c.Arm:
    return c.Arm(
        truth=c.Gaussian(),
        model=c.Gaussian(),
        judge=c.TopFraction(c.FunctionReward(first), fraction=fraction),
        regime=c.Replace(),
        learner=c.MaximumLikelihood(),
        sampler=c.Plain(),
        measures=(c.Moments(),),
        n=N,
        candidates=N,
        generations=GENERATIONS,
    )


def first(items):
    return items[:, 0]


def kept() -> None:
    """A table of ten outcomes of which a judge keeps each with a chance of its own: items drawn and
    judged, against the statistic of what is kept."""
    truth = c.zipf(10)
    judge = c.BernoulliKeep(np.linspace(0.3, 0.9, 10))
    settings = {"n": N, "candidates": 2 * N, "generations": GENERATIONS}
    settings |= {"judge": judge, "measures": (c.ModelDiversity(),)}
    took = {}
    for statistics in (None, True):
        one = c.Arm(truth=truth, statistics=statistics, **settings)
        c.simulate(one, seeds=SEEDS)  # compiles
        rounds = []
        for key in range(5):
            used = time.process_time()
            c.simulate(one, seeds=SEEDS, key=key)
            rounds.append(time.process_time() - used)
        took[statistics] = np.median(rounds) / SEEDS / GENERATIONS * 1e6
    print(
        f"kept of {2 * N} items of a table of 10: every item {took[None]:.1f} us of CPU a "
        f"generation and seed, its statistic {took[True]:.1f} us: {took[None] / took[True]:.0f}x"
    )


def main() -> None:
    arms = [arm(fraction) for fraction in FRACTIONS]
    started = time.perf_counter()
    record = run_arms(jax.random.key(0), arms, SEEDS)
    first_call = time.perf_counter() - started
    started, used = time.perf_counter(), time.process_time()
    record = run_arms(jax.random.key(1), arms, SEEDS)
    ours, busy = time.perf_counter() - started, time.process_time() - used
    rng, found = np.random.default_rng(0), {}
    started, used = time.perf_counter(), time.process_time()
    for i in range(CHAINS):
        strength = i * STRENGTHS // CHAINS
        found[strength] = loop(FRACTIONS[strength], rng)
    theirs = (time.perf_counter() - started) / CHAINS * STRENGTHS * SEEDS
    loop_busy = (time.process_time() - used) / CHAINS * STRENGTHS * SEEDS
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, jax {jax.__version__}")
    print(
        f"{STRENGTHS} strengths x {SEEDS} seeds x {GENERATIONS} generations: NumPy loop "
        f"{theirs:.0f} s (from {CHAINS} chains), ours {ours:.2f} s (first call {first_call:.1f} "
        f"s): {theirs / ours:.0f}x (floor 30x)"
    )
    print(
        f"CPU: NumPy loop {loop_busy / ITEMS * 1e9:.1f} ns an item, ours "
        f"{busy / ITEMS * 1e9:.1f} ns: "
        f"{loop_busy / busy:.1f}x; ours by the clock {ours / ITEMS * 1e9:.1f} ns an item"
    )
    ours_too = record["curves"]["log_variance"][:, :, 5].mean(1)
    gap = np.mean([found[i][4] - ours_too[i] for i in found])
    print(f"mean gap of the log-variances of generation 5, loop less ours: {gap:+.4f}")


if __name__ == "__main__":
    kept() if sys.argv[1:] == ["kept"] else main()
