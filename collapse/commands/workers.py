"""Work on scenarios in processes of their own, one for each core.

Threads share an interpreter, and tracing programs is most of the work; processes do not. Each
thread has one process, so that a process that dies is known by the scenario it worked on.
"""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context

from collapse.errors import UserError


def work_apart(work: Callable, names: list[str], settings: dict, report: Callable) -> list[list]:
    """What ``work(name, settings) -> (rows, errors)`` gives for each scenario, in order.

    ``work`` is a function of a module. ``settings`` are plain values, ``precision`` among them.
    ``report(name, count)`` is called after each scenario. After an error no further scenario is
    begun. Raises ``UserError`` with the errors of all.
    """
    own, errors = threading.local(), []

    def rows_of(name: str) -> list:
        if errors:
            return []
        try:
            rows, wrong = own.process.submit(work, name, settings).result()
        except BrokenProcessPool:
            rows, wrong = (
                [],
                [f"The process that worked on {name} died: see what it printed above."],
            )
        errors.extend(wrong)
        report(name, len(rows))
        return rows

    with ExitStack() as stack:
        stack.enter_context(_safe_path())

        def begin() -> None:
            process = ProcessPoolExecutor(1, get_context("spawn"), _prepare, (settings,))
            own.process = stack.enter_context(process)

        count = min(os.cpu_count() or 1, len(names))
        with ThreadPoolExecutor(count, initializer=begin) as threads:
            rows = list(threads.map(rows_of, names))
    if errors:
        raise UserError(*dict.fromkeys(errors))
    return rows


@contextmanager
def _safe_path():
    """Processes get the path of this one. Without this they would first import what they need to
    get it from whatever file of the current folder has the name of a module."""
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        os.environ.pop("PYTHONSAFEPATH")
        os.environ |= {} if before is None else {"PYTHONSAFEPATH": before}


def _prepare(settings: dict) -> None:
    """Begin a process: what scenarios print is no result, and devices are shared."""
    from collapse.numerics.device import start_jax

    sys.stdout = sys.stderr
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    start_jax(settings["precision"])
