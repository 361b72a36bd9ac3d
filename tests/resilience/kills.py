"""Killed at random moments, and the same command again; two processes; Ctrl-C twice."""

import os
import random
import signal
import time
from pathlib import Path

import numpy as np

from collapse import UserError
from collapse.runs.run import load
from tests.resilience.ledger import Ledger
from tests.resilience.place import RUN, SWEEP, Undisturbed, bits, call
from tests.resilience.victims import Victims, kill_after

# command: what is there before, what is run, what it leaves, whether it saves at every step
COMMANDS = {
    "run": (None, RUN, "run", False),
    "checkpoint": (None, RUN, "run", True),
    "extension": ("short", RUN, "run", True),
    "sweep": (None, SWEEP, "sweep", False),
    "figure": (None, ("figure",), "figure", False),
}


def kill_everything(
    ledger: Ledger, whole: Undisturbed, victims: Victims, place: Path, times: int, key: int = 0
) -> None:
    """SIGKILL at ``times`` random moments of each command, from its start to its end."""
    moments = random.Random(key)
    for name, (before, command, left, eager) in COMMANDS.items():
        begun = time.monotonic()
        command = ("figure", whole.root / "run") if name == "figure" else command
        out = place / f"{name}-timed"
        if before:
            whole.copy(before, out)
        assert victims.run((*command, "--out", out), eager=eager) == 0
        assert bits(out) == whole.bits[left], name
        took = time.monotonic() - begun
        for number in range(times):
            out = place / f"{name}{number}"
            if before:
                whole.copy(before, out)
            after = moments.uniform(0, took)
            code = victims.run((*command, "--out", out), kill_after(after), eager=eager)
            wrong = _looked(out, whole.root / "run") if left == "run" else ""
            again, said = call(*command, "--out", out)
            equal = again == 0 and bits(out) == whole.bits[left]
            wrong = wrong or ("" if equal or again else f"other bits after {after:.2f} s of {name}")
            kind = f"SIGKILL during {name}"
            if code == -signal.SIGKILL:
                ledger.count(kind, equal, wrong=wrong)
            assert again == 0, said


def _looked(out: Path, whole: Path) -> str:
    """What is wrong in the unfinished run that a killed process left: all of its numbers have to be
    those of the whole run."""
    try:
        part = load(out)
    except UserError:
        return ""
    rest = load(whole)
    for arm in part.arms:
        for name in part.curves:
            mine = part.curve(arm, name)
            theirs = rest.curve(arm, name)[: mine.shape[0], : mine.shape[1]]
            if not ((mine == theirs) | np.isnan(mine)).all():
                return f"{name} of an unfinished run has other numbers"
    return ""


def interrupt_twice(
    ledger: Ledger, whole: Undisturbed, victims: Victims, place: Path, times: int
) -> None:
    """Ctrl-C, and again while the first is being answered."""
    moments = random.Random(1)
    for number in range(times):
        out = place / f"twice{number}"
        twice = kill_after(moments.uniform(0.2, 2), signal.SIGINT, signal.SIGINT)
        code = victims.run((*RUN, "--out", out), twice, eager=True)
        wrong = _looked(out, whole.root / "run")
        again, _ = call(*RUN, "--out", out)
        equal = again == 0 and bits(out) == whole.bits["run"]
        ledger.count("Ctrl-C twice", equal, code == 130, wrong)


def two_at_once(ledger: Ledger, whole: Undisturbed, victims: Victims, place: Path) -> None:
    """A second process in a directory that another runs or sweeps in is refused, and the first
    comes to its end."""
    for command, left in ((RUN, "run"), (SWEEP, "sweep")):
        out, told = place / f"two-{left}", []

        def second(pid: int, out=out, command=command, told=told) -> None:
            while not out.is_dir():
                time.sleep(0.005)
            time.sleep(0.05)  # the lock follows at once
            os.kill(pid, signal.SIGSTOP)
            told += call(*command, "--out", out)
            os.kill(pid, signal.SIGCONT)

        code = victims.run((*command, "--out", out), second)
        named = told[0] == 2 and "Another process works in" in told[1]
        equal = code == 0 and bits(out) == whole.bits[left]
        ledger.count("two processes, one directory", equal and named, named)
