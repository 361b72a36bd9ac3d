"""Inject every fault, the long form: ``python -m tests.resilience [--kills N] [--flips N]``.

Prints the counts and writes them into docs/reliability.md; exit code 1 if a result was lost or was
silently wrong.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import jax

from tests.resilience import damage, disks, kills, other
from tests.resilience.ledger import Ledger, write_into_page
from tests.resilience.place import Undisturbed
from tests.resilience.victims import Victims


def main() -> int:
    asked = argparse.ArgumentParser("python -m tests.resilience")
    asked.add_argument("--kills", type=int, default=50, help="of all five commands")
    asked.add_argument("--flips", type=int, default=20, help="bits of each file, one at a time")
    asked.add_argument("--key", type=int, default=0)
    given = asked.parse_args()
    ledger, begun, cpu = Ledger(), time.monotonic(), os.times()
    with tempfile.TemporaryDirectory(prefix="resilience-") as place:
        root = Path(place)
        whole, victims = Undisturbed(root / "whole"), Victims()
        parts = {
            "killed": lambda: kills.kill_everything(
                ledger, whole, victims, root / "killed", given.kills // 5, given.key
            ),
            "interrupted": lambda: kills.interrupt_twice(
                ledger, whole, victims, root / "twice", given.kills // 5
            ),
            "two processes": lambda: kills.two_at_once(ledger, whole, victims, root / "two"),
            "disks": lambda: disks.fail_everywhere(ledger, whole, root / "full", 1),
            "limits": lambda: disks.limit_files(
                ledger, whole, victims, root / "limits", (0, 100, 1000, 3000, 10_000)
            ),
            "places": lambda: disks.refuse_places(ledger, root),
            "files of a run": lambda: damage.damage_run(
                ledger, whole, root / "run", given.flips, given.key
            ),
            "files of a sweep": lambda: damage.damage_sweep(
                ledger, whole, root / "sweep", max(given.flips // 5, 1), given.key
            ),
            "clocks": lambda: other.turn_clocks(ledger, whole, root / "clocks"),
            "memory": lambda: other.starve(ledger),
        }
        for name, inject in parts.items():
            started = time.monotonic()
            inject()
            print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)
            jax.clear_caches()
        victims.close()
    took, now = time.monotonic() - begun, os.times()
    used = sum(now[:4]) - sum(cpu[:4])
    table = ledger.lines()
    print("\n".join([*table, *ledger.bad]))
    about = f"Took {took / 60:.0f} minutes, of which {used / 60:.0f} minutes of one core were used."
    command = f"`python -m tests.resilience --kills {given.kills} --flips {given.flips}`"
    write_into_page("faults", [*table, "", f"Made by {command}. {about}"])
    return bool(ledger.bad)


if __name__ == "__main__":
    sys.exit(main())
