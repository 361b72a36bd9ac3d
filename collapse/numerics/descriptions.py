"""A tree of parts and arrays as JSON, and back. Compiled programs are kept under the description
of their arguments, and with that of their result, so that no pickle is needed.

Only classes and functions of the package are described, since the key of a program contains a
digest of the package's source.
"""

import dataclasses
import functools
import importlib
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np

ROOT = Path(__file__).parent.parent


class NotCacheable(Exception):
    """Raised for something that a description cannot identify for another process."""


def described(tree: Any) -> tuple[Any, list]:
    """A tree as JSON, and its arrays in order. Raises ``NotCacheable`` for classes and functions
    from outside the package."""
    arrays: list = []

    def about(x: Any) -> Any:
        if x is None or type(x) in (bool, int, float, str):
            return x
        if isinstance(x, jax.Array):
            arrays.append(x)
            return ["array", str(x.dtype), list(x.shape), bool(x.aval.weak_type)]
        if type(x) in (tuple, list):
            return [type(x).__name__, [about(one) for one in x]]
        if type(x) is dict and all(type(name) is str for name in x):
            return ["dict", [[name, about(x[name])] for name in sorted(x)]]
        if isinstance(x, np.dtype):
            return ["dtype", x.name]
        if isinstance(x, eqx.Module) and not isinstance(x, types.MethodType):
            names = [field.name for field in dataclasses.fields(x)]  # in the order of the arrays
            if set(names) != set(vars(x)):
                raise NotCacheable(type(x))
            fields = [[name, about(vars(x)[name])] for name in names]
            return ["part", *_place_of(type(x)), fields]
        if isinstance(x, (type, types.FunctionType)):
            return ["named", *_place_of(x)]
        raise NotCacheable(type(x))

    return about(tree), arrays


def rebuilt(about: Any, arrays: Iterator) -> Any:
    """The tree of a description, with its arrays in order."""
    if not isinstance(about, list):
        return about
    kind, *rest = about
    if kind == "array":
        return next(arrays)
    if kind in ("tuple", "list"):
        return {"tuple": tuple, "list": list}[kind](rebuilt(x, arrays) for x in rest[0])
    if kind == "dict":
        return {name: rebuilt(x, arrays) for name, x in rest[0]}
    if kind == "dtype":
        return np.dtype(rest[0])
    thing = _thing_at(*rest[:2])
    if kind == "named":
        return thing
    part = object.__new__(thing)
    for name, x in rest[2]:
        object.__setattr__(part, name, rebuilt(x, arrays))
    return part


def _place_of(thing: Any) -> tuple[str, str]:
    """Module and name of a class or function of the package, by which another process finds it."""
    place = str(thing.__module__), str(thing.__qualname__)
    if _thing_at(*place) is not thing:
        raise NotCacheable(place)
    return place


def is_ours(module: str) -> bool:
    """Whether a module is of the package, and not one of the scenarios that come with it."""
    return module.startswith("collapse.") and not module.startswith("collapse._")


@functools.cache
def _thing_at(module: str, name: str) -> Any:
    if not is_ours(module):
        raise NotCacheable(module)
    thing = importlib.import_module(module)
    if ROOT not in Path(thing.__file__ or "").parents:
        raise NotCacheable(module)
    for part in name.split("."):
        thing = getattr(thing, part, None)
    if not isinstance(thing, (type, types.FunctionType)) or thing.__module__ != module:
        raise NotCacheable(name)
    return thing
