"""Items as text where a scenario does not say how."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from collapse.data.images import SHADES
from collapse.runs.directory import run_scenario
from collapse.scenario.prepare import prepare_scenario
from collapse.scenario.show import shown
from tests.shared import slots

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    "item",
    [np.int32(3), np.float32(0.25), np.array([1.5, -2.0]), np.arange(64, dtype=np.int32)],
)
def test_numbers_and_tokens_are_written_out(item):
    assert shown(item) == str(item)


@pytest.mark.parametrize("shape", [(784,), (28, 28), (28, 28, 1)])
def test_an_image_is_a_picture(shape):
    """A bright square on black, wherever it is bright and nowhere else; its size and its mean."""
    pixels = np.zeros((28, 28), np.float32)
    pixels[4:10, 20:25] = 1
    head, *lines = shown(pixels.reshape(shape)).split("\n")
    assert head == f"28 x 28, mean {30 / 784:.3g}, from 0 to 1"
    assert [len(line) for line in lines] == [28] * 28
    bright = np.array([[char == SHADES[-1] for char in line] for line in lines])
    np.testing.assert_array_equal(bright, pixels == 1)
    assert {char for line in lines for char in line} == {SHADES[0], SHADES[-1]}


def test_a_large_image_is_made_smaller():
    """64 x 48 in three by threes, the last of which are cut."""
    pixels = np.zeros((64, 48, 3))
    pixels[:, 24:] = 1
    head, *lines = shown(pixels).split("\n")
    assert head.startswith("64 x 48, mean 0.5")
    assert (len(lines), len(lines[0])) == (22, 16)
    assert all(line == SHADES[0] * 8 + SHADES[-1] * 8 for line in lines)


def test_other_numbers_are_summed_up():
    points = RNG.normal(size=100)
    text = shown(points)
    assert text.startswith(f"100 numbers, mean {points.mean():.3g}, from {points.min():.3g} to ")
    assert len(text) < 100
    assert "\n" not in text
    assert shown(np.full((6, 6), np.nan)).startswith("6 x 6, mean nan")


class Square(c.Model):
    """Images of 28 x 28 pixels: a bright square in a corner, or nothing."""

    def fit(self, key, pool):
        return self

    def sample(self, key, n):
        square = jnp.zeros((28, 28)).at[:9, :9].set(1)
        return jax.random.bernoulli(key, 0.5, (n,))[:, None, None] * square

    def log_prob(self, rows):
        return jnp.full(len(rows), jnp.log(0.5))


def test_samples_of_a_run_are_pictures(tmp_path):
    """In its files, each in fewer characters than 784 numbers take."""
    parts = (c.KeepAll(), c.Replace(), c.MaximumLikelihood(), c.Plain(), (c.Judged(),))
    arm = c.Arm(**slots(Square(), Square(), *parts), n=8, generations=1)
    scenario = c.Scenario("squares", "Squares", {"all": arm}, "none", ("share_kept",), 1)
    run = run_scenario(prepare_scenario(scenario), tmp_path / "r")
    said = [text for line in run.samples("all") for text in line["items"]]
    bright = [text for text in said if SHADES[-1] in text]
    assert 0 < len(bright) < len(said)
    for text in bright:
        assert text.startswith("28 x 28, mean 0.103, from 0 to 1\n")
        assert text.count(SHADES[-1]) == 81
    assert max(map(len, said)) < 900
