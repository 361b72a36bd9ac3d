"""64 strengths of a top fraction, 64 seeds, 100 generations: one program against a NumPy loop.

    python -m tests.benchmarks.judges

The loop is the plain way: for every fraction and seed draw candidates, sort their rewards, keep the
best, count them. It is timed for a few of the 4,096 chains and its time scaled up; both run on the
same machine, one after the other, and the ends of both are compared.
"""

import os
import time

import jax
import numpy as np

import collapse as c

OUTCOMES, N, CANDIDATES, GENERATIONS, STRENGTHS, SEEDS = 100, 100, 1000, 100, 64, 64
CHAINS = 24  # of the loop that are timed
P = 1 / np.arange(1.0, OUTCOMES + 1)
P /= P.sum()
REWARD = np.cos(np.arange(OUTCOMES))
FRACTIONS = np.linspace(0.1, 1.0, STRENGTHS)


def loop(fraction: float, rng: np.random.Generator) -> np.ndarray:
    """Shares after all generations of one chain."""
    p = np.bincount(rng.choice(OUTCOMES, N, p=P), minlength=OUTCOMES) / N
    for _ in range(GENERATIONS):
        drawn = rng.choice(OUTCOMES, CANDIDATES, p=p)
        order = np.argsort(-REWARD[drawn], kind="stable")
        best = np.sort(order[: round(fraction * CANDIDATES)])
        kept = drawn[best][:N]
        p = np.bincount(kept, minlength=OUTCOMES) / N
    return p


def arm(fraction: float) -> c.Arm:
    return c.Arm(
        truth=c.Categorical(P),
        model=c.Categorical(P),
        judge=c.TopFraction(c.TableReward(REWARD), fraction),
        regime=c.Replace(),
        learner=c.MaximumLikelihood(),
        sampler=c.Plain(),
        measures=(c.ModelDiversity(),),
        n=N,
        candidates=CANDIDATES,
        generations=GENERATIONS + 1,
    )


def entropy(p: np.ndarray) -> float:
    p = p[p > 0]
    return float(-(p * np.log(p)).sum())


def main() -> None:
    arms = [arm(fraction) for fraction in FRACTIONS]
    started = time.perf_counter()
    record = c.simulate_arms(jax.random.key(0), arms, SEEDS)
    first = time.perf_counter() - started
    started = time.perf_counter()
    record = c.simulate_arms(jax.random.key(1), arms, SEEDS)
    ours = time.perf_counter() - started
    rng, ends = np.random.default_rng(0), {}
    started = time.perf_counter()
    for i in range(CHAINS):
        strength = i * STRENGTHS // CHAINS
        ends.setdefault(strength, []).append(entropy(loop(FRACTIONS[strength], rng)))
    theirs = (time.perf_counter() - started) / CHAINS * STRENGTHS * SEEDS
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, jax {jax.__version__}")
    print(
        f"{STRENGTHS} strengths x {SEEDS} seeds x {GENERATIONS} generations: NumPy loop "
        f"{theirs:.0f} s (from {CHAINS} chains), ours {ours:.2f} s (first call {first:.1f} s): "
        f"{theirs / ours:.0f}x (floor 30x)"
    )
    last = record["curves"]["model_entropy"][:, :, -1]
    gaps = [np.mean(found) - last[i].mean() for i, found in ends.items()]
    print(f"mean gap of the last entropies, loop less ours: {np.mean(gaps):+.3f} nats")


if __name__ == "__main__":
    main()
