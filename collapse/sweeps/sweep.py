"""``cl.sweep``: run a scenario over a grid of settings, and what came out."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from collapse.errors import UserError, attempt
from collapse.files.lock import locked
from collapse.loop.arm import Arm
from collapse.loop.simulate import key_and_seeds
from collapse.numerics.pytree import replace
from collapse.scenario.load import build
from collapse.scenario.scenario import Scenario
from collapse.stats.estimate import Estimate
from collapse.suggest import unknown
from collapse.sweeps.axes import Axis, axes_of
from collapse.sweeps.points import Point, planned, with_whole_numbers
from collapse.sweeps.remote import run_remotely
from collapse.sweeps.store import Store
from collapse.sweeps.values import Value, value_of
from collapse.sweeps.work import run_groups

if TYPE_CHECKING:
    import pandas
    import xarray
    from matplotlib.axes import Axes

SEEDS = 16
ALL = ""  # in place of an arm, for a value of all arms together


@dataclass(frozen=True, repr=False)
class Sweep:
    """The points of a sweep and the value of each.

    scenario   its name
    axes       the settings that vary, in order
    arms       names of the arms; "" alone if the value is one of all arms together
    points     every combination of values, the last axis fastest
    value      what stands for a point, such as "effective_number@20"
    estimates  for each point {arm: estimate}: mean or median over seeds, with its interval
    failed     {hash: sentence} of what could not be run
    run        how many arms were run now; the others were there
    last       the last generation, of values that are times; else None
    """

    scenario: str
    axes: list[Axis]
    arms: list[str]
    points: list[Point]
    value: str
    estimates: list[dict[str, Estimate]]
    store: Store = field(compare=False)
    failed: dict[str, str] = field(default_factory=dict)
    run: int = 0
    last: int | None = None

    def __repr__(self) -> str:
        grid = " x ".join(f"{len(axis.values)} {axis.path}" for axis in self.axes)
        arms = ", ".join(filter(None, self.arms)) or "all arms"
        return f"<Sweep {self.scenario}: {grid}; {self.value} of {arms}>"

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(axis.values) for axis in self.axes)

    def values(self, arm: str | None = None) -> np.ndarray:
        """The value at every point, an axis for each setting; NaN where a point failed. ``arm`` may
        be left out where there is one."""
        name = self.arm(arm)
        return np.array([point[name].value for point in self.estimates]).reshape(self.shape)

    def arm(self, name: str | None) -> str:
        """An arm by its name, or the first. Raises ``UserError``."""
        if name is None:
            return self.arms[0]
        if name not in self.arms:
            raise UserError(unknown(f"arm of {self.scenario}", name, self.arms))
        return name

    def curves(self, point: int, arm: str) -> dict[str, np.ndarray]:
        """{curve: (S, T + 1)} of an arm at the point of that number."""
        return self.store.curves(self.points[point].digests[arm])

    def to_dataframe(self) -> "pandas.DataFrame":
        """A row for each point and arm: settings, value and interval. Needs pandas."""
        import pandas

        return pandas.DataFrame(self.rows())

    def rows(self) -> list[dict[str, Any]]:
        """A row for each point and arm: settings as text, arm, value, low, high, seeds."""
        rows = []
        for point, estimates in zip(self.points, self.estimates, strict=True):
            where = {
                axis.path: axis.texts[axis.values.index(value)]
                for axis, value in zip(self.axes, point.values, strict=True)
            }
            for arm, estimate in estimates.items():
                ends = {"low": estimate.low, "high": estimate.high}
                numbers = {"value": estimate.value} | ends | {"seeds": estimate.n}
                rows.append(where | {"arm": arm} | numbers)
        return rows

    def to_xarray(self) -> "xarray.Dataset":
        """Value, low and high with an axis for each setting and one for the arms. Needs xarray."""
        import xarray

        dims = [*(axis.path for axis in self.axes), "arm"]
        variables = {}
        for name in ("value", "low", "high"):
            flat = [[getattr(point[arm], name) for arm in self.arms] for point in self.estimates]
            variables[name] = (dims, np.array(flat).reshape(*self.shape, len(self.arms)))
        coordinates = {a.path: a.texts if a.numbers is None else a.numbers for a in self.axes}
        about = {"scenario": self.scenario, "value": self.value}
        return xarray.Dataset(variables, coordinates | {"arm": self.arms}, about)

    def plot(
        self,
        arm: str | None = None,
        ax: "Axes | None" = None,
        threshold: float | None = None,
        law: Callable | None = None,
    ) -> "Axes":
        """Draw the value: over one setting a curve for each arm (or for ``arm``), over two a heat
        map of one arm, with the line along which the value is ``threshold``.

        ``law`` is a function of a number, the first setting: over one setting it gives the expected
        value, over two the second setting at which the value should be ``threshold``. Raises
        ``UserError`` for more than two settings, or a law that gives no number."""
        from collapse.sweeps.figure import draw_sweep

        return draw_sweep(self, arm, ax, threshold, law)


def sweep(
    what: str | Path | Scenario | Arm | Mapping[str, Arm],
    over: Mapping[str, Any] | Sequence[str],
    *,
    seeds: int | None = None,
    key: int = 0,
    value: str | None = None,
    out: Path | str | None = None,
    report: Callable[[int, int], None] = lambda done, count: None,
    executor: Executor | None = None,
) -> Sweep:
    """Run a scenario for every combination of settings.

    Args:
        what: name or FILE.py of a scenario, a scenario, an arm, or {name: arm}.
        over: {"[ARM:]path": values}; values are numbers, names, or parts such as judges. Or texts
            as after ``--over``: "n=100,1000", "judge.fraction=0.1:0.5:5", "n=100:10000:3:log".
        seeds: independent repetitions; default: the scenario's.
        key: seed of all random numbers. All points share them.
        value: what stands for a point: "CURVE", "CURVE@T", "half-life:CURVE", "wait:CURVE:LEVEL",
            "claim:NAME"; default: the first headline curve at the last generation.
        out: directory that keeps the record of every point; a sweep that has some of them runs the
            others. None: in memory.
        report: called with how many arms are done, and how many there are to run.
        executor: any executor of ``concurrent.futures``, such as that of a Dask client; None: in
            this process, in threads. Its workers need the same versions, and no files.

    Settings that differ in numbers alone run as one compiled program. Raises ``UserError`` for
    settings that cannot be run, before anything is.
    """
    errors: list[str] = []
    scenario = attempt(errors, _scenario, what, seeds)
    axes = attempt(errors, axes_of, over)
    attempt(errors, key_and_seeds, key, SEEDS if seeds is None else seeds)
    named = value or (scenario.headline[0] if scenario and scenario.headline else "")
    measured = attempt(errors, value_of, named, scenario) if scenario else None
    if errors or scenario is None or axes is None or measured is None:
        raise UserError(*errors)
    axes = [with_whole_numbers(axis, scenario) for axis in axes]
    points, groups = planned(scenario, axes, key)
    directory = Path(out) if out is not None else None
    with locked(directory):
        store = Store(directory)
        digests = dict.fromkeys(digest for group in groups for digest in group.arms)
        lacking = {digest for digest in digests if not store.has(digest)}
        done = [0]

        def report_done(count: int) -> None:
            done[0] += count
            report(done[0], len(lacking))

        job = groups, lacking, store, key, scenario.seeds, report_done
        failed = run_remotely(*job, executor) if executor else run_groups(*job)
    estimates = [_estimates(point, measured, store, failed) for point in points]
    arms = [ALL] if measured.of_all else list(scenario.arms)
    last = max(arm.generations for arm in scenario.arms.values()) if measured.median else None
    about = {"failed": failed, "run": len(lacking), "last": last}
    return Sweep(scenario.name, axes, arms, points, named, estimates, store, **about)


def _estimates(
    point: Point, measured: Value, store: Store, failed: dict[str, str]
) -> dict[str, Estimate]:
    """{arm: estimate} of a point; without a number, and with the reason, if any arm failed."""
    reasons = [failed[digest] for digest in point.digests.values() if digest in failed]
    if reasons:
        arms = [ALL] if measured.of_all else point.digests
        return dict.fromkeys(arms, Estimate(reason=reasons[0]))
    return measured.estimates({arm: store.curves(digest) for arm, digest in point.digests.items()})


def _scenario(what: Any, seeds: int | None) -> Scenario:
    """The scenario that was asked for, with its number of seeds."""
    if isinstance(what, (str, Path)):
        what = build(str(what))
    if isinstance(what, Arm):
        what = {"arm": what}
    if isinstance(what, Mapping):
        if not what or not all(isinstance(arm, Arm) for arm in what.values()):
            given = ", ".join(f"{name}: {type(arm).__name__}" for name, arm in what.items())
            raise UserError(f"sweep needs {{name: arm}} with one arm or more, not {{{given}}}.")
        curves = tuple(curve for arm in what.values() for m in arm.measures for curve in m.curves)
        if not curves:
            raise UserError(
                "The arms of the sweep have no measures: give one, whose curve is drawn."
            )
        curves = curves[:1]
        what = Scenario("sweep", "Sweep", dict(what), "one's own arms", curves, seeds or SEEDS)
    if not isinstance(what, Scenario):
        raise UserError(
            f"sweep runs a scenario, its name, an arm or {{name: arm}}, not {type(what).__name__}."
        )
    return replace(what, seeds=seeds or what.seeds)
