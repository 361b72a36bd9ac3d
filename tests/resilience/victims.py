"""Processes to kill: each is a fork of one that has imported everything and computed nothing, so
that a command begins at once.

``python -m tests.resilience.victims`` reads jobs as JSON, one a line, and forks a process for each.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Victims:
    """Gives processes that run a command; one at a time."""

    def __init__(self):
        pipe = subprocess.PIPE
        command = [sys.executable, "-m", "tests.resilience.victims"]
        cache = str(ROOT / ".pytest_cache" / "xla")
        environment = os.environ | {"PYTHONPATH": str(ROOT), "COLLAPSE_CACHE": cache}
        self.server = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, text=True, env=environment, cwd=ROOT
        )
        assert self.server.stdout.readline() == "ready\n"

    def close(self) -> None:
        self.server.stdin.close()
        self.server.wait(60)
        self.server.stdout.close()

    def run(self, command, meanwhile: Callable[[int], None] = lambda pid: None, **job) -> int:
        """The exit code of a command, or minus the signal that ended it. ``meanwhile`` is called
        with the id of the process. ``job``: ``eager`` to save at every step, ``most`` bytes of a
        file, ``stdout`` where it prints to."""
        self.server.stdin.write(json.dumps({"command": [*map(str, command)]} | job) + "\n")
        self.server.stdin.flush()
        meanwhile(int(self.server.stdout.readline()))
        self.server.stdin.write("over\n")
        self.server.stdin.flush()
        return int(self.server.stdout.readline())


def kill_after(seconds: float, *signals: int, between: float = 0.05) -> Callable[[int], None]:
    """Sends signals to a process after some seconds; one that has ended gets none."""

    def kill(pid: int) -> None:
        time.sleep(seconds)
        for number in signals or (signal.SIGKILL,):
            os.kill(pid, number)  # until it is waited for, its id is no one else's
            time.sleep(between)

    return kill


def _serve() -> None:
    import collapse.commands.figure
    import collapse.commands.run
    import collapse.commands.sweep.command
    import collapse.loop.memory
    import collapse.report.figures  # noqa: F401
    from collapse.cli import main

    print("ready", flush=True)
    while line := sys.stdin.readline():
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _die(main, job)
        print(pid, flush=True)
        sys.stdin.readline()  # until the other side is through, the id stays this process's
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _die(main, job: dict) -> None:
    os.setsid()
    for number, where in ((0, "/dev/null"), (1, job.get("stdout", "/dev/null")), (2, "/dev/null")):
        os.dup2(os.open(where, os.O_RDWR), number)
    if job.get("eager"):
        from collapse.runs import blocks

        blocks.SECONDS_PER_SAVE = blocks.SECONDS_PER_CALL = 0.0
    if job.get("most") is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (job["most"], job["most"]))
    sys.argv = ["collapse", *job["command"]]
    code = 1
    try:
        main.main()
        sys.stdout.flush()
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    _serve()
