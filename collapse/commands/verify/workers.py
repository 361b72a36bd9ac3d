"""Verifying scenarios in processes of their own, one for each core.

Threads share an interpreter, and tracing programs is most of the work; processes do not. A worker
(``python -m collapse.commands.verify.workers SETTINGS``) reads names of scenarios from its input,
a line each, and answers each with a line of JSON: the rows of its claims, or what was wrong with
it.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable

from collapse.errors import UserError


def verify_apart(names: list[str], settings: dict, report: Callable) -> list[dict]:
    """The rows of all claims of the named scenarios, the worst fit first."""
    waiting: queue.SimpleQueue = queue.SimpleQueue()
    for name in names:
        waiting.put(name)
    rows: list[dict] = []
    errors: list[str] = []

    def work() -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        # Where there is an accelerator, they share it: none may take its memory beforehand.
        sharing = {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"} | os.environ
        how = {"text": True, "encoding": "utf-8", "env": sharing}
        with subprocess.Popen(command(settings), **how, **pipes) as worker:
            while not waiting.empty() and not errors:
                try:
                    name = waiting.get_nowait()
                except queue.Empty:
                    break
                answer = _ask(worker, name)
                errors.extend(answer.get("wrong", []))
                rows.extend(answer.get("rows", []))
                report(name, len(answer.get("rows", [])))
            worker.stdin.close()

    threads = [threading.Thread(target=work) for _ in range(min(os.cpu_count() or 1, len(names)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise UserError(*dict.fromkeys(errors))
    return sorted(rows, key=_badness, reverse=True)


def command(settings: dict) -> list[str]:
    """How a worker is started. ``-m`` alone would import whatever file of the current folder has
    the name of a module, which this process does not, unless it has that folder on its path."""
    here = "" in sys.path or os.getcwd() in sys.path
    safely = [] if here else ["-P"]
    return [sys.executable, *safely, "-m", "collapse.commands.verify.workers", json.dumps(settings)]


def _ask(worker: subprocess.Popen, name: str) -> dict:
    worker.stdin.write(name + "\n")
    worker.stdin.flush()
    line = worker.stdout.readline()
    if not line:
        return {"wrong": [f"The process that verified {name} ended: see what it printed above."]}
    return json.loads(line)


def _badness(row: dict) -> tuple[bool, float]:
    share = row["badness"]
    return row["verdict"] == "FAILS", float("inf") if share is None else float(share)


def main() -> None:
    """The worker: settings as its argument, names on its input, answers on its output."""
    from collapse.commands.verify import verification
    from collapse.numerics.device import start_jax
    from collapse.report.run_summary import plain

    settings = json.loads(sys.argv[1])
    start_jax(settings["precision"])
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a scenario prints is no answer
    for line in sys.stdin:
        try:
            scenarios = verification.with_claims([line.strip()], settings["size"])
            findings = verification.verify(
                scenarios,
                settings["seeds"],
                settings["thorough"],
                threads=1,
                extra=settings["extra"],
            )
            answer = {"rows": [plain(verification.row(finding)) for finding in findings]}
        except UserError as mistake:
            answer = {"wrong": list(mistake.sentences)}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
