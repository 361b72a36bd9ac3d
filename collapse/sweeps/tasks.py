"""Tasks of workers in other processes, here or on other machines.

A call travels as it is, with the text of the user's files that its classes come from, so that
workers need no file. A worker with other versions refuses it: its bits would be others.
"""

import hashlib
import importlib
import math
import os
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from pathlib import Path
from typing import Any

import jax

from collapse.errors import UserError
from collapse.numerics.device import memory_bound, start_jax
from collapse.runs.manifest import versions
from collapse.scenario.load import NEIGHBOURS
from collapse.sweeps.executors import workers_of
from collapse.sweeps.work import sentence_of

AHEAD = 2  # tasks in flight for each worker: those of a worker that dies are begun again
DEATHS = ("KilledWorker", "BrokenProcessPool", "CancelledError", "FutureCancelledError")
Sources = dict[str, str]
Packed = tuple[Sources, bytes, dict[str, str], str]
OWN = uuid.uuid4().hex
PLACES: dict[str, tempfile.TemporaryDirectory] = {}  # of files that were sent, by their digests


def answered(
    executor: Executor, waiting: list, packed: Callable[[Any], Packed]
) -> Iterator[tuple[Any, Future]]:
    """Run ``packed(task)`` of all tasks in ``waiting`` on an executor: each with its finished
    future, as they come. ``waiting`` may be changed meanwhile; who stops early closes this."""
    flying: dict[Future, Any] = {}
    most = AHEAD * workers_of(executor)
    try:
        while waiting or flying:
            while waiting and len(flying) < most:
                task = waiting.pop(0)
                flying[executor.submit(run_packed, *packed(task))] = task
            done, _ = wait(flying, return_when=FIRST_COMPLETED)
            for future in done:
                yield flying.pop(future), future
    finally:
        for future in flying:
            future.cancel()


def why(error: Exception) -> str:
    """What became of a task that gave no answer."""
    name = type(error).__name__
    if name not in DEATHS:
        return sentence_of(error)
    return f"Its worker died ({name}): it crashed, was ended, or needed more than its memory limit."


def pack(function: Callable, *arguments: Any) -> Packed:
    """A call for ``run_packed``: the modules of the user's files by name, the call as bytes, the
    versions here, and which process this is."""
    import cloudpickle

    precision = "double" if jax.config.jax_enable_x64 else "single"
    return sources(), cloudpickle.dumps((function, arguments, precision)), versions(), _process()


def _process() -> str:
    return f"{OWN} {os.getpid()}"


def sources() -> Sources:
    """{file on a path: text} of the modules that were loaded from the user's files."""
    found = {}
    for name, module in list(sys.modules.items()):
        if name in NEIGHBOURS or getattr(module, "__collapse_user_file__", False):
            file = Path(getattr(module, "__file__", None) or "")
            end = "/__init__.py" if hasattr(module, "__path__") else ".py"
            if file.is_file():
                found[name.replace(".", "/") + end] = file.read_bytes().decode()
    return found


def installed(files: Sources) -> None:
    """Make the modules of the user's files importable in a worker, anew if they have changed."""
    here = sources()
    if all(here.get(name) == text for name, text in files.items()):
        return
    digest = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()
    if digest not in PLACES:  # a directory of its own: no one else can put a module there
        PLACES[digest] = tempfile.TemporaryDirectory(prefix="collapse-", ignore_cleanup_errors=True)
    place = Path(PLACES[digest].name)
    if str(place) in sys.path[:1]:
        return
    for name, text in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        sys.modules.pop(module, None)
    sys.path.insert(0, str(place))
    importlib.invalidate_caches()


def run_packed(files: Sources, packed: bytes, theirs: dict[str, str], asker: str) -> Any:
    """The work of a worker: what the packed call returns. Raises ``UserError`` if the versions here
    are not those of whoever asks."""
    mine = versions()
    other = [f"{k} {mine.get(k)}, not {theirs[k]}" for k in theirs if mine.get(k) != theirs[k]]
    if other:
        raise UserError(f"A worker has other versions: {'; '.join(other)}. Install the same there.")
    import cloudpickle

    if files and asker != _process():
        installed(files)
    # Not data from anywhere: bytes of the process that submitted this call, over a connection that
    # runs what it is sent anyhow. They are unpacked here and not by the executor, so that versions
    # are compared and the user's modules are there first. No file is ever read in this way.
    function, arguments, precision = cloudpickle.loads(packed)
    start_jax(precision)
    with memory_bound(_limit()):
        return function(*arguments)


def _limit() -> float:
    """Megabytes that this process may use as a worker of Dask; infinite if it has no limit."""
    distributed = sys.modules.get("distributed")
    try:
        return (distributed.get_worker().memory_manager.memory_limit or math.inf) / 1e6
    except (AttributeError, ValueError):  # no worker of Dask
        return math.inf
