"""Random numbers for a CPU: jax's own threefry stream, drawn faster, and exact chi-squares.

``jax.random`` is what bounds a closed-form chain on a CPU. The same threefry generator written
out as one loop gives the same bits, sooner; as a key type of its own it serves every function of
``jax.random``. Keys made here and keys of ``jax.random.key`` draw identical numbers.
"""

import jax
import jax.numpy as jnp
from jax import Array


def chi_square(key: Array, freedom: Array | float, shape: tuple[int, ...] = ()) -> Array:
    """Chi-square variates of ``freedom`` > 0 degrees (a float, not necessarily whole).

    ``freedom`` broadcasts to ``shape``. Exact: Marsaglia and Tsang (2000), retried until accepted.
    """
    return 2 * jax.random.gamma(key, jnp.asarray(freedom) / 2, shape)
