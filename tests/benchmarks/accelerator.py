"""On an accelerator: training many seeds at once, and scenarios against the same machine's CPU.

    python -m tests.benchmarks.accelerator [rate] [training] [sampling] [scenarios]

Where jax finds no accelerator everything runs on the CPU, and says so. The share of the chip is of
the rate at which it multiplies large matrices in the same precision, measured in the same run.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp

from collapse import runs
from collapse.hardware import compiled
from collapse.scenario import build
from collapse.trees import change
from tests.benchmarks.texts import BATCH, CONTEXT, SIZE, model_of, pool_of, tokens

ON_CPU = jax.default_backend() == "cpu"
SIDE = 1024 if ON_CPU else 8192  # of the matrices whose product gives the rate
STEPS = 8 if ON_CPU else 200
SEEDS = (1, 4) if ON_CPU else (1, 8, 64)
SIZES = ((2, 64), (4, 128))  # layers and width
SCENARIOS = (  # name, seeds, of which so many at once on an accelerator, size
    ("gaussian-replace", 4096, 2048, ""),
    ("jokes", 64, 64, ""),
    ("text-regimes", 8, 8, "quick"),
)
REPEATS = 5


def least(call) -> float:
    """Least seconds of a call that gives arrays, after a first one that compiles."""
    jax.block_until_ready(call())
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        jax.block_until_ready(call())
        times.append(time.perf_counter() - started)
    return min(times)


def rates() -> dict[str, float]:
    """Operations a second of a product of large random matrices, in each precision."""
    a = jax.random.normal(jax.random.key(0), (SIDE, SIDE))
    half = a.astype(jnp.bfloat16)
    wide = {"preferred_element_type": jnp.float32}
    found = {}
    for name, x, precision in (
        ("full", a, "highest"),
        ("rounded by the device", a, "default"),
        ("bfloat16", half, "default"),
    ):
        product = jax.jit(lambda x, how=precision: jnp.matmul(x, x, precision=how, **wide))
        found[name] = 2 * SIDE**3 / least(lambda product=product, x=x: product(x))
    return found


def work(layers: int, width: int) -> float:
    """Operations in the matrix products of a training step, for each token: two for each weight
    and place forwards, twice as many backwards; attention over the whole square of places."""
    weights = 12 * layers * width**2 + 2 * SIZE * width  # one-hot tokens are multiplied too
    return 6 * (weights + 2 * layers * CONTEXT * width)


@compiled
def fit_together(model, pool, keys):
    return eqx.filter_vmap(lambda key: model.fit(key, pool).net)(keys)


def training(rates: dict[str, float]) -> None:
    pool = pool_of(tokens(1000, CONTEXT))
    for layers, width in SIZES:
        for compute in ("full", "bfloat16"):
            model = model_of(layers, width, steps=STEPS)
            model = change(model, training=change(model.training, compute=compute))
            for seeds in SEEDS:
                keys = jax.random.split(jax.random.key(0), seeds)
                seconds = least(lambda model=model, keys=keys: fit_together(model, pool, keys))
                pace = seeds * STEPS * BATCH * CONTEXT / seconds
                share = pace * work(layers, width) / rates[compute]
                print(
                    f"{layers} layers, width {width}, {compute}, {seeds} seeds: {pace:.3g} tokens "
                    f"a second, {1e3 * seconds / STEPS:.3g} ms a step of all, {share:.1%} of the "
                    "rate of matrix products",
                    flush=True,
                )


def sampling() -> None:
    """Rows of 64 tokens, 1000 for each seed, 4 layers of width 128."""
    model = model_of(4, 128)
    model = model.renewed(model.initial(jax.random.key(0)))
    model.net["output"]["b"] = model.net["output"]["b"].at[0].set(-1e9)  # no row ends early
    draw = compiled(lambda model, keys: eqx.filter_vmap(lambda key: model.sample(key, 1000))(keys))
    for seeds in SEEDS:
        keys = jax.random.split(jax.random.key(0), seeds)
        seconds = least(lambda keys=keys: draw(model, keys))
        pace = seeds * 1000 * CONTEXT / seconds
        print(f"sampling, 4 layers, width 128, {seeds} seeds: {pace:.3g} tokens a second")


def scenarios() -> None:
    """Whole runs, files and all, in processes of their own; the second of two, when everything is
    compiled."""
    chip = {"gpu": "cuda"}.get(jax.default_backend(), jax.default_backend())
    for name, seeds, block, size in SCENARIOS:
        for platform, at_once in ((chip, block), ("cpu", 0)):
            call = [
                sys.executable,
                "-m",
                __spec__.name,
                "one",
                name,
                str(seeds),
                str(at_once),
                size,
            ]
            done = subprocess.run(
                call, env=os.environ | {"JAX_PLATFORMS": platform}, capture_output=True, text=True
            )
            print(done.stdout.strip() or done.stderr[-2000:], flush=True)


def one(name: str, seeds: str, at_once: str, size: str = "") -> None:
    scenario, took = replace(build(name, size=size or None), seeds=int(seeds)), []
    for _ in range(2):
        with tempfile.TemporaryDirectory() as out:
            started = time.perf_counter()
            runs.run(runs.prepared(scenario), f"{out}/run", seeds_at_once=int(at_once) or None)
            took.append(time.perf_counter() - started)
    print(
        f"{name}, {seeds} seeds, {at_once} at once, {jax.devices()[0].device_kind}: "
        f"{took[1]:.2f} s (first time {took[0]:.1f} s)"
    )


def main() -> None:
    asked = sys.argv[1:] or ["rate", "training", "sampling", "scenarios"]
    if asked[0] == "one":
        one(*asked[1:])
        return
    device = jax.devices()[0]
    print(f"{device.device_kind}, {os.cpu_count()} CPU cores, jax {jax.__version__}", flush=True)
    found = rates() if {"rate", "training"} & set(asked) else {}
    for name, rate in found.items():
        print(f"matrices of {SIDE}, {name}: {rate / 1e12:.3g} TFLOP/s", flush=True)
    if "training" in asked:
        training(found)
    if "sampling" in asked:
        sampling()
    if "scenarios" in asked:
        scenarios()


if __name__ == "__main__":
    main()
