"""Distance between densities and held-out density of mixtures that train on their own samples."""

from collapse.report.draw import (
    arms_with,
    axis_label,
    draw_curve,
    ends,
    generations_label,
    legend,
    log_axis,
)
from collapse.report.style import panels

CURVES = (("l2_distance", "distance"), ("held_out_log_density", "held-out density"))


def draw(run, band=None):
    figure, axes = panels(2)
    made = []
    for axis, (name, _) in zip(axes, CURVES, strict=True):
        for arm, index in arms_with(run, name).items():
            made.append((name, draw_curve(axis, run, arm, name, index, band=band)))
        axis.set_ylabel(axis_label(name, run.meaning(name).unit))
        ends(axis, run.generations)
    log_axis(axes[0])  # a seed may diverge; generation 0, at distance 0, lies below
    axes[1].set_xlabel(generations_label(made))
    legend(figure, 2)
    return figure
