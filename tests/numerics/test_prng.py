"""Random numbers: jax's own, to the bit, and chi-squares by their distribution."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from collapse.numerics.prng import chi_square, many_bits, normal, straight, two_uniforms
from collapse.numerics.pytree import seed_keys

DRAWS = {
    "normal": lambda key: jax.random.normal(key, (101,)),
    "bytes": lambda key: jax.random.bits(key, (7, 3), jnp.uint8),
    "split": lambda key: jax.random.key_data(jax.random.split(key, (3, 2))),
    "fold": lambda key: jax.random.uniform(jax.random.fold_in(key, 12_345), (5,)),
    "seeds": lambda key: jax.vmap(lambda i: jax.random.normal(jax.random.fold_in(key, i), (4,)))(
        jnp.arange(5)
    ),
    "order": lambda key: jax.random.permutation(key, 17),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWS)
def test_straight_keys_draw_the_numbers_of_jax(name):
    """Every function of jax.random, one key or many; another key draws others."""
    draw = jax.jit(DRAWS[name])
    for seed in (0, 7, 2**31):
        key = jax.random.key(seed)
        np.testing.assert_array_equal(draw(key), draw(straight(key)))
    assert (np.asarray(draw(jax.random.key(1))) != np.asarray(draw(straight(key)))).any()


def test_sixty_four_bits():
    with jax.enable_x64(True):
        key = jax.random.key(5)
        a, b = (jax.random.normal(k, (9,)) for k in (key, straight(key)))
        assert a.dtype == jnp.float64
        np.testing.assert_array_equal(a, b)


def test_keys_of_other_generators_are_left_alone():
    key = jax.random.key(0, impl="rbg")
    assert jax.random.key_impl(straight(key)) == jax.random.key_impl(key)
    assert len(seed_keys(key, range(3))) == 3
    assert normal(key, (3,)).shape == many_bits(key, 3).shape == (3,)


@pytest.mark.slow
@pytest.mark.parametrize("df", [1, 2, 3, 9, 99, 99_999])
def test_chi_squares_follow_their_distribution(df):
    """By Kolmogorov and Smirnov; told from the neighbouring number of degrees."""
    sample = np.asarray(chi_square(straight(jax.random.key(1)), df, (200_000,)), float)
    assert stats.kstest(sample, stats.chi2(df).cdf).pvalue > 1e-3
    if df < 1000:
        assert stats.kstest(sample, stats.chi2(df + 1).cdf).pvalue < 1e-6


def test_chi_squares_of_many_freedoms_at_once():
    """Every element by its own freedom, traced; 0 degrees are 0."""
    df = jnp.array([0.0, 1.0, 4.0, 50.0])
    keys = jax.random.split(jax.random.key(2), 20_000)
    sample = np.asarray(jax.jit(jax.vmap(lambda key: chi_square(key, df, (4,))))(keys))
    assert (sample[:, 0] == 0).all()
    z = (sample.mean(0) - np.array(df))[1:] / np.sqrt(2 * np.array(df)[1:] / len(keys))
    assert np.abs(z).max() < 4.5
    assert np.abs(np.corrcoef(sample[:, 1:].T) - np.eye(3)).max() < 4.5 / np.sqrt(len(keys))


@pytest.mark.slow
def test_normals_and_bits_use_both_words():
    """Standard normal, whatever the size is; halves independent of each other."""
    for size in (1, 2, 7, 200_001):
        assert normal(jax.random.key(3), (size,)).shape == many_bits(jax.random.key(3), size).shape
    sample = np.asarray(normal(straight(jax.random.key(3)), (200_000,)), float)
    assert stats.kstest(sample, stats.norm.cdf).pvalue > 1e-3
    assert abs(np.corrcoef(sample[:100_000], sample[100_000:])[0, 1]) < 4.5 / np.sqrt(1e5)
    first, second = two_uniforms(straight(jax.random.key(4)), (50_000,))
    assert abs(np.corrcoef(first, second)[0, 1]) < 4.5 / np.sqrt(5e4)
    bits = np.asarray(many_bits(straight(jax.random.key(5)), 100_000))
    ones = np.unpackbits(bits.view(np.uint8)).reshape(len(bits), 32).mean(0)
    assert np.abs(ones - 0.5).max() < 4.5 * 0.5 / np.sqrt(len(bits))


def test_a_key_is_worked_out_before_the_numbers_it_gives():
    """Not again for each of them, in one loop with them, which LLVM takes minutes to see through:
    no fused computation holds more than the one hash of a number."""

    def flipped(key, t, x):
        key = jax.random.fold_in(jax.random.fold_in(key, t), 3)
        sign = jax.random.uniform(jax.random.split(key)[1], (len(x), 1)) < 0.5
        return jnp.where(sign, -x, x).var()

    made = jax.jit(flipped).lower(straight(jax.random.key(0)), 5, jnp.ones((24, 2))).compile()
    hashes = [part.count(" xor(") for part in made.as_text().split("\n\n") if "[24" in part]
    assert 20 <= max(hashes) < 2 * 20  # the rounds of one hash
