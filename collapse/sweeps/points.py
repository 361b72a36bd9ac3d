"""The points of a sweep: one scenario for each combination of values, and what is run for it.

What is run is an arm, under the hash of its full description: arms that are equal at several points
are run once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax

from collapse import __version__
from collapse.errors import UserError
from collapse.loop.arm import Arm
from collapse.loop.prepare import prepare
from collapse.loop.sweep import TOGETHER
from collapse.numerics.pytree import replace
from collapse.part import Part
from collapse.rewards.external import asks_external
from collapse.scenario.identity import identity
from collapse.scenario.overrides import OF_JUDGE, SWAPS, apply, value_at
from collapse.scenario.scenario import Scenario
from collapse.sweeps.axes import Axis, points_of, shown

SHOWN_ERRORS = 3  # error sentences that are shown


@dataclass(frozen=True)
class Point:
    """A combination of values, and the hash of what is run for each arm."""

    values: tuple[Any, ...]
    digests: dict[str, str]


@dataclass(frozen=True)
class Group:
    """Prepared arms that one compiled program runs, by their hashes; ``width`` of them side by
    side."""

    arms: dict[str, Arm]
    width: int

    def chunks(self, lacking: set[str]) -> list[list[str]]:
        """The hashes that run side by side, of chunks that lack any. Chunks do not depend on what
        is there, so that a resumed sweep has the bits of one that was never stopped."""
        digests = list(self.arms)
        cut = [digests[i : i + self.width] for i in range(0, len(digests), self.width)]
        return [chunk for chunk in cut if lacking & set(chunk)]


def with_whole_numbers(axis: Axis, scenario: Scenario) -> Axis:
    """The axis with whole numbers, if it is a range of a setting that is one."""
    name, _, path = axis.path.rpartition(":")
    arms = [scenario.arms[name]] if name in scenario.arms else scenario.arms.values()
    old = [value_at(arm, path) for arm in arms]
    return axis.rounded() if any(type(value) is int for value in old) else axis


def scenario_at(scenario: Scenario, axes: Sequence[Axis], values: Sequence[Any]) -> Scenario:
    """The scenario with the values of a point. Raises ``UserError``."""
    for axis, value in zip(axes, values, strict=True):
        if isinstance(value, Part):
            scenario = _with_part(scenario, axis.path, value)
        else:
            scenario = apply(scenario, [f"{axis.path}={value}"])
    return scenario


def _with_part(scenario: Scenario, path: str, part: Part) -> Scenario:
    arm, _, slot = path.rpartition(":")
    if slot not in SWAPS or (arm and arm not in scenario.arms):
        raise UserError(f"a part can be the {', '.join(SWAPS)} of an arm, and {path} is none.")
    changed = {slot: part} | (dict.fromkeys(OF_JUDGE) if slot == "judge" else {})
    arms = {k: replace(x, **changed) if arm in ("", k) else x for k, x in scenario.arms.items()}
    return replace(scenario, arms=arms)


def planned(scenario: Scenario, axes: Sequence[Axis], key: int) -> tuple[list[Point], list[Group]]:
    """All points, and the groups of what is to be run. Raises ``UserError`` for points that cannot
    be run, before anything is."""
    points, known, errors, wrong = [], {}, [], 0
    for values in points_of(axes):
        try:
            arms = scenario_at(scenario, axes, values).arms
            ready = {name: prepare(arm, checked=False) for name, arm in arms.items()}
        except UserError as mistake:
            wrong += 1
            where = ", ".join(f"{a.path}={shown(v)}" for a, v in zip(axes, values, strict=True))
            texts = [sentence.removeprefix(f"--set {where}: ") for sentence in mistake.sentences]
            errors += [f"{where}: {text}" for text in texts]
            continue
        digests = {name: digest_of(arm, key, scenario.seeds) for name, arm in ready.items()}
        known |= {digests[name]: arm for name, arm in ready.items()}
        points.append(Point(values, digests))
    if errors:
        distinct = list(dict.fromkeys(errors))
        rest = len(distinct) - SHOWN_ERRORS
        more = [f"And {rest} more errors."] if rest > 0 else []
        head = f"{wrong} of {wrong + len(points)} points cannot be run; nothing was run."
        raise UserError(head, *distinct[:SHOWN_ERRORS], *more)
    return points, _grouped(known)


def digest_of(arm: Arm, key: int, seeds: int) -> str:
    """The hash of all that the record of a prepared arm depends on."""
    precision = bool(jax.config.jax_enable_x64)
    layout = [__version__, jax.__version__, jax.default_backend(), precision]
    return identity([identity(arm), key, seeds, layout])


def _grouped(known: dict[str, Arm]) -> list[Group]:
    """Prepared arms together that differ in the values of arrays alone."""
    groups: dict[str, dict[str, Arm]] = {}
    for digest, arm in known.items():
        arrays, fixed = eqx.partition(arm, eqx.is_array)
        shapes = [[list(x.shape), str(x.dtype)] for x in jax.tree.leaves(arrays)]
        alone = digest if asks_external(arm.judge) else ""
        program = identity([identity(fixed), shapes, alone])
        groups.setdefault(program, {})[digest] = arm
    return [Group(arms, min(TOGETHER, len(arms))) for arms in groups.values()]
