"""Laws of categorical chains against enumeration, plain NumPy chains and each other."""

import itertools

import numpy as np
import pytest

from collapse.laws import categorical as law, categorical_mixes as mixes

LIMIT = 4.5
P = np.array([0.5, 0.3, 0.15, 0.05])
H0 = 1 - P @ P
SEEDS = 20_000


def z_of_mean(sample, expected):
    gap = np.asarray(sample, float) - expected
    return gap.mean(0) / (gap.std(0, ddof=1) / np.sqrt(len(gap)))


def errors(p):
    return ((p - P) ** 2).sum(1)


def assert_law(sample, expected, wrong):
    """The sample (S, G) has the expected means, and each of the wrong ones is told apart."""
    assert np.abs(z_of_mean(sample, expected)).max() < LIMIT
    for other in wrong:
        assert np.abs(z_of_mean(sample, other)).max() > LIMIT


# Reference values


def test_reference_values():
    """100 items, 50 outcomes ~ 1/i; drift by 1 - 1/n; fixation of p = 0.2; fresh data."""
    p = 1 / np.arange(1, 51)
    found = law.replace_support(p / p.sum(), 100, 30)
    np.testing.assert_allclose(found[[0, 1, 5, 30]], [50, 31.767, 16.838, 5.394], atol=5e-4)
    found = law.replace_heterozygosity([5, 30], 100)
    np.testing.assert_allclose(found, [0.9510, 0.7397], atol=5e-5)
    found = law.accumulate_heterozygosity([1, 5, 20], 10)
    np.testing.assert_allclose(found, [0.9, 0.858877, 0.847560], atol=5e-7)
    assert law.accumulate_limit(10) == pytest.approx(0.843436, abs=5e-7)
    assert law.fixation_time_diffusion(0.2, 100) == pytest.approx(100.1, abs=0.05)
    assert mixes.fresh_population_limit(50, 50, 0.3) == pytest.approx(1.924, abs=5e-4)
    ratio = mixes.fixed_mix_distance([6], 400, 100, np.full(20, 0.05))
    assert ratio / mixes.fixed_mix_limit(400, 100, 0.95) == pytest.approx(0.003621 / 0.003833, 1e-3)


# Enumeration and exact algebra


def histories(p, n, generations):
    """{counts: chance} of every chain of n draws, by brute force, for t = 1..generations."""
    laws, now = [], {tuple(p * n): 1.0}
    for _ in range(generations):
        following: dict = {}
        for counts, chance in now.items():
            for draw in itertools.product(range(len(p)), repeat=n):
                new = tuple(np.bincount(draw, minlength=len(p)).astype(float))
                step = chance * np.prod([counts[i] / n for i in draw])
                following[new] = following.get(new, 0) + step
        now = following
        laws.append(now)
    return laws


def test_survival_fixation_and_collision_by_enumeration():
    p, n = np.array([0.5, 0.3, 0.2]), 3
    survival, fixed = law.survival(p, n, 3), law.fixed_by(p, n, 3)
    for t, chances in enumerate(histories(p, n, 3), 1):
        left = sum(np.array(c) * (np.array(k) > 0) for k, c in chances.items())
        only = sum(np.array(c) * (np.array(k) == n) for k, c in chances.items())
        same = sum(c * sum(x * x for x in k) / n**2 for k, c in chances.items())
        np.testing.assert_allclose(survival[t], left)
        np.testing.assert_allclose(fixed[t], only, atol=1e-12)
        assert law.replace_collision(t, n, p @ p) == pytest.approx(same)
    assert survival[0].tolist() == [1, 1, 1]
    assert not np.allclose(survival[1], survival[2], rtol=1e-2)


def test_survival_of_sure_and_impossible_outcomes():
    assert law.survival(np.array([0.0, 1.0]), 7, 3).tolist() == [[0, 1]] * 4
    assert law.fixed_by(np.array([0.0, 1.0]), 7, 3).tolist() == [[0, 1]] * 4


