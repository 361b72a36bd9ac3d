"""The figure of vae-digits, from a tiny run on disk: its grid holds the pixels of that run."""

import numpy as np
import pytest

from collapse import Glyphs
from collapse.files.atomic import read_arrays
from collapse.numerics.pytree import replace
from collapse.report.draw import draw_headline
from collapse.report.figures import save_drawing, stated, write_figure
from collapse.runs.directory import run_scenario
from collapse.scenario.load import build, load_file
from collapse.scenario.prepare import prepare_scenario
from collapse.scenario.scenario import shipped
from tests.redrawing import pixels, redrawn

GENERATIONS, SEEDS, SIDE, SHADE = 3, 2, 8, 0.05  # half a shade of ten: what text may lose
ARMS = ("replace", "fresh-tenth")
figure_of = load_file(shipped("figures") / "published" / "vae_digits.py", "figure")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """vae-digits with 40 images a generation and fits of 40 steps, run and read back."""
    scenario = build("vae-digits", size="quick")
    model = replace(scenario.arms["replace"].model, hidden=16)
    model = replace(model, training=replace(model.training, steps=40))
    arms = {
        name: replace(arm, model=model, n=40, generations=GENERATIONS)
        for name, arm in scenario.arms.items()
    }
    out = tmp_path_factory.mktemp("vae") / "run"
    return run_scenario(prepare_scenario(replace(scenario, arms=arms, seeds=SEEDS)), out)


def tiles(axis) -> np.ndarray:
    """(images, generations, SIDE, SIDE) of a drawn grid, whose gaps of one pixel must be white."""
    (image,) = axis.get_images()
    picture = np.asarray(image.get_array(), float)
    cut = picture.reshape(figure_of.SHOWN, SIDE + 1, GENERATIONS + 1, SIDE + 1)
    assert (cut[:, SIDE] == 1).all()
    assert (cut[:, :, :, SIDE] == 1).all()
    return cut[:, :SIDE, :, :SIDE].swapaxes(1, 2)


def recorded(saved, arm: str) -> np.ndarray:
    """(seeds, images, generations, SIDE, SIDE) of the checkpoints, in numbers and not as text."""
    files = sorted((saved.directory / "checkpoints" / arm).glob("*.npz"))
    items = np.concatenate([read_arrays(file)["items"] for file in files])[:SEEDS]
    images = items[:, :, : figure_of.SHOWN].swapaxes(1, 2)
    return images.reshape(SEEDS, figure_of.SHOWN, GENERATIONS + 1, SIDE, SIDE)


def shaded(pixels):
    """The middle of the shade of ten that a pixel is in."""
    return (np.clip(np.floor(pixels * 10), 0, 9) + 0.5) / 10


@pytest.mark.slow
def test_the_grid_holds_the_images_of_the_run(saved):
    """Each arm's own, of seed 0, in their place: every pixel is the run's to half a shade, and told
    from those of seed 1, of the other arm and of images on their side."""
    axes = figure_of.draw(saved).axes
    grids = [axis for axis in axes if axis.get_images()]
    assert [axis.get_title() for axis in grids] == list(ARMS)
    for axis, arm, other in zip(grids, ARMS, ARMS[::-1], strict=True):
        found, made = tiles(axis), recorded(saved, arm)
        assert np.abs(found - np.clip(made[0], 0, 1)).max() < SHADE + 1e-6
        np.testing.assert_allclose(found, shaded(made[0]), atol=1e-6)
        apart = (made[1], recorded(saved, other)[0], made[0].swapaxes(2, 3), made[0][::-1])
        assert all(np.abs(found - shaded(wrong)).max() > SHADE for wrong in apart)


