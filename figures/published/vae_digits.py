"""Digits by generation: what each arm draws, and the curves of latents and precision."""

import numpy as np

from collapse import plot
from collapse.data.images import from_characters
from collapse.report.draw import arms_with, draw_curve, ends, legend, sentence
from collapse.report.recorded_figure import Drawing
from collapse.report.style import COLUMN, page

CURVES = (("latent_spread", "latent spread"), ("precision", "precision"))
SHOWN = 6  # images of a generation
MOST = 8  # generations shown, the first and the last among them


def draw(run, band=None):
    """Two columns wide: a grid for each of the first two arms, and the curves under them."""
    figure = Drawing(figsize=page(2 * COLUMN, 4.8), layout="constrained")
    names = [name for name, _ in CURVES]
    axes = figure.subplot_mosaic([[0, 1], names], height_ratios=(1.9, 1))
    arms = [arm for arm in run.arms if _kept(run, arm)][:2]
    for place, arm in enumerate(arms):
        _grid(axes[place], run, arm)
    for place in range(len(arms), 2):
        figure.delaxes(axes[place])
    made = []
    for name, label in CURVES:
        for arm, index in arms_with(run, name).items():
            made.append((name, draw_curve(axes[name], run, arm, name, index, band=band)))
        axes[name].set_ylabel(label)
        axes[name].set_xlabel("generation")
        ends(axes[name], run.generations)
    legend(figure, 2)
    figure.notes.append(sentence(made))
    return figure


def _kept(run, arm) -> list[dict]:
    """What was kept of seed 0: of up to ``MOST`` generations, evenly from the real ones on."""
    kept = [line for line in run.samples(arm) if line["seed"] == 0 and line["items"]]
    places = np.linspace(0, len(kept) - 1, min(len(kept), MOST)).round().astype(int)
    return [kept[place] for place in places]


def _grid(axis, run, arm):
    """A column of images for each generation shown."""
    images = {
        line["generation"]: [from_characters(text) for text in line["items"][:SHOWN]]
        for line in _kept(run, arm)
    }
    plot.image_grid(axis, images, run.label(arm), arm)
    axis.set_xlabel("generation, seed 0")
