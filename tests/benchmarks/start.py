"""Where the time of a command goes in a fresh process, with an empty compile cache and a full one.

    python -m tests.benchmarks.start [collapse arguments, by default: run jokes]

Trace, lower, compile and cache reading are sums over threads, as ``jax.monitoring`` reports them:
with two threads they may add up to more than the wall time, on a busy machine they hold the waiting
for a core too, and a jitted function inside another may be counted in both. Runs of programs have
no event: they are in the rest, with imports, files and waiting. Never a timed test; machine and
load are printed with the numbers.
"""

import json
import os
import subprocess
import sys
import tempfile

from tests.benchmarks.first_light import machine

EVENTS = {
    "/jax/core/compile/jaxpr_trace_duration": "trace",
    "/jax/core/compile/jaxpr_to_mlir_module_duration": "lower",
    "/jax/core/compile/backend_compile_duration": "compile and cache reading",
    "/jax/compilation_cache/cache_retrieval_time_sec": "cache reading",
}
CHILD = """
import json, resource, sys, time
started = time.perf_counter()
import jax
sums, counts = {}, {}
def heard(event, seconds, **_):
    sums[event] = sums.get(event, 0.0) + seconds
    counts[event] = counts.get(event, 0) + 1
jax.monitoring.register_event_duration_secs_listener(heard)
from collapse.cli import main as cli
try: cli.main()
except SystemExit as left: code = left.code or 0
else: code = 0
used = resource.getrusage(resource.RUSAGE_SELF)
found = {"wall": time.perf_counter() - started, "cpu": used.ru_utime + used.ru_stime}
print(json.dumps(found | {"sums": sums, "counts": counts, "code": code}), file=sys.stderr)
"""


def once(arguments: list[str], cache: str) -> dict:
    """One run in a fresh process: wall and CPU seconds, and the seconds of each kind of work."""
    with tempfile.TemporaryDirectory() as out:
        call = [sys.executable, "-c", CHILD, *arguments, "--out", f"{out}/run"]
        environment = os.environ | {"COLLAPSE_CACHE": cache}
        done = subprocess.run(call, capture_output=True, text=True, env=environment)
    found = json.loads(done.stderr.splitlines()[-1])
    if found["code"]:
        raise SystemExit(done.stderr)
    split = {name: found["sums"].get(event, 0.0) for event, name in EVENTS.items()}
    reading = split["cache reading"]
    compiling = split.pop("compile and cache reading") - reading
    programs = found["counts"].get("/jax/core/compile/backend_compile_duration", 0)
    split = {"trace": split["trace"], "lower": split["lower"], "compile": compiling}
    return found | {"split": split | {"cache reading": reading}, "programs": programs}


def main() -> None:
    arguments = sys.argv[1:] or ["run", "jokes"]
    print(machine())
    with tempfile.TemporaryDirectory() as cache:
        for state in ("cold", "warm"):
            found = once(arguments, cache)
            split = ", ".join(f"{name} {seconds:.1f}" for name, seconds in found["split"].items())
            print(
                f"collapse {' '.join(arguments)}, {state}: {found['wall']:.1f} s, "
                f"{found['cpu']:.1f} CPU s; {found['programs']} programs; {split}"
            )


if __name__ == "__main__":
    main()
