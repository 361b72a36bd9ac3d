"""Type checks of an arm: each part, size and field holds the right kind of value. They run before
all other checks, which rely on them."""

import inspect
from dataclasses import fields
from typing import Any, get_args, get_origin

import equinox as eqx
from jax import Array

from collapse.errors import UserError
from collapse.judges.base import Judge
from collapse.learners.base import Learner
from collapse.loop.arm import Arm
from collapse.loop.trial import error_text
from collapse.measures.base import Measure
from collapse.models.base import Model
from collapse.numerics.pytree import parts_of, replace
from collapse.part import is_whole
from collapse.regimes.base import Regime
from collapse.samplers.base import Sampler

KINDS = {"truth": Model, "model": Model, "judge": Judge, "regime": Regime, "learner": Learner}
KINDS |= {"sampler": Sampler}
# The sizes of an arm, and whether each may be None.
SIZES = {"n": False, "generations": False, "candidates": True, "group": True}
MOST = 2**63 - 1  # largest whole number of a field; the number of rows has a lower limit
EXPECTED = {bool: "True or False", str: "a word"}


def kind_errors(arm: Any) -> list[str]:
    """An error sentence for each part, size and field of an arm with a value of the wrong kind."""
    if not isinstance(arm, Arm):
        return [f"An Arm is needed, not {shown(arm)}: make one with collapse.Arm."]
    if not isinstance(arm.measures, (tuple, list)):
        return [f"measures must be a tuple of measures, not {shown(arm.measures)}."]
    places = [(name, getattr(arm, name), kind) for name, kind in KINDS.items()]
    places += [(f"measures.{i}", measure, Measure) for i, measure in enumerate(arm.measures)]
    errors = [
        f"{name} must be a {kind.__name__}, not {shown(part)}."
        for name, part, kind in places
        if not isinstance(part, kind)
    ]
    for name, optional in SIZES.items():
        size = getattr(arm, name)
        if not (is_whole(size) or (optional and size is None)):
            errors.append(f"{name} must be a whole number, not {size!r}.")
        elif size is not None and size > MOST:
            errors.append(f"{name} must be at most {MOST}, not {size}.")
    for name, optional in (("keep_reference", False), ("statistics", True)):
        value = getattr(arm, name)
        if not (isinstance(value, bool) or (optional and value is None)):
            errors.append(f"{name} must be True or False, not {value!r}.")
    inside = [(path, part) for path, part in parts_of(arm) if part is not arm]
    return errors + [f"{path}: {text}" for path, part in inside for text in field_errors(part)]


def field_errors(part: eqx.Module) -> list[str]:
    """An error sentence for each field whose value does not have its declared type."""
    errors, owner = [], type(part).__name__
    for field in fields(part):
        value, kinds = getattr(part, field.name, None), get_args(field.type) or (field.type,)
        if get_origin(field.type) is tuple and isinstance(value, tuple):
            values, kinds = value, kinds[:1]
        else:
            values = (value,)
        names = [kind.__name__ for kind in kinds if _is_part(kind)]
        for value in values:
            name = f"{field.name} of {owner}"
            if names and len(names) == len([k for k in kinds if k is not type(None)]):
                if not isinstance(value, kinds):
                    errors.append(f"{name} must be a {' or '.join(names)}, not {shown(value)}.")
            elif isinstance(value, list):
                errors.append(f"{name} cannot be a list: give one number.")
            elif field.type is int and not _whole(value):
                errors.append(f"{name} must be a whole number, not {value!r}.")
            elif field.type in (bool, str) and not isinstance(value, field.type):
                errors.append(f"{name} must be {EXPECTED[field.type]}, not {value!r}.")
    return errors


def _whole(value: Any) -> bool:
    """Whether it is a whole number, or the array that ``prepare`` has made of one."""
    array = isinstance(value, Array) and value.ndim == 0 and value.dtype.kind in "iuf"
    return is_whole(value) or (array and float(value).is_integer())


def _is_part(kind: Any) -> bool:
    return inspect.isclass(kind) and issubclass(kind, eqx.Module)


def with_tuples(value: Any) -> Any:
    """The value with lists converted to tuples in fields of parts that are declared as tuples."""
    if isinstance(value, tuple):
        return tuple(map(with_tuples, value))
    if not isinstance(value, eqx.Module):
        return value
    tuples = {field.name for field in fields(value) if "tuple" in str(field.type)}
    converted = {
        name: with_tuples(tuple(held) if isinstance(held, list) and name in tuples else held)
        for name, held in vars(value).items()
    }
    return replace(value, **converted)


def part_errors(part: Any) -> list[str]:
    """The errors that a part reports about itself; an exception in its check is an error too."""
    try:
        return part.validate()
    except UserError as mistake:
        return mistake.sentences
    except Exception as error:
        return [f"{type(part).__name__} holds a value that is not a number ({error_text(error)})."]


def shown(thing: Any) -> str:
    """A short description of a given value."""
    if isinstance(thing, type):
        return f"the class {thing.__name__}: write {thing.__name__}()"
    return f"{type(thing).__name__} {thing!r}" if isinstance(thing, str) else type(thing).__name__
