"""Laws of policy gradients and over-optimisation against draws, enumeration and iteration."""

import numpy as np
import pytest
from scipy import optimize, special, stats

from collapse.laws.choice import best_of_kl
from collapse.laws.gradient import (
    best_of_hump,
    best_of_moments,
    entropy_change,
    gradient_hump,
    grpo_fixed_points,
    grpo_holds,
    grpo_step,
    kl_optimum,
    outcome_signal,
    process_signal,
    regressional_gold,
    tolerable_flip,
    toy_gold_best_of,
    toy_gold_tilt,
    toy_hump,
    vanilla_direction,
)

LIMIT = 4.5


def outcome_by_hand(q, steps, baseline):
    """Every one of 2^T trajectories."""
    right = (np.arange(2**steps)[:, None] >> np.arange(steps)) & 1
    chance = np.where(right, q, 1 - q).prod(1)
    gradient = (right.all(1) - baseline) * (right[:, 0] - q)
    mean = chance @ gradient
    return mean**2 / (chance @ gradient**2 - mean**2)


@pytest.mark.parametrize("steps", [1, 3, 10])
def test_outcome_signal(steps):
    q = 0.8
    for baseline in (0.0, q**steps, 0.3):
        law = outcome_signal(q, steps, baseline)
        assert law == pytest.approx(outcome_by_hand(q, steps, baseline), rel=1e-10)
    p = q**steps
    assert outcome_signal(q, steps) == pytest.approx(p / (1 - p))
    if steps > 1:
        best = optimize.minimize_scalar(lambda b: -outcome_signal(q, steps, b), (0, 0.5)).x
        assert best == pytest.approx(p * (1 - q) / q, abs=1e-6)
        assert outcome_signal(q, steps, p) < outcome_signal(q, steps)  # the mean is a poor baseline


@pytest.mark.parametrize(("flip", "baseline"), [(0.0, 0.0), (0.2, 0.0), (0.1, 0.8), (0.0, 0.8)])
def test_process_signal(flip, baseline):
    """Every step and every mistake of its judge."""
    q, mean, square = 0.8, 0.0, 0.0
    for right in (0, 1):
        for wrong_label in (0, 1):
            chance = (q if right else 1 - q) * (flip if wrong_label else 1 - flip)
            gradient = ((right ^ wrong_label) - baseline) * (right - q)
            mean, square = mean + chance * gradient, square + chance * gradient**2
    law = mean**2 / (square - mean**2)
    assert process_signal(q, flip, baseline) == pytest.approx(law, rel=1e-10)
    if flip == baseline == 0:
        assert law == pytest.approx(q / (1 - q))


def test_tolerable_flip():
    """There both signals are equal, below it the step judge's is larger; it grows towards 1/2."""
    for q, steps in ((0.8, 5), (0.8, 20), (0.4, 3), (0.95, 50)):
        flip = tolerable_flip(q, steps)
        assert process_signal(q, flip) == pytest.approx(outcome_signal(q, steps), rel=1e-9)
        assert process_signal(q, flip - 0.01) > outcome_signal(q, steps)
        assert 0 < flip < 0.5
    assert (np.diff(tolerable_flip(0.8, np.arange(2, 40))) > 0).all()
    assert tolerable_flip(0.8, 200) == pytest.approx(0.5, abs=1e-9)
    np.testing.assert_allclose(
        tolerable_flip(0.8, [5, 10, 20]), [0.1248, 0.2564, 0.4103], atol=5e-5
    )


def entropy(pi):
    return -special.xlogy(pi, pi).sum()


@pytest.mark.parametrize("natural", [True, False])
def test_entropy_change(natural):
    """First order in the rate with an error of rate^2, second with one of rate^3."""
    rng = np.random.default_rng(0)
    pi, reward = rng.dirichlet(np.ones(20)), rng.normal(size=20)
    direction = reward - pi @ reward if natural else vanilla_direction(pi, reward)
    errors = []
    for rate in (1e-2, 1e-3):
        change = entropy(special.softmax(np.log(pi) + rate * direction)) - entropy(pi)
        laws = (entropy_change(pi, direction, rate, order) for order in (1, 2))
        errors.append([abs(change - law) for law in laws])
    first, second = np.divide(*errors)
    assert first == pytest.approx(100, rel=0.1)
    assert second == pytest.approx(1000, rel=0.1)
    assert np.sign(entropy_change(pi, direction, 1e-3)) == np.sign(change)


def test_vanilla_direction_is_the_gradient():
    rng = np.random.default_rng(1)
    logits, reward = rng.normal(size=6), rng.normal(size=6)
    found = optimize.approx_fprime(logits, lambda x: special.softmax(x) @ reward, 1e-7)
    np.testing.assert_allclose(vanilla_direction(special.softmax(logits), reward), found, atol=1e-6)


def test_kl_optimum():
    """No neighbour does better; equal rewards keep their ratio."""
    rng = np.random.default_rng(2)
    reference, reward, beta = rng.dirichlet(np.ones(8)), np.resize([1.0, 0.3], 8), 0.4

    def objective(pi):
        return pi @ reward - beta * (special.rel_entr(pi, reference)).sum()

    best = kl_optimum(reference, reward, beta)
    assert all(objective(pi) < objective(best) for pi in rng.dirichlet(50 * best + 1e-3, 300))
    assert best[0] / best[2] == pytest.approx(reference[0] / reference[2])
    assert objective(kl_optimum(reference, reward, 0.5)) < objective(best)


