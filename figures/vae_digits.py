"""Digits by generation: what each arm draws, and the curves of latents and precision."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from collapse.data.images import from_characters
from collapse.figures import COLUMN, draw_curve, generations_label

SHOWN = 6  # images of a generation


def draw(run, band=None):
    figure = Figure(figsize=(2 * COLUMN, 3.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplot_mosaic([[0, "latent_spread"], [1, "precision"]], width_ratios=(1.3, 1))
    for row, arm in enumerate(run.arms[:2]):
        _grid(axes[row], run, arm)
    made = []
    for name, label in (("latent_spread", "latent spread"), ("precision", "precision")):
        for index, arm in enumerate(run.arms):
            made.append((name, draw_curve(axes[name], run, arm, name, index, band=band)))
        axes[name].set_ylabel(label)
        axes[name].set_xlim(0, run.generations)
        axes[name].xaxis.set_major_locator(MaxNLocator(integer=True))
    axes["latent_spread"].legend()
    axes["precision"].set_xlabel(generations_label(made))
    return figure


def _grid(axis, run, arm):
    """A column for every generation whose images were kept, from the real ones on; seed 0."""
    kept = [line for line in run.samples(arm) if line["seed"] == 0]
    columns = [[from_characters(text) for text in line["items"][:SHOWN]] for line in kept]
    height, width = columns[0][0].shape
    picture = np.ones((len(columns[0]) * (height + 1), len(columns) * (width + 1)))
    for x, column in enumerate(columns):
        for y, image in enumerate(column):
            top, left = y * (height + 1), x * (width + 1)
            picture[top : top + height, left : left + width] = image
    axis.imshow(picture, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axis.set_xticks([x * (width + 1) + width / 2 - 0.5 for x in range(len(kept))])
    axis.set_xticklabels(
        [f"{line['generation']}" if line["generation"] else "real" for line in kept]
    )
    axis.set_yticks([])
    axis.tick_params(length=0)
    for side in axis.spines.values():
        side.set_visible(False)
    axis.set_title(arm)
    axis.set_xlabel("generation")
