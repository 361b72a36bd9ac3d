"""Progress on stderr, where a person is looking."""

import sys

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress as Bars,
    TextColumn,
    TimeElapsedColumn,
)

from collapse.report.console import Terminal
from collapse.scenario.scenario import Scenario


def live_bars(shown: bool | None = None) -> Bars:
    """Live bars: what, how far, what now, how long. ``shown``: None if a person is looking."""
    return Bars(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[now]}", markup=False),
        TimeElapsedColumn(),
        console=Terminal(stderr=True),
        disable=not (watched() if shown is None else shown),
    )


def watched() -> bool:
    """Whether a person is looking: at a terminal or a notebook."""
    return sys.stderr.isatty() or Console().is_jupyter


class Progress:
    """Live bars for the time of a ``with`` block."""

    def __init__(self, shown: bool | None = None):
        self.bars, self.tasks = live_bars(shown), {}

    def __enter__(self):
        self.bars.start()
        return self

    def __exit__(self, *_) -> None:
        self.bars.stop()


class Generations(Progress):
    """A bar for each arm: generations done over all seeds, and the current effective number."""

    def __init__(self, scenario: Scenario, shown: bool | None = None):
        super().__init__(shown)
        self.seeds, self.done = scenario.seeds, {}
        for name, arm in scenario.arms.items():
            total = arm.generations * scenario.seeds
            self.tasks[name] = self.bars.add_task(name, total=total, now="compiling")

    def report(self, block) -> None:
        """Called from the threads that run the blocks."""
        self.done[block.name, block.number] = block.done * block.wanted
        completed = sum(n for (name, _), n in list(self.done.items()) if name == block.name)
        curve = block.record[-1]["curves"].get("effective_number")
        last = None if curve is None else curve[: block.wanted, -1]
        self._show(block.name, completed, block.done, last)

    def reached(self, arm: str, generation: int, record: dict) -> None:
        """All seeds of an arm have reached a generation; ``record`` is (generations, S)."""
        curve = record["curves"].get("effective_number")
        last = None if curve is None else curve[-1]
        self._show(arm, generation * self.seeds, generation, last)

    def _show(self, arm: str, completed: int, generation: int, effective_number) -> None:
        now = f"generation {generation}"
        if effective_number is not None:
            now += f", effective number {effective_number.mean():.1f}"
        self.bars.update(self.tasks[arm], completed=completed, now=now)


class Count(Progress):
    """One bar that counts what is done, of a known total or without one."""

    def __init__(self, total: int | None, what: str, now: str = "compiling"):
        super().__init__()
        self.task = self.bars.add_task(what, total=total, now=now)

    def report(self, now: str, done: int = 0) -> None:
        """Say what is going on, and that so many more are done."""
        self.bars.update(self.task, advance=done, now=now)


class Reading(Progress):
    """A bar for each file: how many megabytes of it are read."""

    def report(self, done: int, size: int, name: str) -> None:
        if name not in self.tasks:
            self.tasks[name] = self.bars.add_task(f"reading {name}", total=0, now="MB")
        total, done = -(-size // 1_000_000), -(-done // 1_000_000)
        self.bars.update(self.tasks[name], total=total, completed=min(done, total))
