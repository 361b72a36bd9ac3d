"""What a point of a sweep costs beside its simulation, and what a second Dask worker is worth.

    python -m tests.benchmarks.sweeps                    # points of a small arm, in this process
    python -m tests.benchmarks.sweeps --workers [TURNS]  # points of a second, on workers

Overhead is what a sweep takes for a point less what its compiled programs take alone. Workers have
one thread each, and XLA is told not to use more, since one worker would keep both cores busy else;
they are started, and have compiled the program, before anything is timed.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable

ROUNDS = 3
POINTS = 160  # of the small arm
HEAVY, TURNS = 16, 3  # points of a second, and how often one and two workers take turns
ALONE = {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false", "OMP_NUM_THREADS": "1"}


def small_arm():
    import collapse as c

    table = c.Categorical([1 / 20] * 20)
    parts = {"truth": table, "regime": c.FreshMix(0.1), "measures": (c.ModelDiversity(),)}
    return c.Arm(**parts, n=50, generations=10)


def heavy_arm():
    import collapse as c

    judge = c.TopFraction(c.FunctionReward(first), fraction=0.5)
    parts = {"truth": c.Gaussian(), "judge": judge, "measures": (c.Moments(),)}
    return c.Arm(**parts, n=5000, candidates=5000, generations=200)


def first(items):
    return items[:, 0]


def grid(points: int, low: float = 0.0) -> list[float]:
    return [low + (0.9 - low) * i / points for i in range(points)]


def timed(work: Callable) -> tuple[float, float]:
    """CPU and wall seconds of a call."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def overhead() -> None:
    """A whole sweep into a directory, its parts, and a second time where all points are there."""
    import jax

    import collapse as c
    from collapse.loop.sweep import run_arms
    from collapse.sweeps.axes import axes_of
    from collapse.sweeps.points import planned
    from collapse.sweeps.sweep import _scenario

    arm, over = small_arm(), {"regime.share": grid(POINTS)}
    c.sweep(arm, {"regime.share": grid(16)}, seeds=16)  # compiles
    plan = lambda: planned(_scenario(arm, 16), axes_of(over), 0)  # noqa: E731
    (group,) = plan()[1]
    arms = list(group.arms.values())

    def programs():
        for i in range(0, POINTS, 16):
            run_arms(jax.random.key(0), arms[i : i + 16], 16, ready=True)

    found = {"whole": [], "there": [], "planned": [], "programs": []}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as out:
            whole = lambda out=out: c.sweep(arm, over, seeds=16, out=out)  # noqa: E731
            for name, work in (("whole", whole), ("there", whole)):
                found[name].append(timed(work))
        found["planned"].append(timed(plan))
        found["programs"].append(timed(programs))
    each = {
        name: [1000 * statistics.median(pair[i] for pair in pairs) / POINTS for i in (0, 1)]
        for name, pairs in found.items()
    }
    more = [whole - alone for whole, alone in zip(each["whole"], each["programs"], strict=True)]
    told = {
        "a sweep of small points": each["whole"],
        "  planning them": each["planned"],
        "  their programs": each["programs"],
        "overhead of a point (aim 20 ms)": more,
        "a point that is there": each["there"],
    }
    for name, (cpu, wall) in told.items():
        print(f"{name:32} {cpu:6.2f} CPU ms {wall:6.2f} ms by the clock", flush=True)


def hold_core(core: int) -> None:
    """Keep this process on one core: XLA and the blocks of a run would use all there are."""
    for thread in os.listdir("/proc/self/task"):
        os.sched_setaffinity(int(thread), {core % os.cpu_count()})


def workers(turns: int) -> None:
    """Seconds of a sweep of heavy points on one worker and on two, in turn."""
    os.environ |= ALONE
    import distributed

    import collapse as c

    arm, taken = heavy_arm(), {1: [], 2: []}
    settings = {"threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": 50}
    clusters = {k: distributed.LocalCluster(n_workers=k, **settings) for k in taken}
    clients = {k: distributed.Client(cluster) for k, cluster in clusters.items()}
    for client in clients.values():
        for core, address in enumerate(client.scheduler_info()["workers"]):
            client.run(hold_core, core, workers=[address])
    for k, client in clients.items():  # every worker compiles, or reads what is compiled
        c.sweep(arm, over(16 * k, 0.5), seeds=64, executor=client.get_executor(pure=False))
    for turn in range(turns):
        for k, client in clients.items():
            executor = client.get_executor(pure=False)
            cpu = sum(client.run(time.process_time).values())
            started = time.perf_counter()
            c.sweep(arm, over(HEAVY), seeds=64, key=turn, executor=executor)
            wall = time.perf_counter() - started
            cpu = sum(client.run(time.process_time).values()) - cpu
            taken[k].append(wall)
            print(
                f"{k} worker{'s' * (k > 1)}: {wall:6.1f} s, {cpu:6.1f} CPU s, {cpu / HEAVY:.2f} "
                f"CPU s a point, {cpu / wall:.2f} cores busy, load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
    ratios = [one / two for one, two in zip(taken[1], taken[2], strict=True)]
    told = ", ".join(f"{ratio:.2f}x" for ratio in ratios)
    print(f"two workers over one: {told}; median {statistics.median(ratios):.2f}x (aim 1.7x)")
    for client in clients.values():
        client.close()
    for cluster in clusters.values():
        cluster.close()


def over(points: int, low: float = 0.1) -> dict[str, list[float]]:
    return {"judge.fraction": grid(points, low)}


def main() -> None:
    from tests.benchmarks.first_light import machine

    print(machine())
    if sys.argv[1:2] == ["--workers"]:
        workers(int(sys.argv[2]) if len(sys.argv) > 2 else TURNS)
    else:
        overhead()


if __name__ == "__main__":
    main()
