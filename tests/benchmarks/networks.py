"""Networks that write text: training and sampling, against PyTorch on a CPU in the same process.

    pip install torch
    python -m tests.benchmarks.networks [training] [seeds] [sampling]

PyTorch runs eagerly, with all cores, the way a script is written (``tests/benchmarks/torch_text``);
both sides train the same architecture on the same rows, alternating, medians of ROUNDS rounds.
Sizes are layers and width.
"""

import os
import platform
import sys
import threading
import time

import equinox as eqx
import jax
import numpy as np

from tests.benchmarks import torch_text
from tests.benchmarks.texts import BATCH, CONTEXT, SIZE, model_of, pool_of, tokens

STEPS = {(1, 32): 40, (2, 64): 16, (4, 128): 8}  # of one timed run
SEEDS, SAMPLED, LONG = 4, 250, 256
EVERY = 32  # places of which one goes through the re-forward loop, which takes minutes: once
ROUNDS = 9


def timed(*calls) -> list[np.ndarray]:
    """Median seconds of each by the clock and of all cores, taken in turn after a first call."""
    for call in calls:
        call()
    rounds = [[_seconds(call) for call in calls] for _ in range(ROUNDS)]
    return list(np.median(rounds, axis=0))


def _seconds(call) -> np.ndarray:
    started = np.array([time.perf_counter(), time.process_time()])
    call()
    return np.array([time.perf_counter(), time.process_time()]) - started


@eqx.filter_jit
def fit(model, pool, key):
    return model.fit(key, pool).net


@eqx.filter_jit
def fit_many(model, pool, keys):
    return jax.lax.map(lambda key: model.fit(key, pool).net, keys)


def training(layers: int, width: int, floor: float) -> str:
    """One seed: steps of AdamW."""
    steps, rows = STEPS[layers, width], tokens(1000, CONTEXT)
    model, pool = model_of(layers, width, steps=steps), pool_of(rows)
    train = torch_text.trainer(SIZE, CONTEXT, layers, width, rows, BATCH)
    theirs, ours = timed(
        lambda: train(steps), lambda: jax.block_until_ready(fit(model, pool, jax.random.key(0)))
    )
    return _row(f"training {layers}L d={width}", theirs / steps, ours / steps, "step", floor)


def seeds(layers: int, width: int, floor: float) -> list[str]:
    """Many seeds: in turn in one program, and in two threads, as ``run_arms`` has them."""
    steps, rows = STEPS[layers, width], tokens(1000, CONTEXT)
    model, pool = model_of(layers, width, steps=steps), pool_of(rows)
    train = torch_text.trainer(SIZE, CONTEXT, layers, width, rows, BATCH)
    keys = jax.random.split(jax.random.key(0), SEEDS)

    def in_threads():
        halves = (keys[: SEEDS // 2], keys[SEEDS // 2 :])
        run = lambda part: jax.block_until_ready(fit_many(model, pool, part))  # noqa: E731
        threads = [threading.Thread(target=run, args=(part,)) for part in halves]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    theirs, mapped, threaded = timed(
        lambda: [train(steps) for _ in range(SEEDS)],
        lambda: jax.block_until_ready(fit_many(model, pool, keys)),
        in_threads,
    )
    units, name = SEEDS * steps, f"{SEEDS} seeds {layers}L d={width}"
    return [
        _row(f"{name}, one program", theirs / units, mapped / units, "step", floor),
        _row(f"{name}, two threads", theirs / units, threaded / units, "step", floor),
    ]


def sampling() -> list[str]:
    """SAMPLED rows of LONG tokens, none of which ends early, 2L d=64."""
    model = model_of(2, 64, LONG)
    model = model.with_params(model.initial(jax.random.key(0)))
    # Without an end token every row is LONG tokens of work for both sides.
    model.net["output"]["b"] = model.net["output"]["b"].at[0].set(-1e9)
    draw = eqx.filter_jit(lambda model, key: model.sample(key, SAMPLED))
    key = jax.random.key(1)
    drawn = np.asarray(draw(model, key))
    assert (drawn > 0).all()
    net = torch_text.network(SIZE, LONG, 2, 64)
    cached, ours = timed(
        lambda: torch_text.sample_cached(net, SAMPLED, LONG),
        lambda: jax.block_until_ready(draw(model, key)),
    )
    again = EVERY * _seconds(lambda: torch_text.sample_again(net, SAMPLED, LONG, EVERY))
    units = SAMPLED * LONG
    return [
        _row("sampling, re-forward loop", again / units, ours / units, "token", 50),
        _row("sampling, loop with a cache", cached / units, ours / units, "token", 1.8),
    ]


def _row(name: str, theirs: np.ndarray, ours: np.ndarray, unit: str, floor: float) -> str:
    by_clock, by_cpu = theirs / ours
    missed = "" if by_clock >= floor else "  MISSES"
    return (
        f"{name:33s} torch {1e3 * theirs[0]:8.4g} ms, ours {1e3 * ours[0]:8.4g} ms a {unit}: "
        f"{by_clock:.2f}x (floor {floor:g}x){missed}; by CPU time {by_cpu:.2f}x; "
        f"load {os.getloadavg()[0]:.1f}"
    )


def main() -> None:
    asked = sys.argv[1:] or ["training", "seeds", "sampling"]
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, jax {jax.__version__},")
    print(f"torch {torch_text.version}, Python {platform.python_version()}", flush=True)
    if "training" in asked:
        print(training(2, 64, 0.95), flush=True)
        print(training(4, 128, 0.95), flush=True)
    if "seeds" in asked:
        print(*seeds(2, 64, 1.2), sep="\n", flush=True)
        print(*seeds(1, 32, 1.6), sep="\n", flush=True)
    if "sampling" in asked:
        print(*sampling(), sep="\n", flush=True)


if __name__ == "__main__":
    main()