def test_the_chain_ends_in_each_outcome_with_its_probability():
    np.testing.assert_allclose(law.fixed_by(P, 12, 400)[-1], law.absorption_probability(P))
    np.testing.assert_allclose(law.replace_support(P, 12, 400)[-1], 1)


def test_fixation_time_is_the_sum_of_the_chances_to_be_undecided():
    """E[T] = sum_t P(T > t); and the diffusion is near it, not equal."""
    for n, p in ((10, 0.2), (40, 0.5)):
        decided = law.fixed_by(np.array([p, 1 - p]), n, 3_000).sum(1)
        assert law.fixation_time(p, n) == pytest.approx((1 - decided).sum(), rel=1e-6)
    exact, limit = law.fixation_time(0.2, 100), law.fixation_time_diffusion(0.2, 100)
    assert exact == pytest.approx(limit, rel=0.02)
    assert abs(exact - limit) > 1
    errors = [
        law.fixation_time_diffusion(0.3, n) / law.fixation_time(0.3, n) - 1 for n in (25, 200)
    ]
    assert errors[0] > 5 * errors[1] > 0


def test_urns_of_any_batch():
    """The limits by long products; n / (n + 1) of the Dirichlet; the sine."""
    for n, batch in ((10, None), (12, 5), (7, 1), (2, 2)):
        near = law.accumulate_heterozygosity(300_000, n, 0.7, batch)
        assert float(near) == pytest.approx(law.accumulate_limit(n, 0.7, batch), rel=1e-4)
    limit = law.accumulate_limit(9, 1.0, 1)
    assert limit == pytest.approx((1 - 1 / 9) * 9 / 10)
    assert limit != pytest.approx((1 - 1 / 9) * 10 / 11, rel=1e-3)


# Plain NumPy chains


def test_accumulated_urns_against_numpy():
    """6 real rows, 2 new ones a generation."""
    rng, n, batch = np.random.default_rng(0), 6, 2
    counts, found = rng.multinomial(n, P, SEEDS), []
    for _ in range(5):
        p = counts / counts.sum(1, keepdims=True)
        found.append(1 - (p**2).sum(1))
        counts = counts + rng.multinomial(batch, p)
    t = np.arange(1, 6)
    wrong = law.accumulate_heterozygosity(t, n, H0), law.accumulate_heterozygosity(t, n, H0, 1)
    expected = law.accumulate_heterozygosity(t, n, H0, batch)
    assert_law(np.stack(found, 1), expected, wrong)


def test_subsampled_pools_against_numpy():
    """6 rows without replacement out of 6 t; told from accumulate, replace and one generation."""
    rng, n = np.random.default_rng(1), 6
    pool, found = rng.choice(4, p=P, size=(SEEDS, n)), []
    for _ in range(5):
        chosen = rng.permuted(pool, axis=1)[:, :n]
        counts = np.stack([(chosen == k).sum(1) for k in range(4)], 1)
        found.append(1 - ((counts / n) ** 2).sum(1))
        picks = rng.integers(0, n, (SEEDS, n))
        pool = np.concatenate([pool, np.take_along_axis(chosen, picks, 1)], 1)
    t = np.arange(1, 6)
    wrong = [law.accumulate_heterozygosity(t, n, H0), law.replace_heterozygosity(t, n, H0)]
    wrong.append(law.subsample_heterozygosity(t + 1, n, H0))
    assert_law(np.stack(found, 1), law.subsample_heterozygosity(t, n, H0), wrong)


def chain(step, first, generations=6):
    p, found = first, []
    for _ in range(generations):
        found.append(errors(p))
        p = step(p)
    return np.stack(found, 1)


N, REAL = 12, 5
MADE = N - REAL
T = np.arange(1, 7)


