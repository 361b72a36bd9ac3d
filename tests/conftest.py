"""Shared by all tests: compiled programs are kept from one run of the suite to the next."""

from pathlib import Path

import jax
import pytest

CACHE = Path(__file__).parent.parent / ".pytest_cache" / "compiled"
jax.config.update("jax_compilation_cache_dir", str(CACHE))
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)


@pytest.fixture(autouse=True, scope="module")
def programs_of_one_module():
    """Every compiled program holds memory maps, of which a process may have 65,530 on Linux: one
    that keeps the programs of the whole suite dies in the compiler."""
    yield
    jax.clear_caches()
