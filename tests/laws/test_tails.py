"""Laws of memories and tables against reference numbers, exact chains, scipy and plain NumPy."""

import itertools

import numpy as np
import pytest
from scipy import stats

from collapse.laws import tails as law

LIMIT = 4.5


@pytest.fixture(scope="module")
def zipf():
    """p_i ~ i^-1.5 on two million outcomes."""
    return law.power_law(2_000_000, 1.5)


def test_reference_values_of_one_memory(zipf):
    """Clean, behind a cut, and behind a cut with 1 % real data."""
    rows = 10.0 ** np.arange(2, 7)
    clean = [0.2019, 0.0936, 0.0432, 0.0198, 0.0089]
    np.testing.assert_allclose(law.memory_error(zipf, zipf, rows), clean, atol=5.1e-5)
    behind = {
        10: (0.2358, [0.2448, 0.2358, 0.2358, 0.2358, 0.2358]),
        100: (0.0759, [0.1975, 0.0982, 0.0760, 0.0759, 0.0759]),
        1000: (0.0237, [0.2003, 0.0930, 0.0436, 0.0251, 0.0237]),
    }
    for kept, (floor, expected) in behind.items():
        found = law.memory_error(zipf, law.cut_tail(zipf, kept), rows)
        np.testing.assert_allclose(found, expected, atol=5.1e-5)
        assert law.tail_mass(zipf, kept) == pytest.approx(floor, abs=5e-5)
    training = law.mixed(zipf, law.cut_tail(zipf, 100), 0.01)
    found = law.memory_error(zipf, training, np.append(rows, 1e7))
    np.testing.assert_allclose(found, [0.1975, 0.0981, 0.0752, 0.0693, 0.0430, 0.0198], atol=5.1e-5)


def test_reference_values_of_generations():
    """1,000 items a generation; the error grows like t^(1/3), not like t."""
    p, t = law.power_law(200_000, 1.5), np.arange(1, 10)
    found = law.generation_error(t, p, 1000)
    expected = [0.0925, 0.1081, 0.1197, 0.1291, 0.1373, 0.1445, 0.1510, 0.1570, 0.1625]
    np.testing.assert_allclose(found, expected, atol=5.1e-5)
    assert found[-1] / found[0] == pytest.approx(1.76, abs=5e-3)
    exact = law.generation_error_exact(p, 1000, 9)
    gap = found - exact[1:]
    assert (gap >= 0).all()
    assert (gap <= law.generation_error_gap(t, p, 1000)).all()
    assert (gap < 3e-4).all()
    assert exact[0] == law.generation_error(0, p, 1000) == 0


def test_generations_by_enumeration():
    """Three items of three outcomes, the memory tested on two: all histories."""
    p, error, now = np.array([0.6, 0.3, 0.1]), [0.0], {(0.6, 0.3, 0.1): 1.0}
    for _ in range(3):
        error.append(sum(c * (p @ (1 - np.array(q)) ** 2) for q, c in now.items()))
        following: dict = {}
        for q, chance in now.items():
            for draw in itertools.product(range(3), repeat=3):
                new = tuple(np.bincount(draw, minlength=3) / 3)
                step = chance * np.prod([q[i] for i in draw])
                following[new] = following.get(new, 0) + step
        now = following
    np.testing.assert_allclose(law.generation_error_exact(p, 3, 3, 2), error)
    assert not np.allclose(law.generation_error_exact(p, 3, 3), error, rtol=0.05)


def test_generations_against_numpy():
    rng, rows, seeds = np.random.default_rng(0), 40, 4_000
    p = law.power_law(60, 1.5)
    now, found = np.tile(p, (seeds, 1)), []
    for _ in range(5):
        now = rng.multinomial(rows, now) / rows
        found.append((now == 0) @ p)
    found = np.stack(found, 1)
    exact = law.generation_error_exact(p, rows, 6)
    error = found.std(0) / np.sqrt(seeds)
    assert (np.abs(found.mean(0) - exact[1:6]) < LIMIT * error).all()
    assert (np.abs(found.mean(0) - exact[2:]) > LIMIT * error).all()


