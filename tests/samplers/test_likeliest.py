"""The likeliest of k rows: F^k - G^k, by enumeration."""

import jax
import numpy as np
import pytest

from collapse import Likeliest
from tests.samplers.enumerated import (
    MODELS,
    L,
    V,
    counted,
    next_tokens,
    p_value,
    row_law,
    rows_up_to,
)

N = 20_000


@pytest.mark.slow
@pytest.mark.parametrize("k", [1, 4])
def test_rows_are_the_likeliest_of_k(k):
    """By chi-square; another k is told apart. A row's chance, by the mass of what is less
    likely."""
    model, rows = MODELS["table"], rows_up_to(V, L)
    p = row_law(rows, next_tokens(model))
    laws = {}
    for tries in (k, 2):
        order = np.argsort(p)
        law = np.zeros(len(p))
        law[order] = np.diff(np.cumsum(p[order]) ** tries, prepend=0)
        laws[tries] = law
    batch = jax.jit(lambda key: Likeliest(k).draw(key, model, N, 1))(jax.random.key(0))
    counts = counted(rows, np.asarray(batch.rows))
    assert p_value(counts, laws[k]) > 1e-4
    assert p_value(counts, laws[2]) < 1e-9


def test_mistakes_are_sentences():
    assert Likeliest(0).validate() == ["Likeliest k must be at least 1, not 0."]
