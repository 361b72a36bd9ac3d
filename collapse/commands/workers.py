"""Work on scenarios in other processes: one for each core here, or those of an executor.

Threads share an interpreter, and tracing programs is most of the work; processes do not. Each
thread has one process, so that a process that dies is known by the scenario it worked on.
"""

import os
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, closing
from importlib.machinery import PathFinder
from multiprocessing import get_context
from pathlib import Path

from collapse.errors import UserError, attempt
from collapse.files.atomic import write_whole
from collapse.sweeps.executors import safe_path

Tasks = dict[str, dict]  # settings by the name of a scenario
Work = Callable[[str, dict], tuple[list, list[str]]]
Files = dict[str, bytes]  # by their paths in a directory


def work_apart(work: Work, tasks: Tasks, report: Callable) -> list[list]:
    """What ``work(name, settings) -> (rows, errors)`` gives for each scenario, in order.

    ``work`` is a function of a module. Settings are plain values, ``precision`` among them.
    ``report(name, count)`` is called after each scenario. After an error no further scenario is
    begun. Raises ``UserError`` with the errors of all.
    """
    own, errors = threading.local(), []

    def rows_of(name: str) -> list:
        if errors:
            return []
        try:
            rows, wrong = own.process.submit(work, name, tasks[name]).result()
        except BrokenProcessPool:
            rows, wrong = (
                [],
                [f"The process that worked on {name} died: see what it printed above."],
            )
        errors.extend(wrong)
        report(name, len(rows))
        return rows

    with ExitStack() as stack:
        stack.enter_context(safe_path())

        def begin() -> None:
            one = next(iter(tasks.values()))
            process = ProcessPoolExecutor(1, get_context("spawn"), _prepare, (one["precision"],))
            own.process = stack.enter_context(process)

        count = min(os.cpu_count() or 1, len(tasks))
        with ThreadPoolExecutor(count, initializer=begin) as threads:
            rows = list(threads.map(rows_of, tasks))
    if errors:
        raise UserError(*dict.fromkeys(errors))
    return rows


def _prepare(precision: str) -> None:
    """Begin a process: what scenarios print is no result, and devices are shared."""
    from collapse.numerics.device import start_jax

    sys.stdout = sys.stderr
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    start_jax(precision)


def work_on(
    executor: Executor,
    work: Work,
    tasks: Tasks,
    report: Callable,
    kept: Callable[[str], Sequence[Path]] = lambda name: (),
) -> list[list]:
    """The same as ``work_apart`` on an executor, whose workers need no files.

    A FILE.py travels as text. If there is a setting ``out``, the files in it at the paths that
    ``kept(name)`` gives travel too, a worker works in a directory of its own, and what it writes
    there is written into ``out`` here.
    """
    from collapse.numerics.device import start_jax
    from collapse.scenario.load import load_file
    from collapse.sweeps.tasks import Packed, answered, pack, why

    (precision,) = {settings["precision"] for settings in tasks.values()}
    start_jax(precision)
    errors: list[str] = []
    for name in tasks:
        if name.endswith(".py"):
            attempt(errors, load_file, Path(name), "scenario")
    if errors:
        raise UserError(*errors)

    def packed(name: str) -> Packed:
        if name.endswith(".py"):  # with the modules of its own folder, if two have one of a name
            load_file(Path(name), "scenario")
        there = _read(Path(tasks[name].get("out", "")), kept(name))
        return pack(work_in_worker, work, name, tasks[name], there)

    waiting, rows = list(tasks), {}
    with closing(answered(executor, waiting, packed)) as answers:
        for name, future in answers:
            try:
                rows[name], wrong, made = future.result()
                _write(Path(tasks[name].get("out", "")), made)
            except UserError as mistake:
                wrong = mistake.sentences
            except Exception as error:
                wrong = [f"The work on {name} gave no answer: {why(error)}"]
            errors += wrong
            if errors:
                waiting.clear()
            report(name, len(rows.get(name, ())))
    if errors:
        raise UserError(*dict.fromkeys(errors))
    return [rows[name] for name in tasks]


def work_in_worker(
    work: Work, name: str, settings: dict, there: Files
) -> tuple[list, list[str], Files]:
    """Rows and errors of a scenario, and the files that were made or changed in ``out``."""
    with tempfile.TemporaryDirectory(prefix="collapse-") as place:
        _write(Path(place), there)
        own = settings | ({"out": place} if "out" in settings else {})
        file = _sent(name) if name.endswith(".py") else name
        rows, errors = work(file, own)
        made = _read(Path(place), [Path()])
    changed = {path: data for path, data in made.items() if there.get(path) != data}
    return rows, [text.replace(file, name) for text in errors], changed


def _sent(name: str) -> str:
    """The file of a user's scenario where it is for this process: on its path, if it was sent."""
    from collapse.scenario.load import module_name

    spec = PathFinder.find_spec(module_name(Path(name), "scenario"))
    return name if spec is None or spec.origin is None else spec.origin


def _read(place: Path, paths: Sequence[Path]) -> Files:
    """The files at paths in a directory, and below them."""
    every = [file for path in paths for file in sorted((place / path).rglob("*"))]
    return {str(file.relative_to(place)): file.read_bytes() for file in every if file.is_file()}


def _write(place: Path, files: Files) -> None:
    """Write files into a directory. The manifest of a run says what the others are: it comes last,
    and an earlier one goes first, so that what is stopped between can be gone on with."""
    manifests = [name for name in files if Path(name).name == "manifest.json"]
    for name in manifests:
        (place / name).unlink(missing_ok=True)
    for name in [*(files.keys() - set(manifests)), *manifests]:
        write_whole(place / name, files[name])
