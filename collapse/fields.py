"""Fields of parts that hold arrays: lists are taken too, and what is no array is a sentence."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp

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
        return jnp.asarray(value)
    except (TypeError, ValueError):
        shown = repr(value)
        shown = shown if len(shown) < 60 else f"{shown[:56]} ..."
        raise Mistake(
            f"{shown} is no array: give numbers, or lists of numbers that are all of one length."
        ) from None
