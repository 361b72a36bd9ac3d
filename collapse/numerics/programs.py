"""Compiled programs kept between processes, so that a warm start neither traces nor lowers.

jax's compile cache knows a program by its lowered code: a process has to trace and lower every
function before it can look. Here a program is known by what it would be traced from: the function,
the parts and shapes that it is called with, and the source and versions of all code involved.

Only what belongs to the package is kept. A function or class of a user's may change without our
knowing, so that programs with one in them are traced as ever. So are they with several devices.
A file holds machine code, as those of jax's cache do, and no pickle: one that is damaged, of
another version or of another user is ignored, and written anew.
"""

import functools
import hashlib
import itertools
import json
import os
import platform
import re
import sys
import tempfile
import threading
import zlib
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from collapse.numerics.descriptions import ROOT, NotKept, described, is_ours, rebuilt

MAGIC = b"collapse program 1\n"
TESTED = ((0, 10),)  # releases of jax whose programs can be loaded this way; others trace as ever
LAPACK = "lapack_"  # calls of functions outside a program that any process can make
PACKAGES = ("jax", "jaxlib", "equinox", "optax", "numpy")
_store: tuple[Path, str] | None = None  # the folder, and what all keys in it share
_functions: list["Kept"] = []
_hits = threading.local()  # programs that this thread found in jax's compile cache


def _on_event(event: str, **_) -> None:
    if event == "/jax/compilation_cache/cache_hits":
        _hits.count = _count_hits() + 1


def _count_hits() -> int:
    return getattr(_hits, "count", 0)


jax.monitoring.register_event_listener(_on_event)


def keep_programs(folder: Path | None) -> None:
    """Keep programs in a folder from now on; None: in none."""
    global _store  # of the process, as jax's compile cache is
    known = jax.__version_info__[:2] in TESTED
    _store = (folder, _surroundings()) if folder is not None and known else None


def drop_programs() -> None:
    """Drop all loaded programs from memory; those that are used again are loaded again."""
    for function in _functions:
        function.programs.clear()


def _surroundings() -> str:
    """A digest of all that programs depend on beside their arguments: code, versions, machine."""
    found = hashlib.sha256()
    for path in sorted(ROOT.rglob("*.py")):
        found.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    cpu = ""
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = [x for x in dict.fromkeys(lines) if x.startswith(("model name", "flags", "Features"))]
    settings = {k: repr(x) for k, x in sorted(jax.config.values.items()) if "cache" not in k}
    versions = [version(name) for name in PACKAGES]
    flags = os.environ.get("XLA_FLAGS", "")
    about = [settings, versions, sys.version, platform.platform(), platform.processor(), cpu, flags]
    found.update(json.dumps(about).encode())
    return found.hexdigest()


class Kept:
    """A function compiled as one program, which is looked up in the store before it is traced."""

    def __init__(self, function: Callable, exact: Callable):
        self.function, self.exact = function, exact
        self.traced = eqx.filter_jit(exact)
        self.lower = self.traced.lower
        self.programs: dict[Any, Program | None] = {}
        self.__doc__, self.__name__ = function.__doc__, function.__name__
        self.__wrapped__ = function
        _functions.append(self)

    def __call__(self, *arguments):
        leaves, structure = jax.tree.flatten(arguments)
        if _store is None or not _can_keep(leaves):
            return self.traced(*arguments)
        arrays = [x for x in leaves if eqx.is_array(x)]
        fixed = tuple(None if eqx.is_array(x) else (type(x), x) for x in leaves)
        shapes = tuple(x.aval for x in arrays)
        try:
            key = _store, structure, fixed, shapes, str(jnp.result_type(float))
            known = key in self.programs
        except TypeError:  # a field that has no hash
            return self.traced(*arguments)
        program = self.programs[key] if known else self._program(arguments, arrays, _store)
        self.programs[key] = program
        return self.traced(*arguments) if program is None else program(arrays)

    def _program(self, arguments: tuple, arrays: list, store: tuple[Path, str]) -> "Program | None":
        """The program for these arguments, from the store, or compiled and put there; None if it
        cannot be kept."""
        try:
            path = path_of(self.function, arguments, arrays, store)
            if (program := read(path)) is None:
                program, data = self._compiled(arguments)
                if data is not None:
                    write(path, data)
            return program
        except Exception:  # what is wrong with the arguments is told where they are traced
            return None

    def _compiled(self, arguments: tuple) -> "tuple[Program, bytes | None]":
        """The program, and the content of its file; None if that is not to be written."""
        dynamic, fixed = eqx.partition(arguments, eqx.is_array)
        leaves, structure = jax.tree.flatten(dynamic)
        result: dict[str, Any] = {}

        def flat(*raw):
            given = [_as_key(x, like) for x, like in zip(raw, leaves, strict=True)]
            tree = self.exact(*eqx.combine(jax.tree.unflatten(structure, given), fixed))
            result["about"], arrays = described(tree)
            if any(map(_is_key, arrays)):  # they would come back as numbers
                raise NotKept
            return arrays

        flat.__name__ = flat.__qualname__ = self.function.__name__
        traced = jax.jit(flat, keep_unused=True).trace(*map(_raw, leaves))
        lowered = traced.lower()
        calls = sorted(set(re.findall(r"custom_call @(\w+)", lowered.as_text())))
        if traced.jaxpr.effects or any("callback" in name for name in calls):
            raise NotKept
        before = _count_hits()
        executable = lowered.compile().runtime_executable()
        program = Program({"result": result["about"], "calls": calls}, executable)
        alone = all(name.startswith(LAPACK) for name in calls)  # or it needs what was lowered here
        if not alone or _count_hits() > before:  # XLA writes whole only what it compiled itself
            return program, None
        return program, packed(program.about, executable.serialize())


