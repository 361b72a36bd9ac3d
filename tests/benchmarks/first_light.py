"""Speed of the first slice, as ratios to the plain way in the same run.

    python -m tests.benchmarks.first_light [start] [jokes] [ngram] [distinct]

Candidates alternate in one process; medians of several rounds. Never a timed test: a shared
machine makes the numbers what they are, so machine and load are printed with them.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from tests.benchmarks import peers


def seconds(function, *arguments) -> float:
    started = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - started


def start() -> None:
    """Cold start of the commands that need no jax."""
    for command in (["--help"], ["list"]):
        call = [sys.executable, "-m", "collapse", *command]
        times = [seconds(lambda c=call: subprocess.run(c, capture_output=True)) for _ in range(7)]
        print(f"collapse {command[0]:7} {statistics.median(times):6.2f} s (floor 0.5 s)")


def jokes() -> None:
    """The built-in run in a fresh process with an empty compile cache, and its peak memory."""
    script = (
        "import resource, sys; from collapse.cli import main as cli\n"
        "try: cli.main()\nexcept SystemExit: pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, file=sys.stderr)"
    )
    for state in ("cold", "warm compile cache"):
        if state == "cold":
            cache = tempfile.mkdtemp()
        with tempfile.TemporaryDirectory() as out:
            call = [sys.executable, "-c", script, "run", "jokes", "--out", f"{out}/jokes"]
            started = time.perf_counter()
            done = subprocess.run(
                call, capture_output=True, text=True, env=os.environ | {"COLLAPSE_CACHE": cache}
            )
            took = time.perf_counter() - started
        peak = float(done.stderr.split()[-1])
        print(f"collapse run jokes, {state}: {took:.1f} s (floor 60 s), {peak:.2f} GB (floor 2 GB)")


def corpus(size: int, rows: int = 1000, length: int = 64) -> np.ndarray:
    """Rows of Zipf tokens without an end, so that every method does the full work."""
    p = 1 / np.arange(1, size)
    generator = np.random.default_rng(0)
    return generator.choice(np.arange(1, size), (rows, length), p=p / p.sum()).astype(np.int32)


def ngram(floors={64: 140, 500: 85, 2000: 70}) -> None:  # noqa: B006
    """Fit and sample 1000 x 64 tokens, orders 2 to 4, inside the compiled loop.

    Ours: two threads, each advancing seeds of its own, as ``collapse run`` does; without measures.
    """
    import jax
    import jax.numpy as jnp

    import collapse
    from collapse.loop.generation import advance
    from collapse.loop.prepare import prepare
    from collapse.loop.start import begin
    from collapse.numerics.pytree import seed_keys

    for order in (2, 3, 4):
        for size in (64, 500, 2000):
            rows = corpus(size)
            truth = collapse.Empirical.of(rows, size)
            arm = prepare(
                collapse.Arm(
                    truth=truth,
                    model=collapse.NGram(size, order=order),
                    judge=collapse.KeepAll(),
                    regime=collapse.Replace(),
                    learner=collapse.MaximumLikelihood(),
                    sampler=collapse.Plain(),
                    n=1000,
                    generations=16,
                )
            )
            keys = seed_keys(jax.random.key(0), [0])
            state, _ = begin(arm, keys)

            def ours(arm=arm, state=state, keys=keys):
                rows = advance(arm, state, keys, jnp.int32(1), jnp.int32(16))[1]
                rows["items"].block_until_ready()

            def two_threads(ours=ours):
                threads = [threading.Thread(target=ours) for _ in range(2)]
                [thread.start() for thread in threads]
                [thread.join() for thread in threads]

            ours()
            plain = [r.tolist() for r in rows]
            peer = (
                (lambda plain=plain: peers.bigram_generation(plain, 64))
                if order == 2
                else (lambda plain=plain, order=order: peers.ngram_generation(plain, order, 64))
            )
            rounds = [(seconds(peer), seconds(ours), seconds(two_threads)) for _ in range(5)]
            peer_s, one_s, two_s = map(statistics.median, zip(*rounds, strict=True))
            floor = f"(floor {floors[size]}x)" if order == 2 else "(no floor)"
            print(
                f"order {order} V = {size:5}: dictionary {peer_s:.3f} s, "
                f"ours {two_s / 32 * 1e3:.2f} ms a generation: {peer_s / (two_s / 32):5.0f}x "
                f"{floor}; one thread {peer_s / (one_s / 16):.0f}x"
            )


def distinct() -> None:
    """distinct-2 of a million tokens against a Counter of tuples; equal to the last digit."""
    from collapse.metrics.long_stream import corpus_distinct

    for size in (64, 500, 2000, 5000, 20_000, 60_000):
        tokens = corpus(size, 1, 1_000_000)[0]
        listed = tokens.tolist()
        assert corpus_distinct(tokens, 2) == peers.distinct(listed, 2)
        rounds = [
            (seconds(peers.distinct, listed, 2), seconds(corpus_distinct, tokens, 2))
            for _ in range(5)
        ]
        peer_s, our_s = (statistics.median(column) for column in zip(*rounds, strict=True))
        floor = 50 if size <= 2000 else 25
        print(
            f"distinct-2, V = {size:6}: Counter {peer_s:.3f} s, ours {our_s * 1e3:.1f} ms: "
            f"{peer_s / our_s:.0f}x (floor {floor}x)"
        )


def machine() -> str:
    names = [x for x in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in x]
    load = os.getloadavg()[0]
    name = names[0].split(":")[1].strip() if names else platform.processor()
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}, load {load:.1f}"


def main() -> None:
    print(machine())
    rows = {"start": start, "jokes": jokes, "ngram": ngram, "distinct": distinct}
    for name in sys.argv[1:] or rows:
        rows[name]()


if __name__ == "__main__":
    main()
