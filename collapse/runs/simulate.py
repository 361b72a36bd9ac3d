"""Simulate arms in memory: the whole of the loop in one call."""

from collections.abc import Mapping, Sequence

import jax
import numpy as np

from collapse.errors import UserError
from collapse.loop.arm import Arm
from collapse.loop.limits import record_errors
from collapse.loop.simulate import run_arm
from collapse.loop.sweep import run_arms
from collapse.numerics.prng import KEYS
from collapse.numerics.pytree import replace
from collapse.part import is_whole
from collapse.report.progress import Generations
from collapse.runs.manifest import manifest_of
from collapse.runs.results import samples_of
from collapse.runs.run import Run
from collapse.scenario.prepare import prepare_scenario
from collapse.scenario.scenario import Scenario


def simulate(
    arms: Arm | Mapping[str, Arm] | Scenario,
    seeds: int | None = None,
    key: int = 0,
    progress: bool | None = None,
) -> Run:
    """Train every generation of one arm, of several, or of a scenario, and record what is lost.

    arms      an ``Arm`` (it is called "arm" in the result), {name: Arm}, or a ``Scenario``
    seeds     independent repetitions; default: 16, or what the scenario says
    key       the root of all random numbers, a whole number as ``--key`` of the command line; arms
              share them, so that they differ by what they are alone
    progress  show a bar; default: where a person is looking (a terminal or a notebook)

    Returns a ``Run`` in memory: curves {name: (arm, seed, generation)}, generation 0 being the
    truth. Raises ``UserError``, with all errors at once, for arms that are not sound, for parts
    that do not fit each other and for a judge that returns NaN or weights outside [0, 1].

    A long run that is to be saved as it goes, and resumed, is made by ``collapse run``.
    """
    scenario = _checked(as_scenario(arms), seeds, key)
    records = {}
    with Generations(scenario, progress) as bar:
        for name, arm in scenario.arms.items():
            report = lambda t, last, name=name: bar.reached(name, t, last)  # noqa: E731
            records[name] = run_arm(int(key), arm, scenario.seeds, scenario.show, report)
    return _run_of(scenario, int(key), records)


def simulate_arms(arms: Sequence[Arm] | Mapping[str, Arm], seeds: int = 16, key: int = 0) -> Run:
    """The same as ``simulate`` for many settings of one arm, as one compiled program.

    The arms may differ in numbers only (a share, a strength, a temperature ...), not in parts or
    sizes: what differs becomes an axis of the program, which is compiled once and runs the settings
    side by side. Give ``candidates`` where a judge's share is among the numbers, since it sets
    their count.

    Returns a ``Run`` whose axis ``arm`` has the names of the dictionary, or "0", "1", ... of a
    list. Raises ``UserError`` for arms that are not of one program.
    """
    named = dict(arms) if isinstance(arms, Mapping) else {str(i): a for i, a in enumerate(arms)}
    scenario = _checked(as_scenario(named), seeds, key)
    record = run_arms(int(key), list(scenario.arms.values()), scenario.seeds)
    records = {
        name: jax.tree.map(lambda values, i=i: values[i], record)
        for i, name in enumerate(scenario.arms)
    }
    return _run_of(scenario, int(key), records)


def _checked(scenario: Scenario, seeds: int | None, key: int) -> Scenario:
    """The scenario with its seeds, prepared. Raises ``UserError`` with all errors."""
    errors = []
    if seeds is not None and (not is_whole(seeds) or seeds < 1):
        errors.append(f"seeds must be a whole number of at least 1, not {seeds!r}.")
    if not is_whole(key) or not 0 <= key < KEYS:
        errors.append(f"key must be a whole number from 0 to {KEYS - 1}, not {key!r}.")
    if errors:
        raise UserError(*errors)
    seeds = seeds or scenario.seeds
    given = [arm for arm in scenario.arms.values() if isinstance(arm, Arm)]
    if errors := record_errors(given, seeds):
        raise UserError(*errors)
    return prepare_scenario(replace(scenario, seeds=int(seeds)), checked=False)


def as_scenario(arms: Arm | Mapping[str, Arm] | Scenario) -> Scenario:
    """One arm or several as a scenario. Raises ``UserError``."""
    if isinstance(arms, Scenario):
        return arms
    if isinstance(arms, Arm):
        return Scenario(name="simulation", arms={"arm": arms})
    if isinstance(arms, Mapping):
        return Scenario(name="simulation", arms=dict(arms))
    raise UserError(
        f"simulate takes an Arm, a dictionary of named arms or a Scenario, not "
        f"{type(arms).__name__}: write collapse.Arm(truth=...)."
    )


def _run_of(scenario: Scenario, key: int, records: dict[str, dict]) -> Run:
    """The records {arm: {curves, health, items}} of all seeds as a run."""
    manifest = manifest_of(scenario, key, scenario.seeds)
    manifest |= {"finished": True, "files": {}}
    manifest["done"] = {k: [arm.generations] * scenario.seeds for k, arm in scenario.arms.items()}
    shape = (len(records), scenario.seeds, manifest["generations"] + 1)
    curves: dict[str, np.ndarray] = {}
    for i, record in enumerate(records.values()):
        for name, values in (record["curves"] | record["health"]).items():
            kind = np.result_type(values.dtype, np.float32)
            curves.setdefault(name, np.full(shape, np.nan, kind))[i] = values
    items = {name: samples_of(record["items"], scenario.show) for name, record in records.items()}
    return Run(None, manifest, curves, items)
