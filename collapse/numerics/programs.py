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
import logging
import re
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from collapse.numerics.descriptions import NotCacheable, described, is_ours, rebuilt
from collapse.numerics.store import (
    Store,
    machine_digest,
    read_bytes,
    source_digest,
    write_bytes,
)

log = logging.getLogger(__name__)
TESTED = ((0, 10), (0, 12))  # releases of jax whose programs can be loaded; others trace as ever
NUMPY = (np.ndarray, np.generic)
LAPACK = "lapack_"  # calls of functions outside a program that any process can make
_store: Store | None = None
_functions: list["CachedFunction"] = []
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
    _store = None
    if folder is not None and jax.__version_info__[:2] in TESTED:
        _store = Store(folder, source_digest(), machine_digest())


def drop_programs() -> None:
    """Drop all loaded programs from memory; those that are used again are loaded again."""
    for function in _functions:
        function.programs.clear()


class CachedFunction:
    """A function compiled as one program, which is looked up in the store before it is traced."""

    def __init__(self, function: Callable, exact: Callable, donate: str = "none"):
        self.function, self.exact, self.donate = function, exact, donate
        self.traced = eqx.filter_jit(exact, donate=donate)
        self.lower = self.traced.lower
        self.programs: dict[Any, Program | None] = {}
        self.__doc__, self.__name__ = function.__doc__, function.__name__
        self.__wrapped__ = function
        _functions.append(self)

    def __call__(self, *arguments):
        leaves, structure = jax.tree.flatten(arguments)
        if _store is None or not _can_keep(leaves):
            return self.traced(*arguments)
        if any(isinstance(x, NUMPY) for x in leaves):  # programs are called with arrays of jax
            leaves = [jnp.asarray(x) if isinstance(x, NUMPY) else x for x in leaves]
            arguments = jax.tree.unflatten(structure, leaves)
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

    def _program(self, arguments: tuple, arrays: list, store: Store) -> "Program | None":
        """The program for these arguments, from the store, or compiled and put there; None if it
        cannot be kept."""
        try:
            path = path_of(self.function, arguments, arrays, store, self.donate)
            return read(path) or self._compiled(arguments, path, store)
        except Exception:  # errors of the arguments are raised again where they are traced
            log.debug("%s is traced, and not kept.", self.__name__, exc_info=True)
            return None

    def _compiled(self, arguments: tuple, path: Path, store: Store) -> "Program":
        """The program, written where it can be. Its machine code has a file of its own, under a key
        of the lowered program, which other parts or another source may give too."""
        dynamic, fixed = eqx.partition(arguments, eqx.is_array)
        leaves, structure = jax.tree.flatten(dynamic)
        result: dict[str, Any] = {}

        def flat(*raw):
            given = [_as_key(x, like) for x, like in zip(raw, leaves, strict=True)]
            tree = self.exact(*eqx.combine(jax.tree.unflatten(structure, given), fixed))
            result["about"], arrays = described(tree)
            if any(map(_is_key, arrays)):  # they would come back as numbers
                raise NotCacheable
            return arrays

        flat.__name__ = flat.__qualname__ = self.function.__name__
        kept = dynamic if self.donate == "none" else dynamic[0]  # or all except the first
        again = tuple(range(len(jax.tree.leaves(kept)), len(leaves)))
        traced = jax.jit(flat, keep_unused=True, donate_argnums=again).trace(*map(_raw, leaves))
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Some donated buffers were not usable")
            lowered = traced.lower()
        text = lowered.as_text()
        calls = sorted(set(re.findall(r"custom_call @(\w+)", text)))
        if traced.jaxpr.effects or any("callback" in name for name in calls):
            raise NotCacheable
        place = store.folder / f"code-{hashlib.sha256((store.machine + text).encode()).hexdigest()}"
        about = {"result": result["about"], "calls": calls, "code": place.name}
        if code := read_bytes(place):
            executable = _loaded(code)
        else:
            before = _count_hits()
            executable = lowered.compile().runtime_executable()
            alone = all(name.startswith(LAPACK) for name in calls)  # or it needs this process
            if not alone or _count_hits() > before:  # XLA writes whole only what it compiled itself
                return Program(about, executable)
            write_bytes(place, executable.serialize())
        write_bytes(path, json.dumps(about).encode())
        return Program(about, executable)


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


def check_once(check: Callable, *arguments: Any) -> None:
    """Call a check that depends on parts and shapes alone, unless it has passed for such ones in an
    earlier process."""
    path = None
    with suppress(NotCacheable):
        if _store is not None:
            arrays = [x for x in jax.tree.leaves(arguments) if eqx.is_array(x)]
            path = path_of(check, arguments, arrays, _store)
    if path is None or not path.is_file():
        check(*arguments)
        if path is not None:
            write_bytes(path, b"passed")


def path_of(
    function: Callable, arguments: tuple, arrays: list, store: Store, donate: str = "none"
) -> Path:
    """The file that belongs to a function and what it is called with. Raises ``NotCacheable``."""
    about, there = described(arguments)
    if len(there) != len(arrays) or any(a is not b for a, b in zip(there, arrays, strict=True)):
        raise NotCacheable
    if not is_ours(function.__module__):
        raise NotCacheable(function.__module__)
    where = f"{function.__module__}:{function.__qualname__}"
    shared = str(jnp.result_type(float)), store.source, store.machine
    text = json.dumps([where, donate, about, shared])
    return store.folder / f"{function.__name__}-{hashlib.sha256(text.encode()).hexdigest()}"


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


def read(path: Path) -> Program | None:
    """The program in a file; None if there is none, or none that can be used."""
    try:
        about = json.loads(read_bytes(path) or b"null")
        if about is None or not (code := read_bytes(path.parent / Path(about["code"]).name)):
            return None
        if about["calls"]:
            _prepare_lapack()
        return Program(about, _loaded(code))
    except Exception:  # whatever it is: the program is compiled again
        log.debug("%s cannot be used.", path, exc_info=True)
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
