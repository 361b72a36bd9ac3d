"""Device-dependent choices: side-by-side execution, precision, free memory."""

import functools
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import jax
from jax.sharding import AxisType, NamedSharding, PartitionSpec

from collapse.numerics.programs import CachedFunction, keep_programs

MEMORY = Path("/proc/meminfo")
PAGES = Path("/proc/self/statm")
_bound = math.inf  # megabytes that this process may use


def accelerated() -> bool:
    """Whether programs traced now run on an accelerator. There all work runs at once: seeds, rows
    and pieces side by side. On a CPU, work is split so that it stays in cache."""
    device = jax.config.jax_default_device
    platform = jax.default_backend() if device is None else getattr(device, "platform", device)
    return platform != "cpu"


def side_by_side(model) -> bool:
    """Whether the seeds of a block run under one vmap. On a CPU that is faster only while the whole
    block stays in cache, and it turns every ``cond`` into both branches."""
    return model.side_by_side or accelerated()


def over_devices(keys: jax.Array) -> jax.Array:
    """Keys (B,) of seeds, laid out over all devices of this process; B is a multiple of their
    number. With one device, the keys as they are. Programs of a block then run in parts, since no
    seed needs another."""
    devices = jax.local_devices()
    if len(devices) == 1:
        return keys
    mesh = jax.make_mesh((len(devices),), ("seeds",), (AxisType.Auto,), devices=devices)
    return jax.device_put(keys, NamedSharding(mesh, PartitionSpec("seeds")))


def compiled(function: Callable, donate: str = "none") -> Callable:
    """``function`` compiled as one program, with full single precision on every device. By default
    accelerators round the factors of products to seven or ten bits, which would break counts and
    running sums computed as products with ones. ``donate``, as of ``equinox.filter_jit``: whose
    memory the program may use again."""

    @functools.wraps(function)
    def exact(*arguments):
        with jax.default_matmul_precision("highest"):
            return function(*arguments)

    return CachedFunction(function, exact, donate)


def free_megabytes() -> float:
    """Free memory in megabytes, of the accelerator if one is used; infinite if the system does not
    report it."""
    if stats := jax.local_devices()[0].memory_stats():  # None on a CPU
        return (stats["bytes_limit"] - stats["bytes_in_use"]) / 1e6
    return min(_free_in_machine(), _bound - _resident() if _bound < math.inf else math.inf)


@contextmanager
def memory_bound(megabytes: float) -> Iterator[None]:
    """Context in which ``free_megabytes`` counts this process as limited to so many megabytes, such
    as those of a worker on a machine with more memory."""
    global _bound  # of the process, as its memory is
    before, _bound = _bound, megabytes
    try:
        yield
    finally:
        _bound = before


def _resident() -> float:
    """Megabytes that this process uses; 0 if the system does not report it."""
    try:
        return int(PAGES.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (OSError, ValueError, AttributeError):
        return 0.0


def _free_in_machine() -> float:
    try:  # caches that the system can release count as free
        lines = dict(line.split(":") for line in MEMORY.read_text().splitlines())
        return int(lines["MemAvailable"].split()[0]) * 1024 / 1e6
    except (OSError, ValueError, KeyError):
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (ValueError, OSError, AttributeError):
        return math.inf


def start_jax(precision: str) -> None:
    """Set the precision, and keep compiled programs on disk."""
    jax.config.update("jax_enable_x64", precision == "double")
    # By default accelerators round the factors of products (see ``compiled``).
    jax.config.update("jax_default_matmul_precision", "highest")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = Path(os.environ.get("COLLAPSE_CACHE") or home / "collapse" / "compiled")
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:
        return  # without a writable home, programs are compiled again
    jax.config.update("jax_compilation_cache_dir", str(cache))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    keep_programs(cache / "programs")
