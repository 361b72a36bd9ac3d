"""Laws of slow and growing training sets, against plain NumPy chains and each other."""

import numpy as np
import pytest

from collapse.laws import categorical_growing as law
from collapse.laws.categorical import accumulate_heterozygosity, replace_heterozygosity
from collapse.laws.categorical_mixes import fixed_mix_error

LIMIT = 4.5
P = np.array([0.5, 0.3, 0.15, 0.05])
H0 = 1 - P @ P
N, SEEDS = 12, 20_000
T = np.arange(1, 7)


def z_of_mean(sample, expected):
    gap = np.asarray(sample, float) - expected
    return gap.mean(0) / (gap.std(0, ddof=1) / np.sqrt(len(gap)))


def chain(absorb, select=lambda rng, pool, t: pool, seed=0):
    """(S, 6) H_t of rows that copy random rows of the training set; absorb gives the next pool."""
    rng = np.random.default_rng(seed)
    pool, found = rng.choice(4, p=P, size=(SEEDS, N)), []
    for t in T:
        data = select(rng, pool, t)
        p = np.stack([(data == k).mean(1) for k in range(4)], 1)
        found.append(1 - (p**2).sum(1))
        pool = absorb(rng, pool, data, t)
    return np.stack(found, 1)


def copies(rng, data, count):
    return np.take_along_axis(data, rng.integers(0, data.shape[1], (SEEDS, count)), 1)


def assert_law(sample, expected, wrong):
    assert np.abs(z_of_mean(sample, expected)).max() < LIMIT
    for other in wrong:
        assert np.abs(z_of_mean(sample, other)).max() > LIMIT


def test_replaced_by_as_many_rows_as_there_would_be():
    found = chain(lambda rng, pool, data, t: copies(rng, data, (t + 1) * N))
    wrong = [law.replace_multiple_heterozygosity(T + 1, N, H0)]
    wrong += [accumulate_heterozygosity(T, N, H0), replace_heterozygosity(T, N, H0)]
    assert_law(found, law.replace_multiple_heterozygosity(T, N, H0), wrong)


@pytest.mark.parametrize("new", [3, 12])
def test_a_random_part_of_the_rows_replaced(new):
    def absorb(rng, pool, data, t):
        kept = rng.permuted(pool, axis=1)[:, : N - new]
        return np.concatenate([kept, copies(rng, data, new)], 1)

    wrong = [law.incremental_heterozygosity(T + 1, N, new, H0)]
    wrong.append(law.incremental_heterozygosity(T, N, new // 2, H0))
    assert_law(chain(absorb), law.incremental_heterozygosity(T, N, new, H0), wrong)


def test_limits_of_a_part_replaced():
    every = law.incremental_heterozygosity(T, N, N, H0)
    np.testing.assert_allclose(every, replace_heterozygosity(T, N, H0))
    one = law.incremental_heterozygosity(np.array([1, 2]), N, 1, H0)
    assert one[1] / one[0] == pytest.approx(1 - 2 / N**2)
    assert law.incremental_heterozygosity(0, N, 3, H0) == H0


def test_growing_with_real_rows():
    made = 8

    def absorb(rng, pool, data, t):
        real = rng.choice(4, p=P, size=(SEEDS, N - made))
        return np.concatenate([pool, copies(rng, data, made), real], 1)

    expected = law.expanding_heterozygosity(T, N, made, H0)
    wrong = [law.expanding_heterozygosity(T + 1, N, made, H0)]
    wrong += [law.expanding_heterozygosity(T, N, N, H0)]
    assert_law(chain(absorb), expected, wrong)
    every = law.expanding_heterozygosity(T, N, N, H0)
    np.testing.assert_allclose(every, accumulate_heterozygosity(T, N, H0))
    fresh = law.expanding_heterozygosity(T, N, 0, H0)
    np.testing.assert_allclose(fresh, H0 * (1 - 1 / (N * T)))


def test_parts_of_every_generation():
    """The first rows of each; parts of 12 // t rows or one more."""

    def select(rng, pool, t):
        ends = [b * N // t for b in range(t + 1)]
        every = [pool[:, b * N : b * N + ends[b + 1] - ends[b]] for b in range(t)]
        return np.concatenate(every, 1)

    def absorb(rng, pool, data, t):
        return np.concatenate([pool, copies(rng, data, N)], 1)

    wrong = [law.balanced_heterozygosity(T + 1, N, H0), replace_heterozygosity(T, N, H0)]
    wrong.append(accumulate_heterozygosity(T, N, H0))
    assert_law(chain(absorb, select), law.balanced_heterozygosity(T, N, H0), wrong)


def test_traced_rows_give_the_closed_forms():
    """Replace, accumulate, and a fixed half of real rows."""
    last = [np.arange(N) + (t - 1) * N for t in T]
    found = law.traced_heterozygosity(last, N, H0)
    np.testing.assert_allclose(found[1:], replace_heterozygosity(T, N, H0))
    every = law.traced_heterozygosity([np.arange(t * N) for t in T], N, H0)
    np.testing.assert_allclose(every[1:], accumulate_heterozygosity(T, N, H0))
    half = [np.arange(N)] + [np.r_[0:5, t * N : t * N + 7] for t in range(1, 6)]
    expected = H0 - fixed_mix_error(T, N, H0, 5)
    np.testing.assert_allclose(law.traced_heterozygosity(half, N, H0)[1:], expected)
