"""Two arms, of one run or of two: what differs, seed by seed where they share their keys."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from collapse.bands import BANDS, LEVEL, Band, skewed, t_quantile
from collapse.errors import Mistake
from collapse.names import listed, nearest
from collapse.runs import Run, load


@dataclass(frozen=True)
class Pair:
    """An arm of one run beside an arm of another; ``paired`` if their seeds share random keys."""

    first: Run
    first_arm: str
    second: Run
    second_arm: str

    @property
    def paired(self) -> bool:
        a, b = (run.manifest["layout"] for run in (self.first, self.second))
        return a["key"] == b["key"]

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

    def difference(self, name: str, at: int, method: str) -> Band:
        """Second less first at a generation: of each seed, or by Welch's t where seeds are not
        paired, whatever the method."""
        a, b = (curves[:, at] for curves in self.curves(name))
        return BANDS[method](b - a) if self.paired else welch(a, b)


def welch(a: np.ndarray, b: np.ndarray) -> Band:
    """Difference of the means of two independent samples, variances unequal (Welch 1947)."""
    a, b = a[~np.isnan(a)], b[~np.isnan(b)]
    gap = float(b.mean() - a.mean()) if len(a) and len(b) else math.nan
    if min(len(a), len(b)) < 2:
        return Band(gap, math.nan, math.nan, "t", min(len(a), len(b)), math.nan)
    parts = np.array([a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)])
    total = parts.sum()
    free = total**2 / (parts**2 / [len(a) - 1, len(b) - 1]).sum() if total > 0 else 1.0
    half = t_quantile(free) * float(np.sqrt(total))
    return Band(gap, gap - half, gap + half, "t", min(len(a), len(b)), LEVEL)


def pairs_of(one: str, other: str) -> list[Pair]:
    """The arms to compare: those named RUN:ARM, or all that two runs have in common."""
    (first, arm), (second, other_arm) = _parted(one), _parted(other)
    wrong = _unknown(first, arm) + _unknown(second, other_arm)
    if wrong:
        raise Mistake(*wrong)
    if arm and other_arm:
        return [Pair(first, arm, second, other_arm)]
    named = arm or other_arm
    ours = [named] if named else first.arms
    common = [name for name in ours if name in first.arms and name in second.arms]
    if first.directory == second.directory:
        raise Mistake(
            f"Both are {first.directory}: name two of its arms, as {first.directory}:ARM. They are "
            f"{listed(first.arms)}."
        )
    if not common:
        raise Mistake(
            f"The two runs have no arm in common: {listed(first.arms)}; {listed(second.arms)}. "
            "Name one of each, as RUN:ARM."
        )
    return [Pair(first, name, second, name) for name in common]


def arms_of(one: str) -> tuple[Run, list[str]]:
    """A run and the arm that is named, or all of them."""
    run, arm = _parted(one)
    if wrong := _unknown(run, arm):
        raise Mistake(*wrong)
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


def cautions(pairs: list[Pair], method: str) -> list[str]:
    """What a reader of the intervals must know."""
    said = []
    if not all(pair.paired for pair in pairs):
        said.append(
            "The runs have different keys, so their seeds are not paired: intervals are Welch's, "
            "and wider than those of runs with the same --key."
        )
    for pair in pairs:
        if pair.seeds < 5:
            said.append(
                f"{pair.label}: {pair.seeds} seeds. An interval of so few is wide, and rests on "
                "their being near normal."
            )
        for name in pair.measures if method != "median" else ():
            a, b = (curves[:, pair.generations] for curves in pair.curves(name))
            if pair.paired and skewed(b - a):
                said.append(
                    f"{pair.label}, {name}: the seeds are skewed, and an interval of their mean "
                    "covers less than it says. Try --band median."
                )
    return said
