"""The identity of an arm: a digest of its description as JSON, equal for equal runs."""

import dataclasses
import functools
import hashlib
import inspect
import json
import math
import sys
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np

SHORT = 8  # arrays up to this size are written in full, longer ones as a digest


def describe(value: Any) -> Any:
    """A part as JSON: name, fields, arrays by value or digest, functions by source. For a
    dataclass, the fields that count for equality."""
    if isinstance(value, eqx.Module):
        kind = type(value)
        about = {"class": name_of(kind)} | {k: describe(field) for k, field in vars(value).items()}
        if not is_ours(kind):
            about["source"] = _digest(_source(kind))
        return about
    if isinstance(value, (jax.Array, np.ndarray, np.generic)):
        array = np.asarray(value)
        if array.size <= SHORT:
            return describe(array.tolist())
        kept = f"{array.dtype}{list(array.shape)}"
        return f"{kept} sha256 {_digest(np.ascontiguousarray(array).tobytes())}"
    if isinstance(value, dict):
        return {str(name): describe(field) for name, field in value.items()}
    if isinstance(value, (tuple, list)):
        return [describe(field) for field in value]
    if isinstance(value, functools.partial):
        return describe([value.func, value.args, value.keywords])
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        shown = [field.name for field in dataclasses.fields(value) if field.compare]
        about = {"class": name_of(type(value))}
        return about | {name: describe(getattr(value, name)) for name in shown}
    if callable(value):
        cells = [cell.cell_contents for cell in getattr(value, "__closure__", None) or ()]
        bound = describe([cells, getattr(value, "__defaults__", None)])
        about = {"function": getattr(value, "__qualname__", "?"), "bound": bound}
        # The version of the package identifies the code of its functions, as that of its classes.
        return about if is_ours(value) else about | {"source": _digest(_source(value))}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def is_ours(kind: Any) -> bool:
    """Whether a class belongs to the package, so that the version identifies its code."""
    return str(getattr(kind, "__module__", "")).startswith("collapse.")


def name_of(kind: type) -> str:
    """Name of a class in descriptions: our parts by registered name, so that code can move between
    files; user classes by module."""
    if not is_ours(kind):
        return f"{kind.__module__}.{kind.__qualname__}"
    return vars(kind).get("registered", kind.__qualname__)


def identity(value: Any) -> str:
    """Digest of the description of a value."""
    return _digest(json.dumps(describe(value), sort_keys=True).encode())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _source(thing: Any) -> bytes:
    """The whole source file of a user's class or function, as it may use helpers in it."""
    file = getattr(sys.modules.get(thing.__module__), "__file__", None)
    if file and Path(file).is_file():
        return Path(file).read_bytes()
    try:
        return inspect.getsource(thing).encode()
    except (OSError, TypeError):
        return thing.__qualname__.encode()
