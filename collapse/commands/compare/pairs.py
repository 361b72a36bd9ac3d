"""Two arms, of one run or of two: differences of seeds, paired where they share random numbers."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from collapse.commands.compare.progress import FEWEST, farthest
from collapse.errors import UserError
from collapse.runs.run import Run, load
from collapse.stats.estimate import Estimate
from collapse.stats.intervals import INTERVALS, welch_interval
from collapse.suggest import listed, nearest


@dataclass(frozen=True)
class Pair:
    """Two arms to compare."""

    first: Run
    first_arm: str
    second: Run
    second_arm: str

    @property
    def unpaired(self) -> str:
        """Why the seeds of the two arms share no random numbers; empty if they do.

        They do if key, precision and the kind of rows are the same: a summary is drawn by other
        numbers than the items it stands for. How much another n, model or regime leaves in common
        differs; differences of seeds are valid for any correlation.
        """
        layouts = [run.manifest["layout"] for run in (self.first, self.second)]
        if layouts[0]["key"] != layouts[1]["key"]:
            return "the runs have different keys"
        if layouts[0].get("precision") != layouts[1].get("precision"):
            return "one has single and one double precision, which draw different numbers"
        kinds = [
            kind_of_rows(self.first, self.first_arm),
            kind_of_rows(self.second, self.second_arm),
        ]
        if kinds[0] != kinds[1]:
            return f"one draws {kinds[0]} and the other {kinds[1]}"
        return ""

    @property
    def paired(self) -> bool:
        """Whether the two are compared seed by seed."""
        return not self.unpaired

    @property
    def seeds(self) -> int:
        """Number of seeds that both runs have."""
        return min(run.manifest["seeds"] for run in (self.first, self.second))

    @property
    def generations(self) -> int:
        return min(self.first.generations, self.second.generations)

    @property
    def measures(self) -> list[str]:
        """Headline curves that both runs have, in the order of the first."""
        names = [*self.first.manifest["headline"], *self.second.manifest["headline"]]
        both = [n for n in names if n in self.first.curves and n in self.second.curves]
        return list(dict.fromkeys(both))

    @property
    def label(self) -> str:
        if self.first.directory == self.second.directory:
            return f"{self.second_arm} less {self.first_arm}"
        if self.first_arm == self.second_arm:
            return self.first_arm
        return f"{self.second.directory.name}:{self.second_arm} less {self.first_arm}"

    def curves(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Curves (S, T + 1) of both arms, over the generations and paired seeds that both have."""
        upto = self.generations + 1
        a = self.first.curve(self.first_arm, name)[:, :upto]
        b = self.second.curve(self.second_arm, name)[:, :upto]
        return (a[: self.seeds], b[: self.seeds]) if self.paired else (a, b)

    @property
    def farthest(self) -> int:
        """The last generation that two seeds of both arms have reached; -1 if one has none."""
        done = [run.done(arm) for run, arm in self.sides]
        if self.paired:
            return farthest(np.minimum(*(each[: self.seeds] for each in done)))
        return min(map(farthest, done))

    @property
    def sides(self) -> tuple[tuple[Run, str], tuple[Run, str]]:
        return (self.first, self.first_arm), (self.second, self.second_arm)

    def values(self, name: str, at: int) -> tuple[np.ndarray, np.ndarray]:
        """The values (S,) of both arms at a generation; NaN is left out, from both if paired."""
        a, b = (curves[:, at] for curves in self.curves(name))
        known = [~np.isnan(values) for values in (a, b)]
        known = [known[0] & known[1]] * 2 if self.paired else known
        return a[known[0]], b[known[1]]

    def difference(self, name: str, at: int, method: str) -> Estimate:
        """Second less first at a generation: by ``method`` over the differences of paired seeds, or
        by Welch's t if they are not paired. Ends are clipped to the range of the difference."""
        a, b = self.values(name, at)
        with np.errstate(invalid="ignore"):  # infinite less infinite is no number
            gap = INTERVALS[method](b - a) if self.paired else welch_interval(a, b)
        ours, theirs = self.first.meaning(name), self.second.meaning(name)
        return gap.within(theirs.low - ours.high, theirs.high - ours.low)

    def correlation(self, name: str, at: int) -> float:
        """Correlation of paired seeds; NaN for fewer than three, or if one arm does not vary."""
        a, b = self.values(name, at)
        sound = np.isfinite(a).all() and np.isfinite(b).all() and len(a) > 2
        if not self.paired or not sound or np.ptp(a) == 0 or np.ptp(b) == 0:
            return math.nan
        return float(np.corrcoef(a, b)[0, 1])

    def unknown(self, name: str, at: int) -> str:
        """Why a measure cannot be compared at a generation; empty if it can."""
        for run, arm in self.sides:
            values, done = run.curve(arm, name), run.done(arm)
            if (done < at).all():
                return f"no seed of {arm} in {run.directory} has reached generation {at}"
            if np.isnan(values[done >= 0]).all():
                return f"{arm} in {run.directory} does not record it"
            if np.isnan(values[done >= at, at]).all():
                return f"it is NaN in all seeds of {arm} in {run.directory}"
        seeds = min(map(len, self.values(name, at)))
        if seeds < FEWEST:
            return f"{'only one seed has' if seeds else 'no seed has'} a value in both"
        return ""


def kind_of_rows(run: Run, arm: str) -> str:
    """What an arm draws: items, sufficient statistics or the whole support."""
    return run.manifest["arms"][arm].get("rows", "items").partition(":")[0]


def pairs_of(one: str, other: str) -> list[Pair]:
    """The arms to compare: those named by RUN:ARM, or all that two runs have in common."""
    (first, arm), (second, other_arm) = _parted(one), _parted(other)
    errors = _unknown(first, arm) + _unknown(second, other_arm)
    if errors:
        raise UserError(*errors)
    if arm and other_arm:
        return [Pair(first, arm, second, other_arm)]
    named = arm or other_arm
    ours = [named] if named else first.arms
    common = [name for name in ours if name in first.arms and name in second.arms]
    if first.directory == second.directory:
        raise UserError(
            f"Both runs are {first.directory}. Name two of its arms, as {first.directory}:ARM: "
            f"{listed(first.arms)}."
        )
    if not common:
        raise UserError(
            f"The two runs have no arm in common: {listed(first.arms)}; {listed(second.arms)}. "
            "Name one of each, as RUN:ARM."
        )
    return [Pair(first, name, second, name) for name in common]


def arms_of(one: str) -> tuple[Run, list[str]]:
    """A run, and the named arm or all arms of it."""
    run, arm = _parted(one)
    if errors := _unknown(run, arm):
        raise UserError(*errors)
    return run, [arm] if arm else run.arms


def arms_in(pairs: list[Pair]) -> list[tuple[Run, list[str]]]:
    """The two runs of the pairs and their arms, without repetition."""
    sides = [[(p.first, p.first_arm) for p in pairs], [(p.second, p.second_arm) for p in pairs]]
    return [(side[0][0], list(dict.fromkeys(arm for _, arm in side))) for side in sides]


def _parted(where: str) -> tuple[Run, str]:
    """The run and the arm of RUN:ARM; no arm if the whole is a directory."""
    directory, _, arm = where.rpartition(":")
    if Path(where).is_dir() or not directory:
        return load(where), ""
    return load(directory), arm


def _unknown(run: Run, arm: str) -> list[str]:
    if not arm or arm in run.arms:
        return []
    return [f"{run.directory} has no arm {arm}{nearest(arm, run.arms)}. It has {listed(run.arms)}."]
