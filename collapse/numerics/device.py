"""What depends on the hardware that a program is traced for: nothing that a user has to change."""

import functools
import math
import os
from collections.abc import Callable
from pathlib import Path

import equinox as eqx
import jax

MEMORY = Path("/proc/meminfo")


def accelerated() -> bool:
    """Whether programs that are traced now run on an accelerator, whose memory is fast throughout
    and which wants all work at once: seeds, rows and pieces side by side. A CPU wants what it works
    on to stay in cache."""
    device = jax.config.jax_default_device
    platform = jax.default_backend() if device is None else getattr(device, "platform", device)
    return platform != "cpu"


def side_by_side(model) -> bool:
    """Whether the seeds of a block run under one vmap. On a CPU that pays only while the whole
    block stays in cache, and it turns every ``cond`` into both of its branches."""
    return model.side_by_side or accelerated()


def compiled(function: Callable) -> Callable:
    """``function`` as one program. Single precision is single precision in it on every device:
    accelerators round the factors of a product to ten or seven bits unless they are told not to,
    which counts and running sums as products with ones would not survive."""

    @functools.wraps(function)
    def exact(*arguments):
        with jax.default_matmul_precision("highest"):
            return function(*arguments)

    return eqx.filter_jit(exact)


def free_megabytes() -> float:
    """Memory that a process may still take, of an accelerator where one is at work; without end
    where the system does not say."""
    if told := jax.local_devices()[0].memory_stats():  # None of a CPU
        return (told["bytes_limit"] - told["bytes_in_use"]) / 1e6
    try:  # what the system would give up of its caches is free too
        lines = dict(line.split(":") for line in MEMORY.read_text().splitlines())
        return int(lines["MemAvailable"].split()[0]) * 1024 / 1e6
    except (OSError, ValueError, KeyError):
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (ValueError, OSError, AttributeError):
        return math.inf


def start_jax(precision: str) -> None:
    """Set the precision and let compiled programs be reused by later processes."""
    import jax

    jax.config.update("jax_enable_x64", precision == "double")
    # Accelerators round the factors of products unless they are told not to (hardware.compiled).
    jax.config.update("jax_default_matmul_precision", "highest")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = Path(os.environ.get("COLLAPSE_CACHE") or home / "collapse" / "compiled")
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:
        return  # a home that cannot be written to only costs the compile time
    jax.config.update("jax_compilation_cache_dir", str(cache))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