class Program:
    """Machine code and the structure of its result."""

    def __init__(self, about: Any, executable: Any):
        self.about, self.executable = about, executable
        place = object()  # of an array in the result
        tree = rebuilt(about["result"], itertools.repeat(place))
        leaves, self.structure = jax.tree.flatten(tree)
        self.leaves = [(x is place, x) for x in leaves]

    def __call__(self, arrays: list) -> Any:
        parts = self.executable.execute_sharded([_raw(x) for x in arrays])
        results = iter(parts.disassemble_into_single_device_arrays())
        leaves = [next(results)[0] if is_array else x for is_array, x in self.leaves]
        return jax.tree.unflatten(self.structure, leaves)


def once(check: Callable, *arguments: Any) -> None:
    """Call a check that depends on parts and shapes alone, unless it has passed for such ones in an
    earlier process."""
    path = None
    with suppress(NotKept):
        if _store is not None:
            arrays = [x for x in jax.tree.leaves(arguments) if eqx.is_array(x)]
            path = path_of(check, arguments, arrays, _store)
    if path is None or not path.is_file():
        check(*arguments)
        if path is not None:
            write(path, b"passed\n")


def path_of(function: Callable, arguments: tuple, arrays: list, store: tuple[Path, str]) -> Path:
    """The file that belongs to a function and what it is called with. Raises ``NotKept``."""
    about, there = described(arguments)
    if len(there) != len(arrays) or any(a is not b for a, b in zip(there, arrays, strict=True)):
        raise NotKept
    folder, shared = store
    if not is_ours(function.__module__):
        raise NotKept(function.__module__)
    where = f"{function.__module__}:{function.__qualname__}"
    text = json.dumps([where, about, str(jnp.result_type(float)), shared])
    return folder / f"{function.__name__}-{hashlib.sha256(text.encode()).hexdigest()}"


def _can_keep(leaves: list) -> bool:
    if any(isinstance(x, jax.core.Tracer) for x in leaves) or jax.device_count() > 1:
        return False
    if jax.default_backend() != "cpu" or jax.config.jax_disable_jit or jax.config.jax_debug_nans:
        return False
    return not isinstance(jnp.zeros(()), jax.core.Tracer)  # inside another trace, all results are


def _is_key(x: Any) -> bool:
    return jnp.issubdtype(x.dtype, jax.dtypes.prng_key)


def _raw(x: Any) -> Any:
    """An array as programs take it: of keys, their data."""
    return jax.random.key_data(x) if _is_key(x) else x


def _as_key(x: Any, like: Any) -> Any:
    return jax.random.wrap_key_data(x, impl=jax.random.key_impl(like)) if _is_key(like) else x


def packed(about: Any, code: bytes) -> bytes:
    """The content of a file: magic, digest, and in it description and machine code."""
    header = json.dumps(about).encode()
    body = len(header).to_bytes(8, "big") + header + zlib.compress(code, 1)
    return MAGIC + hashlib.sha256(body).digest() + body


def read(path: Path) -> Program | None:
    """The program in a file; None if there is none, or none that can be used."""
    try:
        with path.open("rb") as file:
            if hasattr(os, "getuid") and os.fstat(file.fileno()).st_uid != os.getuid():
                return None
            data = file.read()
        start = len(MAGIC)
        digest, body = data[start : start + 32], data[start + 32 :]
        if data[:start] != MAGIC or hashlib.sha256(body).digest() != digest:
            return None
        end = 8 + int.from_bytes(body[:8], "big")
        about, code = json.loads(body[8:end]), zlib.decompress(body[end:])
        if about["calls"]:
            _prepare_lapack()
        return Program(about, _loaded(code))
    except Exception:  # whatever it is: the program is compiled again
        return None


@functools.cache
def _prepare_lapack() -> None:
    """Let jax set up the functions of LAPACK, which it does where one is lowered."""
    jax.jit(jnp.linalg.inv).lower(jnp.eye(1))


def _loaded(code: bytes) -> Any:
    from jaxlib import xla_client

    devices = jax.local_devices()
    here = xla_client.DeviceList(tuple(devices))
    return devices[0].client.deserialize_executable(code, here, xla_client.CompileOptions())


def write(path: Path, data: bytes) -> None:
    """Write a file in one step, or not at all: the disk may be full."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.replace(temporary, path)
        except OSError:
            os.unlink(temporary)
            raise
