"""Loops shared by all decoders: over positions of rows, and over batches of rows."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array


def over_places(model, step: Callable, n: int, carry: Any) -> Any:
    """Scan step((state, carry), place) -> ((state, carry), out) over the positions of n rows of an
    ``Autoregressive`` model, from an open state on. Returns the outs with the positions (L) as
    first axis."""
    state, outs = model.opened(n), []
    for start, stop in model.segments():
        state = model.widened(state, stop)
        (state, carry), out = jax.lax.scan(step, (state, carry), jnp.arange(start, stop))
        outs.append(out)
    return jax.tree.map(lambda *parts: jnp.concatenate(parts), *outs)


def in_parts(model, work: Callable, key: Array, *arrays: Array, wide: int = 1) -> Any:
    """work(key, *arrays) for arrays with n rows, computed ``model.at_once`` rows at a time so that
    the state stays in cache; ``wide`` is the number of states per row."""
    n = len(arrays[0])
    parts = max(-(-n * wide // model.at_once), 1)
    size = -(-n // parts)

    def cut(x):
        x = jnp.pad(x, ((0, parts * size - n), *[(0, 0)] * (x.ndim - 1)))
        return x.reshape(parts, size, *x.shape[1:])

    given = (jax.random.split(key, parts), *map(cut, arrays))
    results = jax.lax.map(lambda part: work(*part), given)
    return jax.tree.map(lambda x: x.reshape(parts * size, *x.shape[2:])[:n], results)
