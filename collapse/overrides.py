"""``--set [ARM:]path=value``: change a field of one arm or of all that have it."""

from dataclasses import replace
from typing import Any

import equinox as eqx
import jax.numpy as jnp

from collapse.errors import Mistake
from collapse.judges.policies import CONTROLS
from collapse.names import unknown
from collapse.parts import part_named
from collapse.scenario import Scenario
from collapse.schedule import Schedule
from collapse.trees import change
from collapse.types import Arm

SWAPS = ("judge", "regime", "sampler", "learner", "reward")
WHOLE = ("candidates", "group")
TAKEN = {
    "measures": "they are part of the scenario",
    "truth": "use --data, or a scenario file",
    "generations": "all arms run as many; use --generations",
}


def replace_judge(scenario: Scenario, judge: Any) -> Scenario:
    """The judge in every arm that has one; control arms stay as they are."""
    judged = [n for n, arm in scenario.arms.items() if not isinstance(arm.judge, CONTROLS)]
    if not judged:
        raise Mistake(f"No arm of {scenario.name} has a judge: use --set ARM:judge=NAME.")
    arms = {
        name: change(arm, judge=judge, candidates=None, group=None) if name in judged else arm
        for name, arm in scenario.arms.items()
    }
    return replace(scenario, arms=arms)


def apply(scenario: Scenario, settings: list[str]) -> Scenario:
    """All the settings, in the order given; all their mistakes at once."""
    arms, wrong = dict(scenario.arms), []
    for setting in settings:
        try:
            arms = _apply_one(scenario.name, arms, setting)
        except Mistake as mistake:
            wrong += [f"--set {setting}: {sentence}" for sentence in mistake.sentences]
    if wrong:
        raise Mistake(*wrong)
    return replace(scenario, arms=arms)


def _apply_one(scenario: str, arms: dict[str, Arm], setting: str) -> dict[str, Arm]:
    left, equals, text = setting.partition("=")
    if not equals or not left:
        raise Mistake("write it as path=value or ARM:path=value, for example judge.fraction=0.1.")
    arm_name, colon, path = left.rpartition(":")
    if colon and arm_name not in arms:
        raise Mistake(unknown(f"arm of {scenario}", arm_name, list(arms)))
    if path.split(".")[0] in TAKEN:
        raise Mistake(f"{path} cannot be set: {TAKEN[path.split('.')[0]]}.")
    changed, wrong = {}, []
    for name in [arm_name] if colon else list(arms):
        try:
            changed[name] = set_path(arms[name], path.split("."), text)
        except Mistake as mistake:
            wrong += [s for s in mistake.sentences if s not in wrong]
    if not changed:
        raise Mistake(*wrong)
    return arms | changed


def set_path(value: Any, path: list[str], text: str) -> Any:
    """A copy of a part with the field at the end of the path set from text."""
    name, rest = path[0].replace("-", "_"), path[1:]
    if isinstance(value, tuple):
        if not name.isdigit() or int(name) >= len(value):
            raise Mistake(f"There is no number {name} among {len(value)} parts.")
        i = int(name)
        new = set_path(value[i], rest, text) if rest else parse(text, value[i], name)
        return (*value[:i], new, *value[i + 1 :])
    fields = list(vars(value)) if isinstance(value, eqx.Module) else []
    if name not in fields:
        kind = type(value).__name__
        if not fields:
            raise Mistake(f"{kind} has no fields, so there is no {name!r} in it.")
        raise Mistake(unknown(f"field of {kind}", name, fields))
    old = getattr(value, name)
    return change(value, **{name: set_path(old, rest, text) if rest else parse(text, old, name)})


def parse(text: str, old: Any, name: str) -> Any:
    """The value that the text stands for: a listed part, or a value of the old one's type."""
    if name in SWAPS:
        return part_named(name, text)
    number_is_enough = isinstance(old, Schedule) and _number(text) is not None
    if isinstance(old, eqx.Module) and not number_is_enough:
        raise Mistake(f"{name} is a {type(old).__name__} here; set one of its fields instead.")
    lowered = text.lower()
    if isinstance(old, bool):
        if lowered not in ("true", "false"):
            raise Mistake(f"{name} must be true or false, not {text!r}.")
        return lowered == "true"
    if isinstance(old, str):
        return text
    if lowered == "none" and not isinstance(old, (int, float)):
        return None
    value = _number(text)
    if value is None:
        raise Mistake(f"{name} must be a number, not {text!r}.")
    if (isinstance(old, int) or name in WHOLE) and not isinstance(value, int):
        raise Mistake(f"{name} must be a whole number, not {text}.")
    if hasattr(old, "shape") and jnp.shape(old):
        raise Mistake(f"{name} is a list of shape {jnp.shape(old)}: write a scenario file for it.")
    return float(value) if isinstance(old, float) else value


def _number(text: str) -> int | float | None:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return None
