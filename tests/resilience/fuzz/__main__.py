"""Fuzz every target: ``python -m tests.resilience.fuzz --cases N [--key K] [--only TARGET]``.

Targets take turns of equal time until N cases are done. Prints cases, cases a second and failures
by target; exit code 1 if any case failed. With ``--guided`` atheris (libFuzzer) chooses the input
by the lines of ``collapse`` that it reaches.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from tests.resilience.fuzz.guard import Guard, peak_megabytes
from tests.resilience.fuzz.targets import Files, Target
from tests.resilience.ledger import write_into_page

TURN = 0.3  # seconds
WARM = 50  # cases of each target before memory is compared


class Fuzzed:
    """A target, how many cases it had, in how many seconds, and {what went wrong: a case}."""

    def __init__(self, target: Target, key: int):
        self.target, self.random = target, Random(f"{key} {target.name}")
        self.cases, self.seconds = 0, 0.0
        self.found: dict[str, str] = {}

    def turn(self, guard: Guard, most: int) -> int:
        """Up to ``most`` cases, for about ``TURN`` seconds; how many there were."""
        begun, done = time.perf_counter(), 0
        while done < most and time.perf_counter() - begun < TURN:
            case = self.target.make(self.random)
            if wrong := guard(self.target, case):
                self.found.setdefault(kind_of(wrong), f"{case!r:.600}\n{wrong}")
            done += 1
        self.cases, self.seconds = self.cases + done, self.seconds + time.perf_counter() - begun
        return done


def kind_of(wrong: str) -> str:
    """A failure without what differs from case to case: where it was raised."""
    lines = [line for line in wrong.split("\n") if line.startswith("  File")]
    return lines[-1] if lines else wrong[:60]


def table(all_of: list[Fuzzed]) -> list[str]:
    """A table in Markdown."""
    lines = ["| target | cases | a second | failures |", "|---|--:|--:|--:|"]
    for one in all_of:
        rate = one.cases / max(one.seconds, 1e-9)
        lines.append(f"| {one.target.name} | {one.cases:,} | {rate:,.0f} | {len(one.found)} |")
    cases, seconds = sum(one.cases for one in all_of), sum(one.seconds for one in all_of)
    bad = sum(len(one.found) for one in all_of)
    return [*lines, f"| **all** | {cases:,} | {cases / max(seconds, 1e-9):,.0f} | {bad} |"]


def main() -> int:
    asked = argparse.ArgumentParser("python -m tests.resilience.fuzz")
    asked.add_argument("--cases", type=int, default=20_000, help="of all targets together")
    asked.add_argument("--seconds", type=float, default=1e9, help="at most")
    asked.add_argument("--key", type=int, default=0)
    asked.add_argument("--only", default="", help="targets with this in their names")
    asked.add_argument("--write", action="store_true", help="the table into docs/reliability.md")
    asked.add_argument("--guided", action="store_true", help="by atheris, one target")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as place:
        targets = [one for one in Files(Path(place)).targets() if given.only in one.name]
        if given.guided:
            from tests.resilience.fuzz.guided import guided

            return guided(targets[0], given.cases)
        guard = Guard()
        for target in targets:
            Fuzzed(target, -1).turn(guard, WARM)
        before, begun = peak_megabytes(), time.perf_counter()
        all_of, left = [Fuzzed(target, given.key) for target in targets], given.cases
        while left > 0 and time.perf_counter() - begun < given.seconds:
            for one in all_of:
                left -= one.turn(guard, left)
        print("\n".join(table(all_of)))
    peak, took = peak_megabytes(), time.perf_counter() - begun
    if given.write:
        command = f"`python -m tests.resilience.fuzz --cases {given.cases} --key {given.key}`"
        about = (
            f"in {took / 60:.0f} minutes; peak memory {peak:.0f} MB, {peak - before:.0f} MB more"
        )
        about += f" than after {WARM} cases of each target."
        write_into_page("fuzz", [*table(all_of), "", f"Made by {command}", about])
    failures = [text for one in all_of for text in one.found.values()]
    print(*failures, sep="\n\n")
    print(f"Peak memory: {peak:.0f} MB, {peak - before:.0f} MB more than after warming up.")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
