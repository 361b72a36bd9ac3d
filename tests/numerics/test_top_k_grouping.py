"""Selection and grouping primitives against numpy and Python integers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from collapse import UserError
from collapse.numerics.grouping import (
    bits_for,
    dense_rank,
    multiply_high,
    pack,
    prefix_sum,
    row_ranks,
    run_lengths,
    running_count,
    starts_of_runs,
)
from collapse.numerics.top_k import compact, largest, largest_of_few, mass_around, ordered_bits

M = 300


@pytest.fixture(scope="module")
def rng():
    return np.random.default_rng(0)


# The largest k


def mask_by_sorting(x, k):
    """The k largest by a stable sort: ties go to the first."""
    mask = np.zeros(len(x), bool)
    mask[np.argsort(-x.astype(float), kind="stable")[:k]] = True
    return mask


@pytest.mark.parametrize("bound", [1, 3, 1000, 2**32])
def test_largest_is_numpys_stable_sort(rng, bound):
    """Any k from 0 to beyond the length, with few and with many ties."""
    found = jax.jit(largest)
    x = rng.integers(0, bound, M).astype(np.uint32)
    for k in (0, 1, 2, 59, 150, M - 1, M, M + 50):
        mask = np.asarray(found(jnp.asarray(x), jnp.asarray(k)))
        np.testing.assert_array_equal(mask, mask_by_sorting(x, k))
        assert mask.sum() == min(k, M)
    if bound == 3:
        last = M - 1 - np.flatnonzero(mask_by_sorting(x[::-1], 59))
        assert set(last) != set(np.flatnonzero(mask_by_sorting(x, 59)))


@pytest.mark.parametrize("m", [1, 2, 255, 256, 257, 5000])
def test_largest_among_equals_of_any_number(rng, m):
    """The last of all equal ones, too, where their number is a power of two."""
    found = jax.jit(largest)
    for x in (np.zeros(m, np.uint32), rng.integers(0, 4, m).astype(np.uint32)):
        for k in {1, m // 3, m - 1, m}:
            mask = np.asarray(found(jnp.asarray(x), jnp.asarray(k)))
            np.testing.assert_array_equal(mask, mask_by_sorting(x, k))


@pytest.mark.parametrize("m", [1, 2, 20, 32])
def test_largest_of_few_is_numpys_stable_sort(rng, m):
    """With ties, signed zeros and infinities; NaN only when nothing else is left to take."""
    found = jax.jit(largest_of_few)
    for x in (rng.normal(size=m), rng.integers(0, 3, m) - 1.0, np.zeros(m), np.full(m, -np.inf)):
        for k in {0, 1, m // 3, m - 1, m}:
            mask = np.asarray(found(jnp.asarray(x, jnp.float32), jnp.asarray(k)))
            np.testing.assert_array_equal(mask, mask_by_sorting(x, k))
    x = np.array([np.nan, 1.0, -np.inf, 2.0], np.float32)
    for k, kept in ((1, [3]), (3, [1, 2, 3]), (4, [0, 1, 2, 3])):
        assert np.flatnonzero(found(jnp.asarray(x), jnp.asarray(k))).tolist() == kept


EXTREMES = [0.0, 1.0, -1.0, 2.5e-38, -2.5e-38, 3e38, -3e38, np.inf, -np.inf, 1.25, -1.25, 0.1]
FLOATS = np.array(EXTREMES, np.float32)


@pytest.mark.parametrize("compiled", [False, True])
def test_ordered_bits_have_the_order_of_the_floats(rng, compiled):
    """Negative ones, infinities and random ones: a < b exactly where bits(a) < bits(b)."""
    function = jax.jit(ordered_bits) if compiled else ordered_bits
    x = np.concatenate([FLOATS, rng.normal(0, 1e3, M).astype(np.float32)])
    bits = np.asarray(function(jnp.asarray(x)))
    assert bits.dtype == np.uint32
    np.testing.assert_array_equal(bits[:, None] < bits, x[:, None] < x)
    np.testing.assert_array_equal(bits[:, None] == bits, x[:, None] == x)


@pytest.mark.parametrize("compiled", [False, True])
def test_ordered_bits_of_both_zeros_are_equal(compiled):
    """-0.0 == 0.0, also inside a compiled program, where x + 0.0 is simplified to x."""
    function = jax.jit(ordered_bits) if compiled else ordered_bits
    minus, plus = np.asarray(function(jnp.array([-0.0, 0.0])))
    assert minus == plus


@pytest.mark.parametrize("compiled", [False, True])
def test_nan_is_below_everything(compiled):
    """No number loses its place to a NaN."""
    function = jax.jit(ordered_bits) if compiled else ordered_bits
    bits = np.asarray(function(jnp.array([np.nan, -np.nan, -3e38, 0.0, -np.inf])))
    assert bits[0] == bits[1] < bits[2] < bits[3]
    assert bits[0] <= bits[4]


def test_compact_moves_masked_rows_to_the_front(rng):
    """In their order, with zeros behind, in every array of a tree; what does not fit is dropped."""
    mask = rng.random(M) < 0.4
    tree = {"a": jnp.arange(M), "b": jnp.asarray(rng.normal(size=(M, 2)))}
    for size in (M, 50):
        found = jax.jit(compact, static_argnums=2)(jnp.asarray(mask), tree, size)
        for name, x in tree.items():
            kept = np.asarray(x)[mask][:size]
            np.testing.assert_array_equal(found[name][: len(kept)], kept)
            assert (np.asarray(found[name])[len(kept) :] == 0).all()
            assert len(found[name]) == size


def test_mass_around_is_a_double_loop(rng):
    """The mass of strictly larger, of equal and of strictly smaller reward, with ties: to relative
    precision, though one outcome in three is rarer than what single precision resolves in 1."""
    reward = rng.integers(-3, 4, 60).astype(np.float32) / 2
    mass = rng.dirichlet(np.ones(60)) * np.resize([1, 1, 1e-9], 60)
    reward[2::3] += 0.25
    above, own, below = jax.jit(mass_around)(jnp.asarray(reward), jnp.asarray(mass))
    np.testing.assert_allclose(above, [mass[reward > r].sum() for r in reward], rtol=1e-5)
    np.testing.assert_allclose(own, [mass[reward == r].sum() for r in reward], rtol=1e-5)
    np.testing.assert_allclose(below, [mass[reward < r].sum() for r in reward], rtol=1e-5)


# Sums and ranks


SIZES = [1, 2, 3, 10, 100, 1023, 1024, 1025, 2048, 3001, 4095, 4097, 5000]


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_prefix_sum_is_numpys(rng, size):
    """Exact for integers, in columns and below 1,024 elements without; floats to the single
    precision of the whole."""
    x = rng.integers(-1000, 1000, size)
    both = jax.jit(lambda x, y: (prefix_sum(x), prefix_sum(y)))
    whole, parts = both(jnp.asarray(x), jnp.asarray(np.abs(x) / 1000))
    np.testing.assert_array_equal(whole, np.cumsum(x))
    sums = np.cumsum(np.abs(x) / 1000)
    np.testing.assert_allclose(parts, sums, atol=5e-7 * sums[-1])


def test_bits_for_holds_the_largest():
    """The bits of bound - 1, at least 1, by Python integers."""
    for bound in [1, 2, 3, 4, 5, 1023, 1024, 1025, 40_000, 65_536, 65_537, 2**30, 2**30 + 1, 2**31]:
        assert bits_for(bound) == max(1, (bound - 1).bit_length())


def test_pack_refuses_what_does_not_fit():
    zero = jnp.zeros(3, jnp.int32)
    with pytest.raises(UserError, match="do not fit 64 bits"):
        pack([(zero, 2**31), (zero, 2**31), (zero, 8)])
    assert pack([(zero + 1, 2**31), (zero, 2**31), (zero + 3, 4)]).dtype == np.uint64


@pytest.mark.parametrize("bounds", [(1,), (7,), (5, 3), (1000, 2, 50_000), (2**31 - 1, 4)])
def test_dense_rank_is_numpys_unique(rng, bounds):
    """Ranks among the distinct tuples in lexicographic order, and a stable sorting order."""
    parts = [rng.integers(0, bound, M) for bound in bounds]
    parts[0][: M // 2] = parts[0][M // 2 :]
    for part, bound in zip(parts, bounds, strict=True):
        part[0] = bound - 1  # the largest value
    rank, order = jax.jit(lambda parts: dense_rank(list(zip(parts, bounds, strict=True))))(
        [jnp.asarray(part, jnp.int32) for part in parts]
    )
    table = np.stack(parts, 1)
    _, inverse = np.unique(table, axis=0, return_inverse=True)
    np.testing.assert_array_equal(rank, inverse)
    np.testing.assert_array_equal(order, np.lexsort(parts[::-1]))


@pytest.mark.parametrize(
    ("rows", "columns", "bound"),
    [
        (1, 1, 5),
        (1, 4, 5),
        (50, 1, 5),
        (50, 1, 1000),
        (200, 14, 3),
        (200, 7, 60_000),
        (90, 64, 99),
        (50, 5, 1 << 30),
    ],
)
def test_row_ranks_are_numpys_unique(rng, rows, columns, bound):
    """Equal rows and only they have equal numbers, below the number of rows and in order."""
    base = rng.integers(0, bound, (max(rows // 3, 1), columns))
    base[0, -1] = bound - 1
    table = base[rng.integers(0, len(base), rows)]
    table[: rows // 4, -1] = 0  # rows that differ in their last column alone
    numbers = np.asarray(jax.jit(row_ranks, static_argnums=1)(jnp.asarray(table), bound))
    assert numbers.shape == (rows,)
    assert 0 <= numbers.min() <= numbers.max() < max(rows, bound if columns == 1 else 0)
    _, inverse = np.unique(table, axis=0, return_inverse=True)
    np.testing.assert_array_equal(numbers[:, None] < numbers, inverse[:, None] < inverse)
    np.testing.assert_array_equal(numbers[:, None] == numbers, inverse[:, None] == inverse)


def test_row_ranks_stay_below_the_number_of_rows(rng):
    """Also where a row is a single token of a large vocabulary."""
    table = rng.integers(0, 10_000, (40, 1))
    assert int(row_ranks(jnp.asarray(table), 10_000).max()) < 40


@pytest.mark.parametrize("size", [1, 31, 32, 33, 1025, 40_000])
def test_running_count_is_numpys_cumulative_sum(rng, size):
    """Of few and many, of none and all; the width of its rows or one more."""
    for mask in (rng.random(size) < 0.3, np.ones(size, bool), np.zeros(size, bool)):
        found = jax.jit(running_count)(jnp.asarray(mask))
        assert found.dtype == jnp.int32
        np.testing.assert_array_equal(found, np.cumsum(mask))


def test_run_lengths_count_the_valid_ones(rng):
    """Like numpy's unique counts on sorted keys, with a share of them left out."""
    key = np.sort(rng.integers(0, 40, M)).astype(np.uint32)
    valid = rng.random(M) < 0.7
    start = starts_of_runs(jnp.asarray(key))
    found = np.asarray(run_lengths(start, jnp.asarray(valid)))
    expected = [valid[key == value].sum() for value in np.unique(key)]
    np.testing.assert_array_equal(found[: len(expected)], expected)
    assert (found[len(expected) :] == 0).all()


def test_multiply_high_is_exact(rng):
    """floor(a b / 2^32) by Python integers, at random and at the edges."""
    edges = np.array([0, 1, 2, 0xFFFF, 0x10000, 0x10001, 2**31 - 1, 2**31, 2**32 - 1], np.uint64)
    a, b = (x.ravel() for x in np.meshgrid(edges, edges))
    a, b = (np.concatenate([x, rng.integers(0, 2**32, 5000, np.uint64)]) for x in (a, b))
    found = jax.jit(multiply_high)(jnp.asarray(a, jnp.uint32), jnp.asarray(b, jnp.uint32))
    expected = [x * y >> 32 for x, y in zip(a.tolist(), b.tolist(), strict=True)]
    np.testing.assert_array_equal(np.asarray(found, np.uint64), expected)
    assert found.dtype == jnp.uint32
