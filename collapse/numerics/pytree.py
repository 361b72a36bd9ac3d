"""Pytrees: copies with changed fields, parts, types, and mapping over a block of seeds."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.errors import UserError
from collapse.numerics.device import side_by_side
from collapse.numerics.prng import straight
from collapse.suggest import unknown


def replace(value: Any, **fields) -> Any:
    """A copy of a module with other field values, without a constructor call; static fields too.
    Raises ``UserError`` for unknown fields."""
    if not fields.keys() <= vars(value).keys():
        known, kind = list(vars(value)), type(value).__name__
        raise UserError(*[unknown(f"field of {kind}", k, known) for k in fields if k not in known])
    new = object.__new__(type(value))
    for name, old in vars(value).items():
        object.__setattr__(new, name, fields.get(name, old))
    return new


class Same:
    """A tree as a dictionary key: equal to another one if it holds the very same arrays."""

    def __init__(self, tree: Any):
        self.tree = tree
        leaves, structure = jax.tree.flatten(tree)
        self._key = structure, tuple(map(id, leaves))

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self._key == other._key


def parts_of(value: Any, path: str = "") -> list[tuple[str, eqx.Module]]:
    """Every module inside a value, itself included, with its path."""
    parts = [(path, value)] if isinstance(value, eqx.Module) else []
    if isinstance(value, eqx.Module):
        inner = vars(value).items()
    elif isinstance(value, (tuple, list)):
        inner = enumerate(value)
    else:
        inner = ()
    for name, child in inner:
        parts += parts_of(child, f"{path}.{name}" if path else str(name))
    return parts


def strip_weak_type(tree: Any) -> Any:
    """Arrays without weak types, which would compile a second program for the same shapes."""
    weak = lambda x: eqx.is_array(x) and x.aval.weak_type  # noqa: E731
    return jax.tree.map(lambda x: jax.lax.convert_element_type(x, x.dtype) if weak(x) else x, tree)


def all_finite(tree: Any) -> Array:
    """Whether all numbers of a tree of arrays are finite."""
    finite = jax.tree.map(lambda x: jnp.isfinite(x).all(), tree)
    return jax.tree.reduce(jnp.logical_and, finite)


def all_in_range(tree: Any) -> Array:
    """Whether the squares of all numbers are finite. With larger parameters, a network's products
    may or may not overflow, depending on how the compiler orders sums."""
    small = lambda x: (jnp.abs(x) <= jnp.finfo(x.dtype).max ** 0.5).all()  # noqa: E731
    return jax.tree.reduce(jnp.logical_and, jax.tree.map(small, tree))


def over_seeds(model, one_seed, block):
    """``one_seed`` for every seed of ``block``, a tree whose arrays have the seeds as first axis:
    under vmap if the model runs side by side, else in turn in one program (``jax.lax.map``)."""
    if side_by_side(model):
        return eqx.filter_vmap(one_seed)(block)
    arrays, fixed = eqx.partition(block, eqx.is_array)
    out = {}  # what is no array in the result, set while ``call`` is traced

    def call(arrays):
        result = one_seed(eqx.combine(arrays, fixed))
        traced, out["fixed"] = eqx.partition(result, eqx.is_array)
        return traced

    return eqx.combine(jax.lax.map(call, arrays), out["fixed"])


def seed_keys(key: Array, seeds) -> Array:
    """(B,) keys of the numbered seeds: seed 3 has the same key in every run."""
    return _seed_keys(straight(key), np.asarray(seeds))


_seed_keys = jax.jit(jax.vmap(jax.random.fold_in, in_axes=(None, 0)))
