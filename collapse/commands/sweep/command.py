"""``collapse sweep``: run a scenario over a grid of settings, resumably."""

import time
from dataclasses import dataclass
from pathlib import Path

from collapse.commands.request import Options, wished
from collapse.commands.sweep.table import show_sweep
from collapse.errors import UserError, attempt
from collapse.report.console import say
from collapse.report.document import document
from collapse.report.overwrite import place_errors, write_result
from collapse.report.progress import Count
from collapse.sweeps.axes import axes_of
from collapse.sweeps.sweep import Sweep, sweep as swept

DRAWN = 2  # settings that a figure can show


@dataclass(frozen=True)
class Grid:
    """What is asked of a sweep beside the scenario."""

    over: list[str]
    value: str | None = None
    arm: str | None = None
    threshold: float | None = None


def sweep(options: Options, grid: Grid, quiet: bool) -> tuple[dict, bool]:
    """Run the points that are not there, and print and draw their values; the document for
    ``--json``, and whether any point failed."""
    started = time.monotonic()
    errors: list[str] = []
    axes = attempt(errors, axes_of, grid.over)
    scenario = attempt(errors, wished, options)
    if scenario and grid.arm is not None and grid.arm not in scenario.arms:
        from collapse.suggest import unknown

        errors.append(unknown(f"arm of {scenario.name}", grid.arm, list(scenario.arms)))
    out = options.out or Path("sweeps") / (scenario.name if scenario else "")
    errors += place_errors(out)
    if errors or scenario is None or axes is None:
        raise UserError(*errors)
    if grid.arm is not None:
        from collapse.numerics.pytree import replace

        scenario = replace(scenario, arms={grid.arm: scenario.arms[grid.arm]})
    try:
        with Count(None, "arms") as count:

            def report(done: int, total: int) -> None:
                count.bars.update(count.task, completed=done, total=total, now=scenario.name)

            more = {"key": options.key, "value": grid.value, "out": out, "report": report}
            found = swept(scenario, grid.over, **more)
    except KeyboardInterrupt:
        say(f"Stopped and saved in {out}: run the same command again to continue.", True)
        raise SystemExit(130) from None
    body = _body(found, scenario.seeds, time.monotonic() - started)
    drawn = None
    if len(found.axes) <= DRAWN:
        drawn = lambda: found.plot(grid.arm, threshold=grid.threshold).figure  # noqa: E731
    made = write_result(out, "sweep", document("sweep", body), drawn)
    if not quiet:
        show_sweep(found, made)
    return made, bool(found.failed)


def _body(found: Sweep, seeds: int, seconds: float) -> dict:
    points = [
        {
            "settings": {
                axis.path: axis.texts[axis.values.index(value)]
                for axis, value in zip(found.axes, point.values, strict=True)
            },
            "records": point.units,
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