def test_scaling_with_its_constants(zipf):
    """Within 3 / (e T) on endless supports: the same exponent, and a narrower training law."""
    rows = np.array([1e2, 1e3, 1e4])
    steep = law.power_law(1_000_000, 2.0)
    gap = np.abs(law.memory_error(steep, steep, rows) - law.scaling_error(rows, 2.0))
    assert (gap < 3 / (np.e * rows)).all()
    narrow = law.power_law(1_000_000, 3.0)
    found = law.memory_error(steep, narrow, rows)
    np.testing.assert_allclose(found, law.scaling_error(rows, 2.0, 3.0), rtol=3e-3)
    slope = np.polyfit(np.log(rows), np.log(found), 1)[0]
    assert slope == pytest.approx(-law.scaling_exponent(2.0, 3.0), abs=2e-3)
    assert law.scaling_exponent(1.5) == pytest.approx(1 / 3)
    assert law.scaling_exponent(2.0, 3.0) < law.scaling_exponent(2.0)  # narrower is slower
    cut = law.effective_cut(1e4, 2.0)
    floor = law.tail_mass(steep, round(cut))
    assert floor == pytest.approx(law.scaling_error(1e4, 2.0), rel=0.02)
    assert law.effective_cut(1.6e5, 2.0) == pytest.approx(4 * cut)


def test_growth_over_generations_is_a_power():
    """E_t / E_1 tends to g_t^-c where the support is endless for the rows."""
    p = law.power_law(1_000_000, 2.0)
    found = law.generation_error([1, 10], p, 10_000)
    assert found[1] / found[0] == pytest.approx(0.172255**-0.5, rel=0.02)
    assert found[1] / found[0] < 3


@pytest.mark.parametrize("n", [1, 2, 7, 50])
def test_mean_deviation_is_the_binomials(n):
    for p in (0, 0.01, 1 / 7, 0.3, 0.5, 0.999, 1):
        k = np.arange(n + 1)
        expected = stats.binom(n, p).pmf(k) @ np.abs(k / n - p)
        assert law.mean_deviation(n, p) == pytest.approx(expected, abs=1e-12)
        if 0 < p < 1:
            assert law.mean_deviation(2 * n, p) < expected * (1 - 1e-6)


def test_row_variation_against_numpy():
    rng, p = np.random.default_rng(1), law.power_law(30, 1.5)
    found = 0.5 * np.abs(rng.multinomial(25, p, 40_000) / 25 - p).sum(1)
    error = found.std() / 200
    assert abs(found.mean() - law.row_variation(p, 25)) < LIMIT * error
    assert abs(found.mean() - law.row_variation(p, 26)) > LIMIT * error


def test_exponents_of_tables():
    """Total variation of a row falls as n^-min(1 - 1/b, 1/2)."""
    for exponent in (1.5, 4.0):
        p = law.power_law(300_000, exponent)
        found = [law.row_variation(p, n) for n in (1_000, 100_000)]
        slope = np.log(found[0] / found[1]) / np.log(100)
        assert slope == pytest.approx(law.bigram_exponent(exponent), abs=0.02)


def test_bigram_variation_against_numpy():
    """Contexts of unequal chance, some never met in 12 pairs."""
    rng, seeds = np.random.default_rng(2), 20_000
    p = rng.dirichlet(np.ones(4), 4)
    context, unseen = np.array([0.5, 0.3, 0.15, 0.05]), np.full((4, 4), 0.25)
    pairs = rng.multinomial(12, (context[:, None] * p).ravel(), seeds).reshape(-1, 4, 4)
    met = pairs.sum(2, keepdims=True)
    table = np.where(met > 0, pairs / np.maximum(met, 1), unseen)
    found = 0.5 * np.abs(table - p).sum(2)
    error = found.std(0) / np.sqrt(seeds)
    assert (
        np.abs(found.mean(0) - law.bigram_variation(p, context, 12, unseen)) < 4.5 * error
    ).all()
    wrong = law.bigram_variation(p, context, 11, unseen)
    assert (np.abs(found.mean(0) - wrong) > LIMIT * error).any()
