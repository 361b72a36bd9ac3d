"""Verify scenarios in processes of their own, one for each core.

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

from collapse.errors import UserError, attempt


def verify_apart(names: list[str], settings: dict, report: Callable) -> list[dict]:
    """The rows of all claims of the named scenarios, the worst fit first."""
    own, errors = threading.local(), []

    def rows_of(name: str) -> list[dict]:
        if errors:
            return []
        try:
            rows, wrong = own.process.submit(_verify, name, settings).result()
        except BrokenProcessPool:
            rows, wrong = [], [f"The process that verified {name} died: see what it printed above."]
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
            rows = [row for each in threads.map(rows_of, names) for row in each]
    if errors:
        raise UserError(*dict.fromkeys(errors))
    return sorted(rows, key=_badness, reverse=True)


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


def _badness(row: dict) -> tuple[bool, float]:
    share = row["badness"]
    return row["verdict"] == "FAILS", float("inf") if share is None else float(share)


def _prepare(settings: dict) -> None:
    """Begin a process: what scenarios print is no result, and devices are shared."""
    from collapse.numerics.device import start_jax

    sys.stdout = sys.stderr
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    start_jax(settings["precision"])


def _verify(name: str, settings: dict) -> tuple[list[dict], list[str]]:
    """The rows of a scenario's claims, and errors."""
    from collapse.commands.verify import verification
    from collapse.report.document import plain

    errors: list[str] = []
    chosen = settings["seeds"], settings["thorough"]
    scenarios = attempt(errors, verification.with_claims, [name], settings["size"]) or []
    findings = attempt(
        errors, verification.verify, scenarios, *chosen, threads=1, extra=settings["extra"]
    )
    return [plain(verification.row(finding)) for finding in findings or []], errors