@pytest.mark.slow
def test_the_first_column_is_real_and_the_others_are_not(saved):
    """The truth has finitely many images: a real one is one of them to half a shade, a blur of a
    network trained for 40 steps, or a glyph on its side, is not."""
    every = np.asarray(Glyphs().templates()[0]).reshape(-1, SIDE, SIDE)

    def off(images):
        """How far each image is from the nearest of the truth, in its worst pixel."""
        return np.array([np.abs(every - image).max((1, 2)).min() for image in images])

    for axis in figure_of.draw(saved).axes:
        if not axis.get_images():
            continue
        images = tiles(axis)
        assert (off(images[:, 0]) < SHADE + 1e-6).all()
        assert (off(images[:, 0].swapaxes(1, 2)) > 2 * SHADE).mean() > 0.5
        for generation in range(1, GENERATIONS + 1):
            assert (off(images[:, generation]) > 2 * SHADE).all()


@pytest.mark.slow
def test_columns_are_labelled_under_their_middle(saved):
    for axis in figure_of.draw(saved).axes:
        if axis.get_images():
            labels = [label.get_text() for label in axis.get_xticklabels()]
            assert labels == ["real", *map(str, range(1, GENERATIONS + 1))]
            # Column x covers pixels 9 x to 9 x + 7, whose middles are whole numbers.
            np.testing.assert_allclose(axis.get_xticks(), 9 * np.arange(GENERATIONS + 1) + 3.5)


@pytest.mark.slow
def test_curves_beside_the_grid_are_means_over_seeds(saved):
    """Of both arms by name; latents have no generation 0, and a seed alone is told apart."""
    axes = {axis.get_ylabel(): axis for axis in figure_of.draw(saved).axes}
    for label, name in (("latent spread", "latent_spread"), ("precision", "precision")):
        lines = {line.get_label(): line.get_ydata() for line in axes[label].lines}
        assert list(lines) == list(ARMS)
        for arm in ARMS:
            curve = saved.curve(arm, name)
            np.testing.assert_allclose(lines[arm], curve.mean(0), rtol=1e-6)
            if name == "latent_spread":
                assert np.isnan(lines[arm][0])
                assert (np.abs(lines[arm] - curve[0])[1:] > 1e-6).all()


@pytest.mark.slow
def test_the_written_figure_is_this_one(saved, tmp_path):
    """The script of the scenario is drawn, not the usual panels: the same bytes again."""
    written = {path.suffix: path.read_bytes() for path in write_figure(saved, tmp_path)}
    again = save_drawing(lambda: stated(figure_of.draw(saved), saved), tmp_path / "again")
    usual = save_drawing(lambda: draw_headline(saved), tmp_path / "usual")
    assert set(written) == {".pdf", ".png", ".svg", ".csv"}
    for mine, other in zip(again, usual, strict=True):
        assert written[mine.suffix] == mine.read_bytes() != other.read_bytes()


@pytest.mark.slow
def test_images_are_large_enough_to_see(saved):
    """An image is a quarter of an inch wide at least."""
    figure = figure_of.draw(saved)
    figure.canvas.draw()
    for axis in figure.axes:
        if axis.get_images():
            inches = axis.get_window_extent().width / figure.dpi
            assert inches / len(axis.get_xticks()) > 0.25


@pytest.mark.slow
def test_of_many_generations_some_are_shown(saved, monkeypatch):
    """The real ones, the last, and as many between as there is room for, evenly."""
    monkeypatch.setattr(figure_of, "MOST", 3)
    figure = figure_of.draw(saved)
    for axis in figure.axes:
        if axis.get_images():
            assert [x.get_text() for x in axis.get_xticklabels()] == ["real", "2", "3"]
    drawn = [row for row in figure.rows if row["mark"] == "images"]
    assert [(row["arm"], row["generation"]) for row in drawn] == [
        (arm, generation) for arm in ARMS for generation in (0, 2, 3)
    ]


@pytest.mark.slow
def test_the_csv_redraws_the_figure(saved):
    figure, made = pixels(lambda: stated(figure_of.draw(saved), saved))
    assert np.abs(redrawn(figure, figure.csv()) - made).max() <= 2
