"""On an accelerator: training many seeds at once, and scenarios against the same machine's CPU.

    python -m tests.benchmarks.accelerator [rate] [training] [sampling] [chains] [scenarios]

Where jax finds no accelerator everything runs on the CPU, and says so. The share of the chip is of
the rate at which it multiplies large matrices in the same precision, measured in the same run.
"""

import os
import subprocess
import sys
import tempfile
import time

import equinox as eqx
import jax
import jax.numpy as jnp

from collapse.numerics.device import compiled
from collapse.numerics.pytree import replace
from collapse.runs.directory import run_scenario
from collapse.scenario.load import build
from collapse.scenario.prepare import prepare_scenario
from tests.benchmarks.laws import Chain
from tests.benchmarks.texts import BATCH, CONTEXT, SIZE, model_of, pool_of, tokens

ON_CPU = jax.default_backend() == "cpu"
SIDE = 1024 if ON_CPU else 8192  # of the matrices whose product gives the rate
STEPS = 8 if ON_CPU else 40
SEEDS = (4, 1) if ON_CPU else (64, 1)
SIZES = ((4, 128), (2, 64))  # layers and width
CHAINS = {  # generations; seeds and how many of them to a block, on a CPU and on an accelerator
    "gaussian-replace": (500, (16_384, 512), (65_536, 32_768)),
    "jokes": (16, (64, 1), (512, 256)),
}
SCENARIOS = {"gaussian-replace": (4096, 2048), "jokes": (64, 64)}  # seeds, and how many at once
REPEATS = 3


def timed(call) -> tuple[float, float]:
    """Seconds of the first call, which compiles, and the least of the calls after it."""
    times = []
    for _ in range(1 + REPEATS):
        started = time.perf_counter()
        jax.block_until_ready(call())
        times.append(time.perf_counter() - started)
    return times[0], min(times[1:])


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
        found[name] = 2 * SIDE**3 / timed(lambda product=product, x=x: product(x))[1]
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
        model = model_of(layers, width, steps=STEPS)
        for seeds in SEEDS:
            for compute in ("full", "bfloat16"):
                model = replace(model, training=replace(model.training, compute=compute))
                keys = jax.random.split(jax.random.key(0), seeds)
                fit = lambda model=model, keys=keys: fit_together(model, pool, keys)  # noqa: E731
                first, seconds = timed(fit)
                pace = seeds * STEPS * BATCH * CONTEXT / seconds
                share = pace * work(layers, width) / rates[compute]
                print(
                    f"{layers} layers, width {width}, {compute}, {seeds} seeds: {pace:.3g} tokens "
                    f"a second, {1e3 * seconds / STEPS:.3g} ms a step of all, {share:.1%} of the "
                    f"rate of matrix products (first time {first:.0f} s)",
                    flush=True,
                )


def sampling() -> None:
    """Rows of 64 tokens, 1000 for each seed, 4 layers of width 128."""
    model = model_of(4, 128)
    model = model.with_params(model.initial(jax.random.key(0)))
    model.net["output"]["b"] = model.net["output"]["b"].at[0].set(-1e9)  # no row ends early
    draw = compiled(lambda model, keys: eqx.filter_vmap(lambda key: model.sample(key, 1000))(keys))
    for seeds in SEEDS:
        keys = jax.random.split(jax.random.key(0), seeds)
        first, seconds = timed(lambda keys=keys: draw(model, keys))
        pace = seeds * 1000 * CONTEXT / seconds
        print(
            f"sampling, 4 layers, width 128, {seeds} seeds: {pace:.3g} tokens a second "
            f"(first time {first:.0f} s)",
            flush=True,
        )


def on_both(function: str, *arguments) -> None:
    """The named function, on the accelerator and on the CPU, in processes of their own."""
    chip = {"gpu": "cuda"}.get(jax.default_backend(), jax.default_backend())
    for platform in dict.fromkeys((chip, "cpu")):
        call = [sys.executable, "-m", __spec__.name, function, *arguments]
        environment = os.environ | {"JAX_PLATFORMS": platform}
        done = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
        print(done.stdout.strip() or done.stderr[-2000:], flush=True)


def chain(name: str) -> None:
    """The first arm of a scenario with its measures, in as many threads as there are cores, without
    files."""
    generations, on_cpu, on_chip = CHAINS[name]
    seeds, block = on_cpu if ON_CPU else on_chip
    arm = replace(next(iter(build(name).arms.values())), generations=generations)
    chain = Chain(arm, block)
    started = time.perf_counter()
    chain.run(generations, seeds)
    each = (time.perf_counter() - started) / (generations * seeds)
    print(
        f"{name}, {generations} generations of {seeds} seeds, {block} to a block, {_device()}: "
        f"{1e6 * each:.3g} us a generation and seed"
    )


def scenario(name: str) -> None:
    """A whole run, files and all: the second of two, when everything is compiled."""
    seeds, at_once = SCENARIOS[name]
    whole, took = replace(build(name), seeds=seeds), []
    for _ in range(2):
        with tempfile.TemporaryDirectory() as out:
            started = time.perf_counter()
            run_scenario(
                prepare_scenario(whole), f"{out}/run", batch_seeds=None if ON_CPU else at_once
            )
            took.append(time.perf_counter() - started)
    print(f"{name}, {seeds} seeds, {_device()}: {took[1]:.2f} s (first time {took[0]:.1f} s)")


def _device() -> str:
    return jax.devices()[0].device_kind


def main() -> None:
    asked = sys.argv[1:] or ["rate", "training", "sampling", "chains", "scenarios"]
    if asked[0] in ("chain", "scenario"):
        {"chain": chain, "scenario": scenario}[asked[0]](asked[1])
        return
    print(f"{_device()}, {os.cpu_count()} CPU cores, jax {jax.__version__}", flush=True)
    found = rates() if {"rate", "training"} & set(asked) else {}
    for name, rate in found.items():
        print(f"matrices of {SIDE}, {name}: {rate / 1e12:.3g} TFLOP/s", flush=True)
    if "training" in asked:
        training(found)
    if "sampling" in asked:
        sampling()
    for plural, function, names in (("chains", chain, CHAINS), ("scenarios", scenario, SCENARIOS)):
        for name in names if plural in asked else ():
            on_both(function.__name__, name)


if __name__ == "__main__":
    main()
