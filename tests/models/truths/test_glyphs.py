"""Glyphs: drawn against a slow drawing; what is known against counting, scipy and noise."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import collapse
from collapse import Glyphs
from collapse.errors import UserError
from collapse.loop.simulate import run_arm
from collapse.models.truths.glyphs import BARS, FACTORS, distances, render

LIMIT = 4.5
N = 20_000
UNEVEN = np.arange(10, 0, -1) / 55
ALONE = {"shift": [0.0], "thickness": [0.15], "slant": [0.0], "intensity": [1.0]}  # class only


@eqx.filter_jit
def draw(glyphs, n=N):
    """Factors, and the rows that are drawn from them."""
    key = jax.random.key(0)
    return glyphs.sample_factors(jax.random.split(key)[0], n), glyphs.sample(key, n)


@eqx.filter_jit
def score(glyphs, rows):
    return glyphs.log_prob(rows)


@pytest.fixture(scope="module")
def drawn():
    glyphs = Glyphs(p=UNEVEN)
    return glyphs, *map(np.asarray, draw(glyphs))


def chi(counts, p):
    """Pearson's statistic in standard deviations."""
    expected = counts.sum() * p
    square = ((counts - expected) ** 2 / expected).sum()
    return (square - (len(p) - 1)) / np.sqrt(2 * (len(p) - 1))


