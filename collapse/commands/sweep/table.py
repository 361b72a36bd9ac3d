"""A sweep in the terminal."""

from collapse.report.numbers import estimate
from collapse.report.tables import add, saved, show, table
from collapse.sweeps.find import Found
from collapse.sweeps.sweep import Sweep

MOST = 60  # points that a table shows


def show_sweep(found: Sweep, made: dict) -> None:
    """Print the value of every point and arm, what failed, and where it is saved."""
    names = [arm or found.value for arm in found.arms]
    heads = [axis.path for axis in found.axes[1:]] + names
    shown = table(f"{found.value} over settings", found.axes[0].path, *heads)
    rows = list(zip(found.points, found.estimates, strict=True))
    for point, estimates in rows[:MOST]:
        places = [
            axis.texts[axis.values.index(value)]
            for axis, value in zip(found.axes, point.values, strict=True)
        ]
        add(shown, *places, *(_cell(estimates[arm], found.last) for arm in found.arms))
    lines = []
    if len(rows) > MOST:
        lines.append(f"And {len(rows) - MOST} more points, in sweep.json.")
    there = len({u for point in found.points for u in point.digests.values()}) - found.run
    lines.append(f"{found.run} arms were run, {there} were there, {len(found.failed)} failed.")
    lines += dict.fromkeys(found.failed.values())
    lines += found.store.damaged
    show(shown, lines, saved(made))


def _cell(one, last: int | None) -> str:
    return "failed" if one.reason and not one.known else estimate(one, last=last)


def show_threshold(found: Found, made: dict) -> None:
    """Print the threshold of every arm, and where it is saved."""
    shown = table(f"{found.condition}: where it begins to hold", "arm", found.path, "holds", left=1)
    for arm, one in found.thresholds.items():
        where = "above" if found.above[arm] else "below"
        add(shown, arm, estimate(one) if one.known else "nowhere in the range", where)
    show(shown, saved(made))
