"""Shared by all tests: compiled programs are kept from one run of the suite to the next."""

from pathlib import Path

import jax

CACHE = Path(__file__).parent.parent / ".pytest_cache" / "compiled"
jax.config.update("jax_compilation_cache_dir", str(CACHE))
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