def test_fresh_rows_of_random_source_against_numpy():
    rng, share = np.random.default_rng(2), 0.3
    start = rng.multinomial(N, P, SEEDS) / N
    found = chain(lambda p: rng.multinomial(N, share * P + (1 - share) * p) / N, start)
    wrong = [mixes.fresh_population_error(T + 1, N, H0, share)]
    wrong.append(mixes.fresh_population_error(T, N, H0, 0.33))
    assert_law(found, mixes.fresh_population_error(T, N, H0, share), wrong)
    expected = mixes.fresh_population_error(T, N, H0, np.full(6, share))
    np.testing.assert_array_equal(expected, mixes.fresh_population_error(T, N, H0, share))
    late = mixes.fresh_population_error(200, N, H0, share)
    assert float(late) == pytest.approx(mixes.fresh_population_limit(N, H0, share))
    remaining = mixes.remaining_heterozygosity(mixes.fresh_population_error(T, N, H0, 0), H0)
    np.testing.assert_allclose(remaining, law.replace_heterozygosity(T, N, H0))


@pytest.mark.parametrize("weight", [None, 0.7])
def test_fresh_rows_of_fixed_number_against_numpy(weight):
    rng, w = np.random.default_rng(3), REAL / N if weight is None else weight

    def step(p):
        real, made = rng.multinomial(REAL, P, SEEDS) / REAL, rng.multinomial(MADE, p) / MADE
        return w * real + (1 - w) * made

    found = chain(step, rng.multinomial(N, P, SEEDS) / N)
    wrong = [mixes.fresh_mix_error(T + 1, N, H0, REAL, weight)]
    wrong.append(mixes.fresh_mix_error(T, N, H0, REAL, w + 0.1))
    assert_law(found, mixes.fresh_mix_error(T, N, H0, REAL, weight), wrong)
    late = float(mixes.fresh_mix_error(300, N, H0, REAL, weight))
    assert late == pytest.approx(mixes.fresh_mix_limit(N, H0, REAL, weight))


def test_fixed_and_random_numbers_of_fresh_rows_differ():
    """By (s / n)(r / n^2) R, exactly, and all-real mixes stay at the first fit's error."""
    fixed = mixes.fresh_mix_error([1, 2], N, H0, REAL)
    random = mixes.fresh_population_error([1, 2], N, H0, REAL / N)
    assert random[1] - fixed[1] == pytest.approx(MADE / N * REAL / N**2 * fixed[0])
    np.testing.assert_allclose(mixes.fresh_mix_error(T, N, H0, N), H0 / N)
    replaced = law.replace_heterozygosity(T, N, H0)
    for every in (mixes.fresh_mix_error, mixes.fixed_mix_error, mixes.real_keep_error):
        np.testing.assert_allclose(H0 - every(T, N, H0, 0), replaced)


def test_fixed_real_rows_against_numpy():
    """The first generation has all the real rows, later ones the same 5 of them."""
    rng = np.random.default_rng(4)
    kept, rest = rng.multinomial(REAL, P, SEEDS), rng.multinomial(MADE, P, SEEDS)
    found = chain(lambda p: (kept + rng.multinomial(MADE, p)) / N, (kept + rest) / N)
    wrong = [mixes.fresh_mix_error(T, N, H0, REAL), mixes.real_keep_error(T, N, H0, REAL)]
    assert_law(found, mixes.fixed_mix_error(T, N, H0, REAL), wrong)
    late = float(mixes.fixed_mix_error(500, N, H0, REAL))
    noise = mixes.fixed_mix_limit(N, REAL, H0 * (1 - 1 / REAL))
    assert late == pytest.approx(H0 / REAL + noise)


