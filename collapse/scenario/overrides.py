"""``--set [ARM:]path=value``: change a field of one arm, or of all arms that have it."""

from dataclasses import fields
from typing import Any, get_args

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from collapse.errors import UserError
from collapse.judges.policies import CONTROLS
from collapse.loop.arm import Arm
from collapse.numerics.pytree import replace
from collapse.scenario.load import load_judge
from collapse.scenario.registry import part_named
from collapse.scenario.scenario import Scenario
from collapse.schedule import Schedule
from collapse.suggest import unknown


class NoSuchField(UserError):
    """A part that lacks the field, while another arm's part may have it."""


SWAPS = ("judge", "regime", "sampler", "learner", "reward")
OF_JUDGE = ("candidates", "group")  # sizes of an arm that are set by its judge
NOT_SET = {  # fields of an arm that ``--set`` does not change, and what to do instead
    "measures": "they are part of the scenario",
    "truth": "use --data, or a scenario file",
    "generations": "all arms run as many; use --generations",
}


def replace_judge(scenario: Scenario, judge: Any) -> Scenario:
    """Replace the judge in every arm with a judge; control arms stay unchanged."""
    judged = [n for n, arm in scenario.arms.items() if not isinstance(arm.judge, CONTROLS)]
    if not judged:
        raise UserError(
            f"No arm of {scenario.name} has a judge, except for controls, which keep all or choose "
            "at random: use --set ARM:judge=NAME."
        )
    arms = {
        name: replace(arm, judge=judge, **dict.fromkeys(OF_JUDGE)) if name in judged else arm
        for name, arm in scenario.arms.items()
    }
    return replace(scenario, arms=arms)


def apply(scenario: Scenario, settings: list[str]) -> Scenario:
    """Apply all settings in the given order. Raises ``UserError`` with all errors."""
    arms, errors = dict(scenario.arms), []
    for setting in settings:
        try:
            arms = _apply_one(scenario.name, arms, setting)
        except UserError as mistake:
            errors += [f"--set {setting}: {sentence}" for sentence in mistake.sentences]
    if errors:
        raise UserError(*errors)
    return replace(scenario, arms=arms)


def _apply_one(scenario: str, arms: dict[str, Arm], setting: str) -> dict[str, Arm]:
    left, equals, text = setting.partition("=")
    if not equals or not left:
        raise UserError("write it as path=value or ARM:path=value, for example judge.fraction=0.1.")
    arm_name, colon, path = left.rpartition(":")
    if colon and arm_name not in arms:
        raise UserError(unknown(f"arm of {scenario}", arm_name, list(arms)))
    if path.split(".")[0] in NOT_SET:
        raise UserError(f"{path} cannot be set: {NOT_SET[path.split('.')[0]]}.")
    changed, errors, lacking = {}, [], []
    for name in [arm_name] if colon else list(arms):
        try:
            changed[name] = set_path(arms[name], path.split("."), text)
            if path == "judge":  # as with --judge, sizes follow the new judge
                changed[name] = replace(changed[name], **dict.fromkeys(OF_JUDGE))
        except UserError as mistake:
            (lacking if isinstance(mistake, NoSuchField) else errors).extend(mistake.sentences)
    if not changed:  # what is wrong with the value, where an arm has the field
        raise UserError(*dict.fromkeys(errors or lacking))
    return arms | changed


def set_path(value: Any, path: list[str], text: str) -> Any:
    """A copy of a part, with the field at the end of the path set from text."""
    name, rest = path[0].replace("-", "_"), path[1:]
    if isinstance(value, tuple):
        i = _place(name, value)
        if i is None:
            raise UserError(
                f"There is no number {name} among {len(value)} parts: they are numbered from 0."
            )
        new = set_path(value[i], rest, text) if rest else parse(text, value[i], name)
        return (*value[:i], new, *value[i + 1 :])
    known = list(vars(value)) if isinstance(value, eqx.Module) else []
    if name not in known:
        kind = type(value).__name__
        if not known:
            raise NoSuchField(f"{kind} has no fields, so there is no {name!r} in it.")
        raise NoSuchField(unknown(f"field of {kind}", name, known))
    old = getattr(value, name)
    new = set_path(old, rest, text) if rest else parse(text, old, name, kinds_of(value, name))
    return replace(value, **{name: new})


