"""Roots of covariances, of any rank and in any units."""

import jax.numpy as jnp
import numpy as np
import pytest

from collapse.numerics.cholesky import semidefinite_root


@pytest.mark.parametrize(("d", "rank"), [(3, 3), (3, 1), (40, 40), (40, 7), (33, 32)])
def test_root_of_a_covariance_in_any_units(d, rank):
    """Coordinates from 1e-4 to 1e4 in size, of full rank or not: L L' is the covariance, relative
    to the two standard deviations, and L is a lower triangle."""
    rng = np.random.default_rng(d + rank)
    rows = rng.normal(size=(d, rank)) * 10.0 ** rng.uniform(-4, 4, (d, 1))
    cov = (rows @ rows.T).astype(np.float32)
    root = np.asarray(semidefinite_root(jnp.asarray(cov)), float)
    sd = np.sqrt(np.diag(cov))
    np.testing.assert_array_equal(root, np.tril(root))
    assert np.abs((root @ root.T - cov) / np.outer(sd, sd)).max() < (2e-5 if rank == d else 5e-3)
