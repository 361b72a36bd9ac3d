"""Powers of two in single precision against double precision."""

import jax
import jax.numpy as jnp
import numpy as np

from collapse.numerics.exp2 import power_of_two


def test_powers_of_two():
    x = np.concatenate([np.linspace(-126, 0, 200_001), -np.logspace(-30, 2, 10_001)])
    x = x.astype(np.float32)
    found = np.asarray(jax.jit(power_of_two)(jnp.asarray(x)), np.float64)
    assert np.abs(found / 2.0 ** x.astype(np.float64) - 1).max() < 3e-7


def test_ends_of_the_range():
    found = jax.jit(power_of_two)(jnp.array([0.0, -0.0, -126.0, -127.0, -1e30, -jnp.inf, jnp.nan]))
    assert found[:2].tolist() == [1, 1]
    assert (np.asarray(found[2:6]) == 2.0**-126).all()
    assert np.isnan(found[6])


def test_double_precision():
    with jax.enable_x64(True):
        x = jnp.array([-0.3, -50.7], jnp.float64)
        np.testing.assert_allclose(power_of_two(x), 2.0 ** np.asarray(x), rtol=1e-14)