def _place(name: str, parts: tuple) -> int | None:
    """The place of a part that is named by its number; None if there is none."""
    return {str(i): i for i in range(len(parts))}.get(name)


def kinds_of(part: eqx.Module, name: str) -> tuple:
    """The declared types of a field."""
    declared = {field.name: field.type for field in fields(part)}.get(name, Any)
    return get_args(declared) or (declared,)


def parse(text: str, old: Any, name: str, kinds: tuple = ()) -> Any:
    """The value of a text: a registered part, or a value of the type of ``old`` or of one of the
    declared ``kinds``."""
    if name == "judge":
        return load_judge(text)
    if name in SWAPS:
        return part_named(name, text)
    number, lowered = _number(text), text.lower()
    if isinstance(old, eqx.Module) and not (isinstance(old, Schedule) and number is not None):
        raise UserError(f"{name} is a {type(old).__name__} here; set one of its fields instead.")
    optional = type(None) in kinds or (old is None and not kinds)
    if lowered == "none" and (optional or not isinstance(old, (bool, int, float))):
        return None
    if isinstance(old, bool) or (bool in kinds and old is None):
        if lowered not in ("true", "false"):
            raise UserError(f"{name} must be true or false, not {text!r}.")
        return lowered == "true"
    if isinstance(old, str) or (old is None and str in kinds):
        return text
    if isinstance(old, (tuple, list, dict)) or callable(old) or jnp.ndim(0 if old is None else old):
        shape = (
            f"a list of shape {jnp.shape(old)}" if hasattr(old, "shape") else "not a single number"
        )
        raise UserError(f"{name} is {shape}: write a scenario file for it.")
    if number is None:
        raise UserError(f"{name} must be a number, not {text!r}.")
    whole = isinstance(old, int) or (int in kinds and float not in kinds)
    if whole and not isinstance(number, int):
        raise UserError(f"{name} must be a whole number, not {text}.")
    if isinstance(number, int) and not isinstance(old, float) and abs(number) >= 2**63:
        raise UserError(f"{name} must be a number of at most 18 digits, not {text}.")
    return float(text) if isinstance(old, float) else number  # of a very large one: infinity


def overwritten(scenario: Scenario, prepared: Scenario, settings: list[str]) -> list[str]:
    """A sentence for each setting whose value ``prepare`` replaced."""
    errors = []
    for setting in settings:
        name, _, path = setting.partition("=")[0].rpartition(":")
        if path in OF_JUDGE:  # rounded up to whole groups
            continue
        for arm in [name] if name else scenario.arms:
            wish = value_at(scenario.arms[arm], path)
            actual = value_at(prepared.arms[arm], path)
            if isinstance(wish, eqx.Module) or wish is None or _same(wish, actual):
                continue
            errors.append(f"--set {setting}: {path} is set by the arm to {actual}; leave it out.")
            break
    return errors


def value_at(part: Any, path: str) -> Any:
    """The value at the end of a path in an arm, or None; for a sampler that draws summaries, in its
    inner sampler."""
    for name in path.replace("-", "_").split("."):
        if isinstance(part, tuple):
            i = _place(name, part)
            part = None if i is None else part[i]
        else:
            inside = part if hasattr(part, name) else getattr(part, "of", None)
            part = getattr(inside, name, None)
    return part


def _same(wish: Any, actual: Any) -> bool:
    """Whether two values are equal up to the precision of numbers."""
    if isinstance(wish, (str, bool)) or actual is None:
        return wish == actual
    return bool(np.allclose(np.asarray(wish, float), np.asarray(actual, float), 1e-5, 0, True))


def _number(text: str) -> int | float | None:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return None
