"""Programs kept between processes: found without tracing, the same bits, and ignored where they
could be another's."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.experimental.compilation_cache import compilation_cache

import collapse as cl
from collapse.loop.generation import _generations, shared
from collapse.loop.start import begin, real_batches
from collapse.numerics import programs
from collapse.numerics.device import compiled
from collapse.numerics.programs import CachedFunction, check_once, drop_programs, path_of, read
from collapse.numerics.pytree import seed_keys
from collapse.numerics.store import Store, read_bytes

pytestmark = pytest.mark.skipif(
    jax.__version_info__[:2] not in programs.TESTED, reason="another jax keeps no programs"
)
TRUTH = cl.Categorical(np.array([0.5, 0.3, 0.2], np.float32))
ARGUMENTS = (TRUTH, cl.Plain(), 50, seed_keys(jax.random.key(0), range(2)))


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Programs are kept in a folder of the test alone; so are those of jax's compile cache."""
    before = jax.config.jax_compilation_cache_dir
    compilation_cache.reset_cache()
    jax.config.update("jax_compilation_cache_dir", str(tmp_path / "jax"))
    monkeypatch.setattr(programs, "_store", Store(tmp_path / "programs", "this code", "here"))
    yield tmp_path / "programs"
    compilation_cache.reset_cache()
    jax.config.update("jax_compilation_cache_dir", before)


def files(store: Path) -> list[Path]:
    """Machine code first, then what belongs to it."""
    return sorted(store.iterdir()) if store.is_dir() else []


def untraceable(*_):
    raise AssertionError("It was traced.")


def same(one, other):
    assert jax.tree.structure(one) == jax.tree.structure(other)
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


def test_a_program_is_found_again_without_tracing_and_gives_the_same_bits(store):
    written = compiled(real_batches.function)(*ARGUMENTS)
    assert len(files(store)) == 2
    same(CachedFunction(real_batches.function, untraceable)(*ARGUMENTS), written)
    same(real_batches.traced(*ARGUMENTS), written)
    other = (*ARGUMENTS[:3], seed_keys(jax.random.key(1), range(2)))  # keys are data
    found = CachedFunction(real_batches.function, untraceable)(*other)
    assert not np.array_equal(found.rows, written.rows)
    with pytest.raises(AssertionError, match="It was traced"):  # a size is not
        CachedFunction(real_batches.function, untraceable)(*ARGUMENTS[:2], 51, ARGUMENTS[3])


def test_a_program_that_uses_memory_again_is_kept_apart(store):
    arm = cl.prepare(cl.Arm(truth=TRUTH, n=50, generations=3))
    keys = ARGUMENTS[3]

    def call(donate):
        states = begin(arm, keys)[0]
        given = (*shared(arm), keys, jnp.array(1), jnp.array(2))
        return states, CachedFunction(_generations, _generations, donate)(given, states)

    states, plain = call("none")
    assert not any(x.is_deleted() for x in jax.tree.leaves(states))
    for _ in range(2):  # compiled, then found
        states, again = call("all-except-first")
        same(again, plain)
        assert all(x.is_deleted() for x in jax.tree.leaves(states.pool))
    assert len([x for x in files(store) if x.name.startswith("_generations")]) == 2


def test_numbers_of_numpy_are_arguments_as_those_of_jax_are(store):
    arm = cl.prepare(cl.Arm(truth=TRUTH, n=50, generations=3))
    keys, run = ARGUMENTS[3], CachedFunction(_generations, _generations)
    states = begin(arm, keys)[0]
    first, second = (
        run((*shared(arm), keys, number(1), number(2)), states) for number in (jnp.int32, np.int32)
    )
    same(first, second)
    assert len([x for x in files(store) if x.name.startswith("_generations")]) == 1


def damaged(data: bytes) -> dict[str, bytes]:
    middle = len(data) // 2
    flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    return {"empty": b"", "cut": data[:middle], "flipped": flipped, "no program": b"\x80\x04" * 99}


def test_a_damaged_file_is_ignored_and_written_anew(store):
    written = compiled(real_batches.function)(*ARGUMENTS)
    code, path = files(store)
    assert read(path) is not None
    for each in (path, code):
        whole = each.read_bytes()
        for kind, data in damaged(whole).items():
            each.write_bytes(data)
            assert read(path) is None, kind
        each.write_bytes(whole)
        assert read(path) is not None
    code.write_bytes(b"")
    compilation_cache.reset_cache()
    jax.config.update("jax_compilation_cache_dir", str(store / "jax again"))
    same(compiled(real_batches.function)(*ARGUMENTS), written)
    assert read(path) is not None


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="files have no owners")
def test_a_file_of_another_user_is_ignored(store, monkeypatch):
    compiled(real_batches.function)(*ARGUMENTS)
    _, path = files(store)
    monkeypatch.setattr(os, "getuid", lambda: path.stat().st_uid + 1)
    assert read(path) is None


