"""Two arms, of one run or of two: what differs, seed by seed where they share random numbers."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from collapse.commands.compare.progress import FEWEST, farthest
from collapse.errors import UserError
from collapse.runs.run import Run, load
from collapse.stats.intervals import BANDS, LEVEL, Band, t_quantile
from collapse.suggest import listed, nearest


@dataclass(frozen=True)
class Pair:
    """An arm of one run beside an arm of another."""

    first: Run
    first_arm: str
    second: Run
    second_arm: str

    @property
    def apart(self) -> str:
        """Why the seeds of the two cannot share random numbers; nothing where they do.

        Seeds share them where they have one key and precision and draw the same kind of rows: a
        summary is drawn by other numbers than the items it stands for. What another n, model or
        regime leaves in common differs; the difference of each seed is right for any of it.
        """
        layouts = [run.manifest["layout"] for run in (self.first, self.second)]
        if layouts[0]["key"] != layouts[1]["key"]:
            return "the runs have different keys"
        if layouts[0].get("precision") != layouts[1].get("precision"):
            return "one is in single and one in double precision, which draw other numbers"
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
        return not self.apart

    @property
    def seeds(self) -> int:
        """How many seeds are compared: of paired ones those that both have."""
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
        """(S, T + 1) of either arm, over what both have."""
        upto = self.generations + 1
        a = self.first.curve(self.first_arm, name)[:, :upto]
        b = self.second.curve(self.second_arm, name)[:, :upto]
        return (a[: self.seeds], b[: self.seeds]) if self.paired else (a, b)

    @property
    def farthest(self) -> int:
        """The last generation to which two seeds of both have come; -1 where one has none."""
        done = [run.done(arm) for run, arm in self.sides]
        if self.paired:
            return farthest(np.minimum(*(each[: self.seeds] for each in done)))
        return min(map(farthest, done))

    @property
    def sides(self) -> tuple[tuple[Run, str], tuple[Run, str]]:
        return (self.first, self.first_arm), (self.second, self.second_arm)

    def values(self, name: str, at: int) -> tuple[np.ndarray, np.ndarray]:
        """Either arm's numbers at a generation, of the seeds that have one; where they are paired,
        of those that have both."""
        a, b = (curves[:, at] for curves in self.curves(name))
        known = [~np.isnan(values) for values in (a, b)]
        known = [known[0] & known[1]] * 2 if self.paired else known
        return a[known[0]], b[known[1]]

    def difference(self, name: str, at: int, method: str) -> Band:
        """Second less first at a generation: of each seed, or by Welch's t where seeds are not
        paired, whatever the method. No end is farther than the range of the curve is wide."""
        a, b = self.values(name, at)
        with np.errstate(invalid="ignore"):  # infinite less infinite is no number
            gap = BANDS[method](b - a) if self.paired else welch(a, b)
        ours, theirs = self.first.meaning(name), self.second.meaning(name)
        return gap.within(theirs.low - ours.high, theirs.high - ours.low)

    def correlation(self, name: str, at: int) -> float:
        """Of paired seeds, over the seeds; not a number where there are fewer than three, or one
        arm is the same in all."""
        a, b = self.values(name, at)
        sound = np.isfinite(a).all() and np.isfinite(b).all() and len(a) > 2
        if not self.paired or not sound or np.ptp(a) == 0 or np.ptp(b) == 0:
            return math.nan
        return float(np.corrcoef(a, b)[0, 1])

    def unknown(self, name: str, at: int) -> str:
        """Why nothing can be said of a measure at a generation; nothing where it can."""
        for run, arm in self.sides:
            values, done = run.curve(arm, name), run.done(arm)
            if (done < at).all():
                return f"no seed of {arm} in {run.directory} has come to generation {at}"
            if np.isnan(values[done >= 0]).all():
                return f"{arm} in {run.directory} does not record it"
            if np.isnan(values[done >= at, at]).all():
                return f"it is not a number in any seed of {arm} in {run.directory}"
        seeds = min(map(len, self.values(name, at)))
        if seeds < FEWEST:
            return (
                f"{'one seed has' if seeds else 'no seeds have'} it in both: there is no interval"
            )
        return ""


def kind_of_rows(run: Run, arm: str) -> str:
    """What an arm draws: items, sufficient statistics or the whole support."""
    return run.manifest["arms"][arm].get("rows", "items").partition(":")[0]


def welch(a: np.ndarray, b: np.ndarray) -> Band:
    """Difference of the means of two independent samples, variances unequal (Welch 1947)."""
    a, b = a[~np.isnan(a)], b[~np.isnan(b)]
    gap = float(b.mean() - a.mean()) if len(a) and len(b) else math.nan
    if min(len(a), len(b)) < 2 or not math.isfinite(gap):
        return Band(gap, math.nan, math.nan, "t", min(len(a), len(b)), math.nan)
    parts = np.array([a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)])
    total = parts.sum()
    free = total**2 / (parts**2 / [len(a) - 1, len(b) - 1]).sum() if total > 0 else 1.0
    half = t_quantile(free) * float(np.sqrt(total))
    return Band(gap, gap - half, gap + half, "t", min(len(a), len(b)), LEVEL)


def pairs_of(one: str, other: str) -> list[Pair]:
    """The arms to compare: those named RUN:ARM, or all that two runs have in common."""
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
            f"Both are {first.directory}: name two of its arms, as {first.directory}:ARM. They are "
            f"{listed(first.arms)}."
        )
    if not common:
        raise UserError(
            f"The two runs have no arm in common: {listed(first.arms)}; {listed(second.arms)}. "
            "Name one of each, as RUN:ARM."
        )
    return [Pair(first, name, second, name) for name in common]


def arms_of(one: str) -> tuple[Run, list[str]]:
    """A run and the arm that is named, or all of them."""
    run, arm = _parted(one)
    if errors := _unknown(run, arm):
        raise UserError(*errors)
    return run, [arm] if arm else run.arms


def arms_in(pairs: list[Pair]) -> list[tuple[Run, list[str]]]:
    """The two runs of the pairs and their arms, each once."""
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
