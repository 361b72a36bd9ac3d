"""Settings that change at given generations."""

import equinox as eqx
import jax.numpy as jnp
from jax import Array

from collapse.part import Numbers, array


class Schedule(eqx.Module):
    """A number that takes ``values[i]`` from generation ``starts[i]`` on; the first holds before.

    It can stand for the real share of any mixing regime.
    """

    values: Numbers = array(0)
    starts: Numbers = array(0)

    def at(self, t: Array) -> Array:
        which = (jnp.asarray(t) >= self.starts).sum() - 1
        return self.values[jnp.maximum(which, 0)]

    def validate(self) -> list[str]:
        if self.values.shape != self.starts.shape or self.values.ndim != 1:
            return ["Schedule needs as many starts as values."]
        if bool((self.starts[1:] <= self.starts[:-1]).any()):
            return ["Schedule starts must rise."]
        return []


def value_at(setting, t: Array):
    """The value of a setting at generation t, scheduled or not."""
    return setting.at(t) if isinstance(setting, Schedule) else setting
