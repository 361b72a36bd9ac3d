"""The evidence of published claims: a run on disk, which is resumed, and kept results of
functions."""

import time
from collections.abc import Callable
from pathlib import Path

import jax
import numpy as np

from collapse.errors import UserError
from collapse.files.atomic import read_arrays, write_arrays
from collapse.numerics.pytree import replace
from collapse.runs.directory import run_scenario
from collapse.runs.evidence import folder_of, read_about, write_about
from collapse.runs.manifest import manifest_of, previous_of
from collapse.runs.run import Run, load
from collapse.scenario.identity import identity
from collapse.scenario.prepare import prepare_scenario
from collapse.scenario.published import TOGETHER, together
from collapse.scenario.scenario import Scenario

KEY = 0


class Records:
    """The records for the claims of one scenario, made when they are asked for and kept in ``out``:
    the run in runs/NAME, results of functions in evidence/NAME. ``names``: the evidence of the
    claims. ``seconds``: the time that making the records took, now and before."""

    def __init__(self, scenario: Scenario, out: Path, names: set[str]):
        self.scenario = scenario
        self.directory = out / "runs" / scenario.name
        self.beside = folder_of(self.directory, scenario.name)
        arms = [name for name in scenario.arms if name in names or TOGETHER in names]
        self.arms = {name: scenario.arms[name] for name in arms}
        known = read_about(self.beside)
        self.seconds, self.files = known["seconds"], known["files"]

    def run(self) -> Run:
        """The run of the arms that are needed: loaded if it is whole, else begun or resumed."""
        headline = None if len(self.arms) < len(self.scenario.arms) else self.scenario.headline
        ready = replace(self.scenario, arms=self.arms, headline=headline)
        ready = prepare_scenario(ready, checked=False)  # a block that fails says what is wrong
        manifest, before = self._before(ready)
        enough = before is not None and before["finished"] and all(
            before[count] >= manifest[count] for count in ("seeds", "generations")
        )  # fmt: skip
        if enough:
            return load(self.directory)
        run = lambda: run_scenario(ready, self.directory, KEY, keep_states=False)  # noqa: E731
        return self.timed(run)

    def _before(self, ready: Scenario) -> tuple[dict, dict | None]:
        """The manifest of the run, and that of the same run if it is there. The run of a scenario
        that was changed since stays, and the new one gets a directory with its identity."""
        manifest = manifest_of(ready, KEY, ready.block, self.directory)
        try:
            return manifest, previous_of(self.directory, manifest)
        except UserError:
            arms = {name: arm["identity"] for name, arm in manifest["arms"].items()}
            short = identity([arms, manifest["versions"]["collapse"]])[:8]
            self.directory = self.directory.with_name(f"{self.scenario.name}-{short}")
            manifest = manifest_of(ready, KEY, ready.block, self.directory)
            return manifest, previous_of(self.directory, manifest)

    def of(self, name: str, run: Run | None) -> dict:
        """The record that the claims with the evidence ``name`` are about."""
        if run is not None and name == TOGETHER:
            return together({arm: _curves(run, arm) for arm in run.arms})
        if run is not None and name in run.arms:
            return {"curves": _curves(run, name)}
        return self.kept(name, self.scenario.evidence[name])

    def kept(self, name: str, function: Callable) -> dict:
        """What a function of the scenario gives, made once for each version of it."""
        version = identity([function, self.scenario.seeds, KEY])
        path = self.beside / f"{name.replace(' ', '-')}-{version}.npz"
        if not path.is_file():
            made = self.timed(lambda: function(jax.random.key(KEY), self.scenario.seeds))
            path.parent.mkdir(parents=True, exist_ok=True)
            write_arrays(path, {k: np.asarray(x) for k, x in made["curves"].items()})
        self.files[name] = path.name  # which figures read
        write_about(self.beside, self.seconds, self.files)
        return {"curves": read_arrays(path)}

    def timed(self, work: Callable):
        """What ``work`` gives; its time is added to the seconds spent."""
        started = time.monotonic()
        try:
            return work()
        finally:
            self.seconds += time.monotonic() - started
            write_about(self.beside, self.seconds, self.files)


def _curves(run: Run, arm: str) -> dict[str, np.ndarray]:
    return {name: run.curve(arm, name) for name in run.curves}