def slow(kind, across, down, thickness, slant, intensity, side):
    """The same digit by the rule of its class, pixel by pixel, in double precision."""
    left, right, top, middle, bottom = -0.17, 0.17, -0.27, 0.0, 0.27
    bars = [(left, top, right, top), (left, top, left, middle), (right, top, right, middle)]
    bars += [(left, middle, right, middle), (left, middle, left, bottom)]
    bars += [(right, middle, right, bottom), (left, bottom, right, bottom)]
    image = np.zeros((side, side))
    for i in range(side):
        for j in range(side):
            y = (i + 0.5) / side - 0.5 - down
            point = np.array([(j + 0.5) / side - 0.5 - across + slant * y, y])
            for lit, bar in zip(BARS[kind], bars, strict=True):
                a, b = np.array(bar[:2]), np.array(bar[2:])
                t = np.clip((point - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
                away = np.linalg.norm(point - a - t * (b - a))
                cover = np.clip((thickness / 2 - away) * side + 0.5, 0, 1)
                image[i, j] = max(image[i, j], (lit == "1") * cover * intensity)
    return image.ravel()


@pytest.mark.slow
@pytest.mark.parametrize("side", [8, 28])
def test_images_are_the_slow_drawing(side):
    glyphs = Glyphs(side=side)
    rows = np.asarray(draw(glyphs, 4)[1])
    factors = np.asarray(glyphs.factors(rows))
    fields = (np.arange(10), glyphs.shift, glyphs.shift, glyphs.thickness, glyphs.slant)
    for row, levels in zip(rows, factors, strict=True):
        values = [
            np.asarray(field)[level]
            for field, level in zip((*fields, glyphs.intensity), levels, strict=True)
        ]
        np.testing.assert_allclose(row, slow(*values, side), atol=1e-5)
        values[3] *= 1.1
        assert np.abs(row - slow(*values, side)).max() > 0.01  # a bar a tenth thicker shows


def test_an_eight_is_its_own_mirror_image_and_a_shift_a_shift():
    glyphs = Glyphs()
    upright = [[8, 1, 1, 0, 1, 2], [8, 2, 1, 0, 1, 2], [8, 1, 0, 0, 1, 2], [3, 1, 1, 0, 1, 2]]
    eight, right, up, three = np.asarray(render(glyphs, jnp.array(upright))).reshape(4, 8, 8)
    np.testing.assert_allclose(eight, eight[::-1], atol=1e-6)
    np.testing.assert_allclose(eight, eight[:, ::-1], atol=1e-6)
    np.testing.assert_allclose(right[:, 1:], eight[:, :-1], atol=1e-6)  # one eighth of 8 pixels
    np.testing.assert_allclose(up[:-1], eight[1:], atol=1e-6)
    np.testing.assert_allclose(three, three[::-1], atol=1e-6)
    assert np.abs(three - three[:, ::-1]).max() > 0.5


@pytest.mark.slow
def test_factors_have_their_frequencies(drawn):
    """Classes by p, and all 1,620 combinations as independent of each other."""
    glyphs, factors, _ = drawn
    classes = np.bincount(factors[:, 0], minlength=10)
    assert abs(chi(classes, UNEVEN)) < LIMIT
    assert chi(classes, np.full(10, 0.1)) > 2 * LIMIT
    number = np.ravel_multi_index(factors.T, glyphs.counts)
    _, p = glyphs.templates()
    counts, p = np.bincount(number, minlength=len(p)), np.asarray(p, float)
    assert abs(chi(counts, p / p.sum())) < LIMIT
    assert chi(counts, np.full(len(p), 1 / len(p))) > 2 * LIMIT


@pytest.mark.slow
def test_every_image_tells_its_factors(drawn):
    glyphs, factors, rows = drawn
    assert rows.shape == (N, 64)
    assert (rows.min(), rows.max()) == (0, 1)
    np.testing.assert_array_equal(glyphs.factors(rows), factors)
    images, _ = glyphs.templates()
    np.testing.assert_array_equal(glyphs.factors(images), glyphs.all_factors())
    assert len(FACTORS) == glyphs.all_factors().shape[1]
    assert glyphs.accuracy() == 1
    noisy = rows + 0.5 * np.random.default_rng(0).normal(size=rows.shape)
    assert (np.asarray(glyphs.factors(noisy))[:, 0] != factors[:, 0]).mean() > 0.1


@pytest.mark.slow
@pytest.mark.parametrize("sd", [0.2, 0.3])
def test_the_class_is_found_as_often_as_known(sd):
    """With no other factors: between the bound by the nearest rival and the bound by all."""
    glyphs = Glyphs(**ALONE, sd=sd)
    factors, rows = draw(glyphs)
    right = (glyphs.factors(rows)[:, 0] == factors[:, 0]).mean()
    images, _ = glyphs.templates()
    away = distances(np.asarray(images, float))
    np.fill_diagonal(away, np.inf)
    at_most = stats.norm.cdf(away.min(1) / 2 / sd).mean()
    se = np.sqrt(at_most * (1 - at_most) / N)
    assert glyphs.accuracy() - LIMIT * se < right < at_most + LIMIT * se
    assert glyphs.accuracy() < at_most < 1
    less = Glyphs(**ALONE, sd=sd / 2)  # the accuracy of half the noise is told apart
    assert less.accuracy() > right + LIMIT * se


@pytest.mark.slow
def test_mean_and_covariance_are_exact(drawn):
    glyphs, _, rows = drawn
    for sd in (0.0, 0.3):
        noisy = Glyphs(p=UNEVEN, sd=sd)
        rows = np.asarray(draw(noisy)[1], float)
        mean, covariance = np.asarray(noisy.mean), np.asarray(noisy.covariance)
        se = np.sqrt(np.diagonal(covariance) / N) + 1e-7
        assert np.abs((rows.mean(0) - mean) / se).max() < LIMIT
        product = (rows - mean)[:, :, None] * (rows - mean)[:, None, :]
        z = (product.mean(0) - covariance) / (product.std(0) / np.sqrt(N) + 1e-7)
        assert np.abs(z).max() < LIMIT + 0.5  # of 2,080 different ones
        even = np.asarray(Glyphs(sd=sd).mean)
        assert np.abs((rows.mean(0) - even) / se).max() > 2 * LIMIT
    assert glyphs.log_variance == pytest.approx(np.log(rows.var(0).mean() - 0.09), abs=0.01)


@pytest.mark.slow
def test_entropy_and_log_prob_are_exact(drawn):
    glyphs, _, rows = drawn
    images, p = glyphs.templates()
    assert glyphs.entropy() == pytest.approx(stats.entropy(p), rel=1e-5)
    assert glyphs.entropy() == pytest.approx(stats.entropy(UNEVEN) + np.log(162), rel=1e-6)
    surprise = -np.asarray(score(glyphs, rows[:1500]))
    z = (surprise.mean() - glyphs.entropy()) / (surprise.std() / np.sqrt(1500))
    assert abs(z) < LIMIT
    assert abs(surprise.mean() - np.log(1620)) / (surprise.std() / np.sqrt(1500)) > 2 * LIMIT
    np.testing.assert_allclose(score(glyphs, images), np.log(p), rtol=1e-5)
    assert score(glyphs, images[:1] * 0.95).tolist() == [-np.inf]


@pytest.mark.slow
def test_the_density_of_noisy_glyphs_is_scipys():
    glyphs = Glyphs(p=UNEVEN, **ALONE, sd=0.2, side=6)
    images, p = (np.asarray(x, float) for x in glyphs.templates())
    rows = np.asarray(draw(glyphs, 20)[1])
    each = [stats.norm(image, 0.2).logpdf(rows).sum(1) for image in images]
    expected = np.log(p @ np.exp(each))
    np.testing.assert_allclose(score(glyphs, rows), expected, rtol=1e-4, atol=1e-4)
    assert np.abs(expected - stats.norm(images[0], 0.2).logpdf(rows).sum(1)).max() > 1


@pytest.mark.slow
def test_a_gaussian_loses_their_variance_by_its_law():
    """E[variance at t] = (1 - 1/n)^t of the truth's, for a truth of any shape (ddof = 0)."""
    arm = collapse.Arm(
        truth=Glyphs(),
        model=collapse.Gaussian(np.zeros(64), np.eye(64)),
        judge=collapse.KeepAll(),
        regime=collapse.Replace(),
        learner=collapse.MaximumLikelihood(),
        sampler=collapse.Plain(),
        measures=(collapse.Moments(),),
        n=10,
        generations=5,
    )
    record = run_arm(jax.random.key(0), arm, seeds=256)
    variance = np.asarray(record["curves"]["variance"], float)
    left = variance[:, 5] / variance[0, 0]
    se = left.std(ddof=1) / 16
    assert variance[0, 0] == pytest.approx(np.exp(float(Glyphs().log_variance)), rel=1e-5)
    assert abs(left.mean() - 0.9**5) < LIMIT * se
    assert abs(left.mean() - 0.9**2) > 2 * LIMIT * se


def test_mistakes_in_sentences():
    assert Glyphs().validate() == Glyphs(side=16).validate() == Glyphs(side=28).validate() == []
    assert len(Glyphs(p=[0.5, 0.5], sd=-1.0, side=2, intensity=[2.0]).validate()) == 4
    assert "same image" in Glyphs(slant=[0.0, 0.001]).validate()[0]
    assert "above 0" in Glyphs(thickness=[0.0]).validate()[0]
    with pytest.raises(UserError, match="Glyphs is a truth and cannot be fitted"):
        Glyphs().fit(None, None)
