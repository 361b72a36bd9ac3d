"""Clocks that go backwards, and points of a sweep that need more memory than there is."""

import itertools
import os
import time
from pathlib import Path
from unittest import mock

import numpy as np

import collapse as c
from tests.resilience.ledger import Ledger
from tests.resilience.place import RUN, SHORT, SWEEP, Undisturbed, bits, call


class Hungry(c.Judge):
    """Runs out of memory, as XLA says it."""

    def weigh(self, key, view, reward):
        raise RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 8 bytes.")


def turn_clocks(ledger: Ledger, whole: Undisturbed, place: Path) -> None:
    """Time that runs backwards while a command runs, and files from the future or from 1970."""
    for command, left in ((RUN, "run"), (SWEEP, "sweep")):
        for stamp in (None, 0, 2**32):
            out = place / f"clock-{left}{stamp}"
            if stamp is not None:
                call(*(SHORT if left == "run" else SWEEP), "--out", out)
                for path in out.rglob("*"):
                    os.utime(path, (stamp, stamp))
            later = itertools.count(time.time(), -3600.0)
            with mock.patch("time.time", lambda later=later: next(later)):
                code, said = call(*command, "--out", out)
            equal = code == 0 and bits(out) == whole.bits[left]
            ledger.count("clock that goes backwards", equal, wrong="" if equal else said[-300:])


def starve(ledger: Ledger) -> None:
    """A point that cannot have the memory it needs is told, and the others are as without it: one
    by what the compiler says, one by its size."""
    arm = c.Arm(
        truth=c.Categorical(np.full(8, 1 / 8)),
        measures=(c.ItemDiversity(),),
        n=12,
        generations=2,
    )
    cases = [
        ({"judge": [c.KeepAll(), Hungry(), c.RandomFraction(0.5)]}, "RESOURCE_EXHAUSTED"),
        ({"n": [12, 10**9, 16]}, "GB are free"),
    ]
    for over, said in cases:
        ((path, values),) = over.items()
        found = c.sweep(arm, over, seeds=2)
        alone = c.sweep(arm, {path: [values[0], values[2]]}, seeds=2)
        told = " ".join(found.failed.values())
        named = len(found.failed) == 1 and said in told
        equal = np.array_equal(found.values()[[0, 2]], alone.values())
        wrong = "" if np.isnan(found.values()[1]) else "a number for a point that did not run"
        ledger.count("point of a sweep out of memory", bool(equal), named, wrong)