def test_grpo_fixed_points():
    """Known values; iteration ends at the lower one inside the basin and at 1 outside."""
    known = {(0.05, 1): 0.3127, (0.05, 2): 0.1673, (0.2, 1): 0.6813, (0.2, 10): 0.2401}
    known |= {(0.5, 2): 0.7647}
    for (reference, beta), value in known.items():
        lower, upper = grpo_fixed_points(reference, beta)
        assert lower == pytest.approx(value, abs=5e-5)
        for point in (lower, upper):
            assert grpo_step(point, reference, beta) == pytest.approx(point, rel=1e-9)
        for start in (reference, 1.001 * (1 - upper), upper - 1e-3 * (1 - upper)):
            assert grpo_holds(start, reference, beta)
            assert end_of(start, reference, beta) == pytest.approx(lower, abs=1e-6)
        for start in (0.99 * (1 - upper), upper + 0.01 * (1 - upper)):
            assert not grpo_holds(start, reference, beta)
            assert end_of(start, reference, beta) > 0.999999
    assert np.isnan(grpo_fixed_points(0.5, 1.0)).all()
    assert not grpo_holds(0.01, 0.01, 1.0)
    assert end_of(0.01, 0.01, 1.0) > 0.999999
    assert not grpo_holds(0.5, 2e-9, 10.0)  # escapes through the bottom
    assert end_of(0.5, 2e-9, 10.0) > 0.999999


def end_of(start, reference, beta):
    p = start
    for _ in range(2000):
        if p > 1 - 1e-12:
            return 1.0
        p = float(grpo_step(p, reference, beta))
    return p


def test_grpo_step_by_the_tilt():
    """Standardised rewards in the exponent over the reference's odds."""
    p, reference, beta = 0.3, 0.05, 2.0
    advantage = (np.array([0, 1]) - p) / np.sqrt(p * (1 - p))
    tilted = kl_optimum([1 - reference, reference], advantage, beta)
    assert grpo_step(p, reference, beta) == pytest.approx(tilted[1], rel=1e-12)


def test_humps_are_where_the_curves_turn():
    for curve, hump in (
        (lambda d: d * (1.3 - 0.4 * d), best_of_hump(1.3, 0.4)),
        (lambda d: d * (1.3 - 0.4 * np.log(d)), gradient_hump(1.3, 0.4)),
    ):
        found = optimize.minimize_scalar(lambda d, curve=curve: -curve(d), (0.5, 2))
        np.testing.assert_allclose([found.x, -found.fun], hump, rtol=1e-6)


def test_moments_of_the_best():
    """Known values for 2 and 3, and 200,000 maxima of 50."""
    np.testing.assert_allclose(best_of_moments(2), [1 / np.sqrt(np.pi), 1], rtol=1e-12)
    assert best_of_moments(3)[0] == pytest.approx(1.5 / np.sqrt(np.pi), rel=1e-12)
    sample = np.random.default_rng(3).normal(size=(100_000, 50)).max(1)
    for moment, power in zip(best_of_moments(50), (1, 2), strict=True):
        se = (sample**power).std() / np.sqrt(len(sample))
        assert abs((sample**power).mean() - moment) < LIMIT * se
        assert abs((sample**power).mean() - best_of_moments(48)[power - 1]) > LIMIT * se


def test_toy_hump():
    """Gold reward of best of n by a proxy: known values, its top, and the tilt's law in d."""
    a, b = 1.0, 0.25
    found = [toy_gold_best_of(n, a, b) for n in (1, 2, 8, 64, 1000, 60_000)]
    np.testing.assert_allclose(found, [0, 0.5642, 1.0737, 1.1696, 0.8338, -0.0592], atol=5e-5)
    n, d, top = toy_hump(a, b)
    assert top > max(toy_gold_best_of(x, a, b) for x in (n / 1.2, 1.2 * n))
    assert d == pytest.approx(np.sqrt(best_of_kl(n)))
    assert (round(n), round(top, 4)) == (33, 1.1884)
    # The exact tilt has the quadratic law in sqrt(KL), exactly.
    g = np.linspace(0, 4, 9)
    kl = g**2 / 2
    law = np.sqrt(kl) * (np.sqrt(2) * a - 2 * b * np.sqrt(kl))
    np.testing.assert_allclose(toy_gold_tilt(g, a, b), law, atol=1e-12)
    x = np.linspace(-12, 15, 20_001)
    density = stats.norm.pdf(x) * np.exp(1.5 * x)
    tilted = density @ (a * x - b * x**2 + b) / density.sum()
    assert toy_gold_tilt(1.5, a, b) == pytest.approx(tilted)
    assert toy_gold_tilt(
        best_of_hump(np.sqrt(2) * a, 2 * b)[0] * np.sqrt(2), a, b
    ) == pytest.approx(a**2 / (4 * b))


def test_noise_alone_never_turns_down():
    """Best of 200 by gold + noise, 40,000 times: gold gains its share of the variance."""
    rng = np.random.default_rng(4)
    gold, noise = rng.normal(size=(40_000, 200)), 0.7 * rng.normal(size=(40_000, 200))
    best = (gold + noise).argmax(1)[:, None]
    sample = np.take_along_axis(gold, best, 1)[:, 0]
    proxy = np.sqrt(1 + 0.49) * best_of_moments(200)[0]
    law = regressional_gold(proxy, 1.0, 0.49)
    se = sample.std() / np.sqrt(len(sample))
    assert abs(sample.mean() - law) < LIMIT * se
    assert abs(sample.mean() - regressional_gold(proxy, 1.0, 0.53)) > LIMIT * se
