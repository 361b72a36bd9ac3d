"""Fields of parts that hold arrays: lists are taken too, and what is no array is a sentence."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from collapse.errors import Mistake


def array(least: int | None = None, **settings) -> Any:
    """A field of an array, of at least so many axes; None: lists are made arrays, and all else,
    such as one number, stays what it is."""

    def converted(value):
        if value is None or (least is None and not isinstance(value, (list, tuple))):
            return value
        made = as_array(value)
        return made if not least else jnp.atleast_1d(made) if least == 1 else jnp.atleast_2d(made)

    return eqx.field(converter=converted, **settings)


def as_array(value: Any) -> Any:
    """The value as an array of numbers. Raises ``Mistake``."""
    try:
        if isinstance(value, (str, bytes)):  # which jax would look up as a type
            raise TypeError
        return jnp.asarray(value)
    except (TypeError, ValueError):
        shown = repr(value)
        shown = shown if len(shown) < 60 else f"{shown[:56]} ..."
        raise Mistake(
            f"{shown} is no array: give numbers, or lists of numbers that are all of one length."
        ) from None


def is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def whole(what: str, value: Any, least: int) -> int:
    """The value, a whole number of at least so much. Raises ``Mistake``."""
    if is_whole(value) and value >= least:
        return int(value)
    raise Mistake(f"{what} must be a whole number of at least {least}, not {value!r}.")