def test_fixed_real_rows_given_the_rows_against_numpy():
    rng = np.random.default_rng(5)
    kept, rest = np.array([3, 1, 1, 0]), np.array([2, 3, 1, 1])
    q, first = kept / REAL, (kept + rest) / N
    p, found = np.tile(first, (SEEDS, 1)), []
    for _ in T:
        found.append(((p - q) ** 2).sum(1))
        p = (kept + rng.multinomial(MADE, p)) / N
    expected = mixes.fixed_mix_distance(T, N, REAL, q, first)
    assert_law(np.stack(found, 1)[:, 1:], expected[1:], [expected[:-1]])
    assert found[0][0] == pytest.approx(expected[0])
    assert np.isnan(mixes.fixed_mix_distance(0, N, REAL, q))
    limit = float(mixes.fixed_mix_distance(300, N, REAL, q, first))
    assert limit == pytest.approx(mixes.fixed_mix_limit(N, REAL, 1 - q @ q))


def test_random_real_rows_against_numpy():
    """5 of the 12 real rows, other ones every generation, without replacement."""
    rng = np.random.default_rng(6)
    rows = rng.choice(4, p=P, size=(SEEDS, N))

    def frequencies(rows):
        return np.stack([(rows == k).sum(1) for k in range(4)], 1)

    def step(p):
        kept = frequencies(rng.permuted(rows, axis=1)[:, :REAL])
        return (kept + rng.multinomial(MADE, p)) / N

    found = chain(step, frequencies(rows) / N)
    wrong = [mixes.fixed_mix_error(T, N, H0, REAL), mixes.fresh_mix_error(T, N, H0, REAL)]
    assert_law(found, mixes.real_keep_error(T, N, H0, REAL), wrong)


# Fine-tuning, and shares of real rows that change


@pytest.mark.parametrize("start", ["previous", "base"])
def test_fine_tuning_in_plain_numpy(start):
    """Six rows and five items' worth of the last model, or of the first fit; six of it are told."""
    of = {"previous": law.fine_tuned_heterozygosity, "base": law.restarted_heterozygosity}[start]
    rng, n, prior, times = np.random.default_rng(5), 6, 5.0, np.arange(1, 6)
    first = rng.multinomial(n, P, size=SEEDS) / n
    p, found = first, [1 - (first**2).sum(1)]
    for _ in times[1:]:
        drawn = np.array([rng.multinomial(n, row) for row in p])
        p = (drawn + prior * (p if start == "previous" else first)) / (n + prior)
        found.append(1 - (p**2).sum(1))
    sample = np.stack(found, 1)
    assert np.abs(z_of_mean(sample, of(times, n, prior, H0))).max() < LIMIT
    assert np.abs(z_of_mean(sample, of(times, n, prior + 1, H0))).max() > LIMIT
    assert of(0, n, prior, H0) == H0
    expected = law.replace_heterozygosity(times, n, H0)
    np.testing.assert_allclose(of(times, n, 0.0, H0), expected, rtol=1e-12)


def test_fine_tuning_of_the_first_fit_settles():
    a, n = 6 / 11, 6
    limit = H0 * (1 - 1 / n) * (1 - a**2) / (1 - a**2 * (1 - 1 / n))
    assert law.restarted_heterozygosity(200, n, 5.0, H0) == pytest.approx(limit, rel=1e-12)


def test_a_share_of_real_rows_that_changes_in_plain_numpy():
    rng, n, real, times = np.random.default_rng(6), 6, np.array([1, 1, 4, 4, 4]), np.arange(1, 6)
    p, found = rng.multinomial(n, P, size=SEEDS) / n, []
    for t in times:
        if t > 1:
            r = real[t - 1]
            said = np.array([rng.multinomial(n - r, row) for row in p])
            p = (rng.multinomial(r, P, size=SEEDS) + said) / n
        found.append(errors(p))
    late = np.array([1, 1, 1, 4, 4])
    wrong = [mixes.fresh_mix_error(times, n, H0, other) for other in (late, 1, 4)]
    assert_law(np.stack(found, 1), mixes.fresh_mix_error(times, n, H0, real), wrong)
    constant = mixes.fresh_mix_error(times, n, H0, np.full(5, 4))
    np.testing.assert_array_equal(constant, mixes.fresh_mix_error(times, n, H0, 4))