def test_what_came_from_the_cache_of_jax_is_not_written(store):
    """XLA writes a program without its functions if it did not compile it itself."""
    compiled(real_batches.function)(*ARGUMENTS)
    for path in files(store):
        path.unlink()
    same(compiled(real_batches.function)(*ARGUMENTS), real_batches.traced(*ARGUMENTS))
    assert files(store) == []


def test_another_source_of_the_same_program_takes_its_machine_code(store, monkeypatch):
    written = compiled(real_batches.function)(*ARGUMENTS)
    monkeypatch.setattr(programs, "_store", Store(store, "other code", "here"))
    same(compiled(real_batches.function)(*ARGUMENTS), written)
    code, *two = files(store)
    assert len(two) == 2
    assert all(json.loads(read_bytes(path))["code"] == code.name for path in two)


def test_programs_that_were_dropped_are_read_again(store):
    function = compiled(real_batches.function)
    written = function(*ARGUMENTS)
    function.exact = untraceable
    drop_programs()
    assert not function.programs
    same(function(*ARGUMENTS), written)


def test_a_program_that_calls_back_is_not_kept(store):
    def exact(x):
        return jax.pure_callback(lambda x: np.asarray(x) + 1, x, x)

    assert CachedFunction(real_batches.function, exact)(jnp.arange(3))[2] == 3
    assert files(store) == []


def test_what_is_not_of_the_package_is_not_kept(store):
    assert CachedFunction(test_a_damaged_file_is_ignored_and_written_anew, lambda x: x + 1)(1) == 2
    assert files(store) == []


def test_programs_are_told_apart_by_all_they_depend_on():
    def path(function=real_batches.function, truth=TRUTH, n=50, store=("this code", "here")):
        arguments = truth, cl.Plain(), n, ARGUMENTS[3]
        arrays = jax.tree.leaves((truth, ARGUMENTS[3]))
        return path_of(function, arguments, arrays, Store(Path("/"), *store))

    more = cl.Categorical(np.full(4, 0.25, np.float32))
    others = [path(n=51), path(truth=more), path(store=("other code", "here"))]
    others += [path(store=("this code", "there")), path(function=begin_of())]
    with jax.enable_x64(True):
        others.append(path())
    assert len({path(), *others}) == 1 + len(others)
    assert path(truth=cl.Categorical(np.array([0.1, 0.1, 0.8], np.float32))) == path()


def begin_of():
    from collapse.loop.start import begin

    return begin


def test_a_check_that_passed_is_not_made_again(store):
    calls = []

    def check(n):
        calls.append(n)
        if n < 0:
            raise cl.UserError("Too small.")

    check.__module__, check.__qualname__ = "collapse.loop.prepare", "check_together"
    for n in (1, 1, 2, 1):
        check_once(check, n)
    assert calls == [1, 2]
    for _ in range(2):
        with pytest.raises(cl.UserError):
            check_once(check, -1)
    assert calls == [1, 2, -1, -1]


SCRIPT = """
import hashlib, json, sys
import jax
traced = set()
def heard(event, seconds, **about):
    if event == "/jax/core/compile/jaxpr_trace_duration":
        traced.add(about.get("fun_name"))
jax.monitoring.register_event_duration_secs_listener(heard)
from collapse.numerics.device import start_jax
start_jax("single")
import collapse as cl
from collapse.loop.simulate import run_arm
arm = cl.Arm(truth=cl.Gaussian(mean=[0.0, 0.0], cov=[[1.0, 0.2], [0.2, 1.0]]), n=20, generations=3,
             measures=(cl.Divergence(),))
record = run_arm(0, arm, 2)
digest = hashlib.sha256(b"".join(x.tobytes() for x in jax.tree.leaves(record))).hexdigest()
print(json.dumps({"traced": sorted(map(str, traced)), "digest": digest}))
"""


@pytest.mark.slow
def test_a_second_process_traces_no_large_program(tmp_path):
    """With calls of LAPACK, which a process must set up."""

    def process():
        environment = os.environ | {"COLLAPSE_CACHE": str(tmp_path)}
        call = [sys.executable, "-c", SCRIPT]
        done = subprocess.run(call, capture_output=True, text=True, env=environment, check=True)
        return json.loads(done.stdout)

    large = {"_generations", "_first_states", "first_records", "real_batches"}
    cold, warm = process(), process()
    assert large <= set(cold["traced"])
    assert not large & set(warm["traced"])
    assert warm["digest"] == cold["digest"]
    for path in files(tmp_path / "programs"):
        path.write_bytes(path.read_bytes()[:-1])
    third = process()
    assert large <= set(third["traced"])
    assert third["digest"] == cold["digest"]
