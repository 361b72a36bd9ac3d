"""``collapse sweep``: run a scenario over a grid of settings, resumably."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from collapse.commands.request import Options, unprepared
from collapse.commands.sweep.table import show_sweep, show_threshold
from collapse.errors import UserError, attempt
from collapse.numerics.pytree import replace
from collapse.report.console import say
from collapse.report.document import document
from collapse.report.overwrite import place_errors, write_result
from collapse.report.progress import Count
from collapse.scenario.load import thing_in_file
from collapse.scenario.scenario import Scenario
from collapse.stats.intervals import t_interval
from collapse.suggest import unknown
from collapse.sweeps.axes import axes_of
from collapse.sweeps.executors import executor_of
from collapse.sweeps.find import condition_of, find
from collapse.sweeps.sweep import Sweep, sweep as swept

DRAWN = 2  # settings that a figure can show


@dataclass(frozen=True)
class Grid:
    """What is asked of a sweep beside the scenario."""

    over: list[str]
    value: str | None = None
    arm: str | None = None
    threshold: float | None = None
    executor: str | None = None
    find: str | None = None
    such_that: str | None = None
    law: str | None = None  # FILE.py:NAME


def sweep(options: Options, grid: Grid, quiet: bool) -> tuple[dict, bool]:
    """Run the points that are not there, and print and draw their values; the document for
    ``--json``, and whether any point failed."""
    started = time.monotonic()
    scenario, out, law = _asked(options, grid)
    with _running(scenario, out, grid.executor) as more:
        found = swept(scenario, grid.over, key=options.key, value=grid.value, **more)
    body = _body(found, scenario.seeds, time.monotonic() - started)
    drawn = None
    if len(found.axes) <= DRAWN:
        drawn = lambda: found.plot(grid.arm, None, grid.threshold, law).figure  # noqa: E731
    made = write_result(out, "sweep", document("sweep", body), drawn)
    if not quiet:
        show_sweep(found, made)
    return made, bool(found.failed)


def threshold(options: Options, grid: Grid, quiet: bool) -> dict:
    """Search the setting at which a condition begins to hold, for each arm; the document for
    ``--json``."""
    scenario, out, _ = _asked(options, grid)
    with _running(scenario, out, grid.executor) as more:
        found = find(scenario, grid.find, grid.such_that or "", key=options.key, **more)
    body = {
        "scenario": scenario.name,
        "setting": found.path,
        "condition": found.condition,
        "seeds": scenario.seeds,
        "thresholds": {
            arm: {"setting": one.as_dict(), "holds_above": found.above[arm]}
            for arm, one in found.thresholds.items()
        },
        "measured": {
            arm: {f"{place:.10g}": t_interval(x).as_dict() for place, x in sorted(mine.items())}
            for arm, mine in found.measured.items()
        },
    }
    made = write_result(out, "threshold", document("sweep", body, schema="threshold"))
    if not quiet:
        show_threshold(found, made)
    return made


def _asked(options: Options, grid: Grid) -> tuple[Scenario, Path, Callable | None]:
    """The scenario with the arms that are run, the directory, and the law to draw. Raises
    ``UserError`` with all errors."""
    errors: list[str] = []
    axes = None
    if grid.find is None:
        axes = attempt(errors, axes_of, grid.over)
        errors += ["--such-that needs --find PATH=LOW:HIGH."] if grid.such_that else []
    else:
        attempt(errors, condition_of, grid.such_that or "")
        errors += ["Give --over or --find, not both."] if grid.over else []
        errors += ["--law is drawn over --over: leave it out with --find."] if grid.law else []
    law = attempt(errors, _law_of, grid.law, axes or []) if grid.law else None
    scenario = attempt(errors, unprepared, options)
    if scenario and grid.arm is not None and grid.arm not in scenario.arms:
        errors.append(unknown(f"arm of {scenario.name}", grid.arm, list(scenario.arms)))
    out = options.out or Path("sweeps") / (scenario.name if scenario else "")
    errors += place_errors(out)
    if errors or scenario is None:
        raise UserError(*errors)
    arms = scenario.arms if grid.arm is None else {grid.arm: scenario.arms[grid.arm]}
    return replace(scenario, arms=arms), out, law


def _law_of(where: str, axes: list) -> Callable:
    """The function in FILE.py:NAME, tried on the first setting. Raises ``UserError``."""
    from collapse.sweeps.figure import expected  # and matplotlib with it

    law = thing_in_file(where, "law", lambda thing, module: callable(thing))
    if not callable(law):
        raise UserError(f"{where} is no law: make it a function of a number.")
    if len(axes) > DRAWN:
        raise UserError(f"--law is drawn over one or two settings, not {len(axes)}.")
    if axes:
        expected(axes[0], law)
    return law


@contextmanager
def _running(scenario: Scenario, out: Path, executor: str | None) -> Iterator[dict]:
    """Arguments of ``sweep`` with progress and an executor; exit with 130 if it is interrupted."""
    try:
        with Count(None, "arms") as count, executor_of(executor) as chosen:

            def report(done: int, total: int) -> None:
                count.bars.update(count.task, completed=done, total=total, now=scenario.name)

            yield {"out": out, "report": report, "executor": chosen}
    except KeyboardInterrupt:
        say(f"Stopped and saved in {out}: run the same command again to continue.", True)
        raise SystemExit(130) from None


def _body(found: Sweep, seeds: int, seconds: float) -> dict:
    points = [
        {
            "settings": {
                axis.path: axis.texts[axis.values.index(value)]
                for axis, value in zip(found.axes, point.values, strict=True)
            },
            "records": point.digests,
            "values": {arm: one.as_dict() for arm, one in estimates.items()},
        }
        for point, estimates in zip(found.points, found.estimates, strict=True)
    ]
    return {
        "scenario": found.scenario,
        "over": {axis.path: axis.texts for axis in found.axes},
        "value": found.value,
        "seeds": seeds,
        "points": points,
        "run": found.run,
        "failed": found.failed,
        "damaged": found.store.damaged,
        "seconds": round(seconds, 2),
    }
