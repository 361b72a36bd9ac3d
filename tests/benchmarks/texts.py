"""The transformers that are timed, and what they are trained on."""

import jax.numpy as jnp
import numpy as np

import collapse as c
from collapse.loop.settle import unjudged
from collapse.types import Batch

BATCH, CONTEXT, SIZE = 32, 64, 65


def tokens(n: int, length: int) -> np.ndarray:
    return np.random.default_rng(0).integers(1, SIZE, (n, length)).astype(np.int32)


def model_of(layers: int, width: int, length: int = CONTEXT, steps: int = 40) -> c.Transformer:
    training = c.Training(steps=steps, batch=BATCH, schedule="constant", decay=0.01)
    return c.Transformer(SIZE, length, layers=layers, width=width, training=training)


def pool_of(rows: np.ndarray):
    n = len(rows)
    return unjudged(Batch(jnp.asarray(rows), jnp.ones(n), jnp.zeros(n, jnp.int32)), n, {})
