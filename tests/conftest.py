"""Shared by all tests: compiled programs kept from one run of the suite to the next, and the
command line."""

import json
import os
import sys
from pathlib import Path

import jax
import jaxlib
import pytest

from collapse.cli import main
from tests.schemas import problems

# Most of the time of a test is the compiler's, and at its lowest level it needs half of that. What
# users compile is tested too: ``.ci/run`` sets XLA_FLAGS to nothing for all but the README's line.
FLAGS = "--xla_backend_optimization_level=0"
if jaxlib.__version__.startswith("0.10."):  # a release without this flag would end the process
    FLAGS += " --xla_cpu_use_fusion_emitters=false"  # halves the time again
os.environ.setdefault("XLA_FLAGS", FLAGS)

CACHE = Path(__file__).parent.parent / ".pytest_cache" / "compiled"
jax.config.update("jax_compilation_cache_dir", str(CACHE))
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)


@pytest.fixture(autouse=True, scope="module")
def programs_of_one_module():
    """Every compiled program holds memory maps, of which a process may have 65,530 on Linux: one
    that keeps the programs of the whole suite dies in the compiler."""
    yield
    jax.clear_caches()


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Call the command line in this process; gives exit code, stdout and stderr. What ``--json``
    prints is checked against its schema."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLLAPSE_CACHE", str(Path(__file__).parent.parent / ".pytest_cache/xla"))
    # Kept programs know the source of the package, not what a test has changed in it.
    monkeypatch.setattr("collapse.numerics.device.keep_programs", lambda folder: None)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["collapse", *map(str, arguments)])
        try:
            main.main()
            code = 0
        except SystemExit as exit_:
            code = exit_.code or 0
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err + captured.out
        if "--json" in arguments and captured.out:
            assert problems(json.loads(captured.out)) == []
        return code, captured.out, captured.err

    return call


@pytest.fixture
def write(tmp_path):
    """A file in a folder of its own, from text or bytes."""

    def write_one(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_one
