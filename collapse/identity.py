"""What an arm is, as text: the same description, the same run."""

import hashlib
import inspect
import json
from typing import Any

import equinox as eqx
import jax
import numpy as np

SHORT = 8  # arrays of up to this many elements are written out, longer ones by digest


def describe(value: Any) -> Any:
    """A part as plain JSON: class path, fields, arrays by value or digest, functions by source."""
    if isinstance(value, eqx.Module):
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        about = {"class": kind} | {name: describe(field) for name, field in vars(value).items()}
        if not kind.startswith("collapse."):
            about["source"] = _digest(_source(type(value)).encode())
        return about
    if isinstance(value, (jax.Array, np.ndarray, np.generic)):
        array = np.asarray(value)
        if array.size <= SHORT:
            return array.tolist()
        kept = f"{array.dtype}{list(array.shape)}"
        return f"{kept} sha256 {_digest(np.ascontiguousarray(array).tobytes())}"
    if isinstance(value, dict):
        return {str(name): describe(field) for name, field in value.items()}
    if isinstance(value, (tuple, list)):
        return [describe(field) for field in value]
    if callable(value):
        name = getattr(value, "__qualname__", value)
        return f"function {name} {_digest(_source(value).encode())}"
    return value


def identity(value: Any) -> str:
    """A digest of the whole description."""
    return _digest(json.dumps(describe(value), sort_keys=True).encode())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _source(thing: Any) -> str:
    try:
        return inspect.getsource(thing)
    except (OSError, TypeError):
        return repr(thing)
