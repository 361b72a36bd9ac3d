"""A run: its manifest, curves and samples, in memory or on disk."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, overload

import numpy as np

from collapse.curve import Curve
from collapse.errors import UserError
from collapse.files.atomic import AGAIN
from collapse.files.schema import Each, Fields, Text, Whole
from collapse.runs.curves_file import read_curves
from collapse.runs.evidence import folder_of, read_evidence
from collapse.runs.manifest_file import read_manifest, write_manifest
from collapse.runs.results import write_results
from collapse.suggest import unknown

if TYPE_CHECKING:
    import pandas
    import xarray
    from matplotlib.axes import Axes

SAMPLE = Fields({"generation": Whole(0), "seed": Whole(0), "items": Each(Text())})


@dataclass(frozen=True, repr=False)
class Run:
    """The result of a simulation, in memory or read from disk: ``simulate`` and ``load`` return it.

    directory  where it is saved; None: in memory alone
    manifest   what was run: arms, seeds, generations, units of the curves, versions
    curves     {name: (arm, seed, generation)}; generation 0 is the truth, NaN is undefined
    items      {arm: [{generation, seed, items}, ...]} of a run in memory
    points     {(arm, curve): (points, 2) generations and values} published, laid under its curves
    """

    directory: Path | None
    manifest: dict
    curves: dict[str, np.ndarray]
    items: dict[str, list[dict]] = field(default_factory=dict)
    points: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)

    def __repr__(self) -> str:
        arms, seeds = len(self.arms), self.manifest["seeds"]
        where = f", saved in {self.directory}" if self.directory else ""
        return (
            f"<Run {self.manifest['scenario']}: {arms} arm{'s' * (arms != 1)} x {seeds} seeds x "
            f"{self.generations} generations, {len(self.curves)} curves{where}>"
        )

    def _repr_html_(self) -> str:
        from collapse.report.run_text import html

        return html(self)

    @property
    def arms(self) -> list[str]:
        return list(self.manifest["arms"])

    @property
    def generations(self) -> int:
        return self.manifest["generations"]

    def curve(self, arm: str, name: str) -> np.ndarray:
        """(S, T + 1) a curve of one arm, generation 0 first. Raises ``UserError`` for a name that
        the run does not have."""
        self._have(("arm", arm, self.arms), ("curve", name, self.curves))
        return self.curves[name][self.arms.index(arm)]

    def _have(self, *asked: tuple) -> None:
        """Raise ``UserError`` of what was asked for, (what, name, known), and is not there."""
        errors = [
            unknown(f"{what} in {self.directory or 'this run'}", name, known)
            for what, name, known in asked
            if name not in known
        ]
        if errors:
            raise UserError(*errors)

    def done(self, arm: str) -> np.ndarray:
        """(seed,) the last generation of each seed of one arm that is there; -1: not begun."""
        saved = self.manifest.get("done", {}).get(arm)
        missing = self.generations if self.manifest["finished"] else -1
        return np.array(saved if saved is not None else [missing] * self.manifest["seeds"])

    def label(self, arm: str) -> str:
        """What figures and tables call an arm: its label, or its name where it has none."""
        return self.manifest.get("labels", {}).get(arm, arm)

    def meaning(self, name: str) -> Curve:
        """What a curve declares of itself; of runs that were saved before curves did, its unit."""
        saved = self.manifest.get("curves", {}).get(name)
        return Curve.of(saved) if saved else Curve(self.manifest.get("units", {}).get(name, ""))

    def samples(self, arm: str) -> list[dict]:
        """Items of the first seeds of an arm as text: {generation, seed, items}, in order of
        generation, then seed. Raises ``UserError`` for an unknown arm, or a damaged file."""
        self._have(("arm", arm, self.arms))
        if self.directory is None:
            return self.items[arm]
        name = f"samples/{arm}.jsonl"
        path, known = self.directory / name, self.manifest.get("files", {}).get(name)
        if not path.is_file():
            raise UserError(
                f"{path} is missing: run the same command again, and it is written anew."
            )
        data = path.read_bytes()
        try:
            if known and hashlib.sha256(data).hexdigest() != known:
                raise ValueError("its digest is of something else")
            lines = [json.loads(line) for line in data.decode().split("\n") if line]
            if errors := Each(SAMPLE).errors(lines, "the lines"):
                raise ValueError(errors[0])
        except (ValueError, RecursionError) as error:
            raise UserError(f"{path} is damaged ({error}). {AGAIN}") from None
        return lines

    @cached_property
    def evidence(self) -> dict[str, dict[str, np.ndarray]]:
        """{function: {curve: (seeds, ...)}} what functions of the scenario gave, of a run that
        ``collapse reproduce`` made. Raises ``UserError`` for a damaged file."""
        if self.directory is None:
            return {}
        return read_evidence(folder_of(self.directory, self.manifest["scenario"]))

    def summary(self) -> str:
        """The closing table as text: means of the headline curves with 95 % intervals, half-lives,
        and what a reader must know."""
        from collapse.report.run_text import summary

        return summary(self)

    @overload
    def plot(
        self, curve: str = ..., /, *, arms: Sequence[str] | None = ..., ax: "Axes | None" = ...
    ) -> "Axes": ...

    @overload
    def plot(
        self, first: str, second: str, /, *more: str, arms: Sequence[str] | None = ...
    ) -> "list[Axes]": ...

    def plot(
        self, *curves: str, arms: Sequence[str] | None = None, ax: "Axes | None" = None
    ) -> "Axes | list[Axes]":
        """Draw curves over generations, means over seeds with bands, one panel for each curve.

        ``curves`` default to the first headline curve, ``arms`` to all. ``ax`` is an Axes to draw
        one curve into. Returns the Axes, a list of them where there are several curves.
        """
        from collapse.report.plot import plot

        names, kept = list(curves or self.manifest["headline"][:1]), list(arms or self.arms)
        self._have(
            *[("curve", name, self.curves) for name in names],
            *[("arm", arm, self.arms) for arm in kept],
        )
        return plot(self, names, kept, ax)

    def to_dataframe(self) -> "pandas.DataFrame":
        """A row for each arm, seed and generation, a column for each curve. Needs pandas."""
        from collapse.runs.export import dataframe

        return dataframe(self)

    def to_xarray(self) -> "xarray.Dataset":
        """The curves with named axes arm, seed and generation, and their units. Needs xarray."""
        from collapse.runs.export import dataset

        return dataset(self)

    def save(self, directory: Path | str) -> "Run":
        """Write it into a new directory, where ``collapse figure``, ``compare`` and ``load`` read
        it; gives the saved run. Raises ``UserError`` where something is there already."""
        out = Path(directory)
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise UserError(f"{out} exists and is not empty: choose another directory.")
        samples = {arm: self.samples(arm) for arm in self.arms}
        files = write_results(out, self.curves, samples)
        write_manifest(out, self.manifest | {"files": files})
        return load(out)


def load(directory: Path | str) -> Run:
    """The run saved in a directory, finished or not. Raises ``UserError`` if there is none, or if
    it is damaged. No code in the directory is ever run."""
    directory = Path(directory)
    if not (directory / "manifest.json").is_file():
        raise UserError(f"{directory} holds no run: it has no manifest.json. Run something first.")
    manifest = read_manifest(directory)
    if not (directory / "curves.npz").is_file():
        raise UserError(
            f"{directory} holds no curves yet: run the same command again to resume it."
        )
    return Run(directory, manifest, read_curves(directory, manifest))
