"""Corrupted and recombined draws against the laws of noise and of crossover."""

import equinox as eqx
import jax
import numpy as np
import pytest
from scipy import stats

import collapse as c
from collapse.loop.prepare import prepare

N = 40_000
P = np.array([0.6, 0.3, 0.1, 0.0])


@eqx.filter_jit
def draw(sampler, model, n=N):
    return sampler.draw(jax.random.key(1), model, n, 1).rows


def texts(*rows):
    return c.Empirical.of(np.array(rows), 5)


def test_outcomes_are_replaced_by_any_with_the_chance_of_the_noise():
    noise = 0.2
    counts = np.bincount(draw(c.Corrupted(noise), c.Categorical(P)), minlength=4)
    law = (1 - noise) * P + noise / 4
    assert stats.chisquare(counts, N * law).pvalue > 1e-4
    assert stats.chisquare(counts, N * (0.85 * P + 0.15 / 4)).pvalue < 1e-6


def test_tokens_are_replaced_one_by_one_and_the_end_stays():
    noise = 0.4
    rows = np.asarray(draw(c.Corrupted(noise), texts([1, 2, 0], [1, 2, 0])))
    assert (rows[:, 2] == 0).all()
    assert (rows[:, :2] > 0).all()
    same = rows[:, :2] == [1, 2]
    chance = 1 - noise + noise / 4  # any of four tokens
    expected = N * np.outer([1 - chance, chance], [1 - chance, chance])
    found = np.histogram2d(*same.T.astype(float), bins=2)[0]
    assert stats.chisquare(found.ravel(), expected.ravel()).pvalue > 1e-4


def test_points_get_normal_noise():
    model = c.Gaussian(np.array([1.0, -2.0]), np.diag([1.0, 4.0]))
    rows = np.asarray(draw(c.Corrupted(0.5), model), float)
    for axis, variance in enumerate((1.25, 4.25)):
        z = (rows[:, axis] - model.mean[axis]) / np.sqrt(variance)
        assert stats.kstest(z, "norm").pvalue > 1e-4


def test_halves_of_two_draws_are_independent():
    """Setup and punch line always belong together in the data, and never more than by chance in
    what is recombined."""
    rows = np.asarray(draw(c.Recombined(), texts([1, 3, 0], [2, 4, 0])))
    assert (rows[:, 2] == 0).all()
    found = np.array([[np.sum((rows[:, :2] == (a, b)).all(1)) for b in (3, 4)] for a in (1, 2)])
    assert stats.chisquare(found.ravel()).pvalue > 1e-4
    assert found.sum() == N


def test_the_cut_is_at_any_inner_place():
    """Of rows of four equal numbers: one to three of one draw, the rest of another."""
    model = c.Empirical.of(np.array([[1] * 4, [2] * 4]), 5)
    rows = np.asarray(draw(c.Recombined(), model))
    mixed = rows[rows[:, 0] != rows[:, 3]]
    assert abs(len(mixed) / N - 0.5) < 4.5 * 0.5 / np.sqrt(N)
    cut = (mixed == mixed[:, :1]).sum(1)
    assert stats.chisquare(np.bincount(cut, minlength=4)[1:4]).pvalue > 1e-4


def test_a_text_that_has_ended_is_not_continued():
    rows = np.asarray(draw(c.Recombined(), texts([1, 0, 0, 0], [2, 2, 2, 0]), 400))
    ended = np.cumsum(rows == 0, axis=1) > 0
    assert (rows[ended] == 0).all()
    alone = rows[rows[:, 0] == 1]
    assert {tuple(row) for row in alone.tolist()} == {(1, 0, 0, 0), (1, 2, 2, 0)}


def test_what_cannot_be_disturbed_is_told():
    def errors(truth, sampler):
        with pytest.raises(c.UserError) as told:
            prepare(c.Arm(truth=truth, sampler=sampler, measures=(), n=8, generations=2))
        return " ".join(told.value.sentences)

    assert "strength is a probability here, at most 1, not 1.5" in errors(
        c.zipf(4), c.Corrupted(1.5)
    )
    assert "strength must lie in [0, inf), not -0.1" in errors(c.zipf(4), c.Corrupted(-0.1))
    assert "Corrupted reads points, and the truth Poisson" in errors(c.Poisson(2.0), c.Corrupted())
    assert "Recombined reads points" in errors(c.zipf(4), c.Recombined())
    assert "at least two numbers" in errors(c.Gaussian(0.0, 1.0), c.Recombined())
    prepare(c.Arm(truth=c.Gaussian(0.0, 1.0), sampler=c.Corrupted(1.5), n=8, generations=2))
