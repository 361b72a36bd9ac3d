"""Run the arms of a sweep in other processes, here or on other machines.

A task holds arms as they are, and the text of the user's files that their classes come from, so
that workers need no file. A worker with other versions refuses it: its bits would be others.
"""

import hashlib
import importlib
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from pathlib import Path

import jax

from collapse.errors import UserError
from collapse.numerics.device import start_jax
from collapse.numerics.pytree import parts_of
from collapse.runs.manifest import versions
from collapse.scenario.load import NEIGHBOURS
from collapse.suggest import listed
from collapse.sweeps.executors import workers_of
from collapse.sweeps.points import Group
from collapse.sweeps.store import Store
from collapse.sweeps.work import Curves, records, sentence_of

AHEAD = 2  # tasks in flight for each worker: those of a worker that dies are begun again
DEATHS = ("KilledWorker", "BrokenProcessPool", "CancelledError", "FutureCancelledError")
Sources = dict[str, str]
Answer = tuple[dict[str, Curves], dict[str, str]]


def run_remotely(
    groups: Sequence[Group],
    lacking: set[str],
    store: Store,
    key: int,
    seeds: int,
    report: Callable[[int], None],
    executor: Executor,
) -> dict[str, str]:
    """Run what is lacking on an executor, and keep its records as they come; {hash: sentence} of
    what failed. A task whose worker dies is cut into its arms, so that one takes no other along."""
    refuse_local(groups)
    failed: dict[str, str] = {}
    waiting = [(group, chunk) for group in groups for chunk in group.chunks(lacking)]
    flying: dict[Future, tuple[Group, list[str]]] = {}
    most = AHEAD * workers_of(executor)
    while waiting or flying:
        while waiting and len(flying) < most:
            group, chunk = waiting.pop(0)
            task = (*pack(group, chunk, key, seeds), versions())
            flying[executor.submit(run_packed, *task)] = group, chunk
        done, _ = wait(flying, return_when=FIRST_COMPLETED)
        for future in done:
            group, chunk = flying.pop(future)
            mine = [digest for digest in chunk if digest in lacking]
            try:
                found, wrong = future.result()
            except UserError as mistake:  # every other task would be refused too
                for other in flying:
                    other.cancel()
                raise mistake from None
            except Exception as error:
                if len(chunk) > 1:
                    waiting += [
                        (Group({digest: group.arms[digest]}, 1), [digest]) for digest in mine
                    ]
                    continue
                found, wrong = {}, {mine[0]: _why(error)}
            for digest in found.keys() & lacking:
                store.keep(digest, found[digest])
            failed |= {digest: text for digest, text in wrong.items() if digest in lacking}
            report(len(mine))
    return failed


def _why(error: Exception) -> str:
    """What became of a task that gave no answer."""
    name = type(error).__name__
    return f"Its worker died ({name})." if name in DEATHS else sentence_of(error)


def refuse_local(groups: Sequence[Group]) -> None:
    """Raise ``UserError`` for parts of classes that no worker can import."""
    parts = [part for group in groups for arm in group.arms.values() for _, part in parts_of(arm)]
    names = {type(part).__name__ for part in parts if type(part).__module__ == "__main__"}
    if names:
        raise UserError(
            f"{listed(sorted(names))} cannot be sent to workers: put the class into a file of its "
            "own, and import it or give it as FILE.py:NAME."
        )


def pack(group: Group, chunk: list[str], key: int, seeds: int) -> tuple[Sources, bytes]:
    """The modules of the user's files by name, and the arms of a chunk as bytes."""
    import cloudpickle

    part = Group({digest: group.arms[digest] for digest in chunk}, group.width)
    precision = "double" if jax.config.jax_enable_x64 else "single"
    return sources(), cloudpickle.dumps((part, key, seeds, precision))


def sources() -> Sources:
    """{file on a path: text} of the modules that were loaded from the user's files."""
    found = {}
    for name, module in list(sys.modules.items()):
        if name in NEIGHBOURS or getattr(module, "__collapse_user_file__", False):
            file = Path(getattr(module, "__file__", None) or "")
            end = "/__init__.py" if hasattr(module, "__path__") else ".py"
            if file.is_file():
                found[name.replace(".", "/") + end] = file.read_text(encoding="utf-8")
    return found


def installed(files: Sources) -> None:
    """Make the modules of the user's files importable in a worker, anew if they have changed."""
    here = sources()
    if all(here.get(name) == text for name, text in files.items()):
        return  # a thread of the process that asks
    digest = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()[:16]
    place = Path(tempfile.gettempdir()) / f"collapse-{os.getpid()}-{digest}"
    if str(place) in sys.path[:1]:
        return
    for name, text in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        sys.modules.pop(module, None)
    sys.path.insert(0, str(place))
    importlib.invalidate_caches()


def run_packed(files: Sources, packed: bytes, theirs: dict[str, str]) -> Answer:
    """The work of a worker: records and failures of the arms of a task. Raises ``UserError`` if the
    versions here are not those of whoever asks."""
    mine = versions()
    other = [f"{k} {mine.get(k)}, not {theirs[k]}" for k in theirs if mine.get(k) != theirs[k]]
    if other:
        raise UserError(f"A worker has other versions: {'; '.join(other)}. Install the same there.")
    import cloudpickle

    if files:
        installed(files)
    # Not data from anywhere: bytes of the process that submitted this call, over a connection that
    # runs what it is sent anyhow. They are unpacked here and not by the executor, so that versions
    # are compared and the user's modules are there first. No file is ever read in this way.
    group, key, seeds, precision = cloudpickle.loads(packed)
    start_jax(precision)
    failed: dict[str, str] = {}
    return records(group, [list(group.arms)], key, seeds, failed), failed
