"""The figure of a forecast: the effective number by share of real data."""

import numpy as np

from collapse.commands.forecast.retraining import GENERATIONS, MEASURES, SEEDS
from collapse.measures.entropy import ItemDiversity
from collapse.report.curve_band import drawn
from collapse.report.labels import legible
from collapse.report.style import line_with_band, panels


def draw(curves: dict):
    """For one part, the effective number and the share of the three commonest answers; for several,
    the effective number of each."""
    several = len(curves) > 1
    labels = {"effective_number": "effective number", "top_3_mass": "three commonest"}
    shown = [
        (name, each, title)
        for title, each in curves.items()
        for name in (MEASURES[:1] if several else MEASURES)
    ]
    figure, axes = panels(len(shown))
    for axis, (name, each, title) in zip(axes, shown, strict=True):
        _draw(axis, name, each)
        axis.set_ylabel(labels[name])
        if several:
            text = legible(title, 60)
            axis.text(1, 1, text, transform=axis.transAxes, ha="right", va="bottom", fontsize=7)
        if name == "effective_number":
            axis.set_yscale("log")
    place = {"loc": "outside upper left"} if several else {"loc": "lower left"}
    if several:
        figure.legend(*axes[0].get_legend_handles_labels(), ncols=3, **place)
    else:
        axes[0].legend(bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.1, **place)
    axes[-1].set_xlabel(f"retrainings (mean and 95 % t band, {SEEDS} seeds)")
    return figure


def _draw(axis, name: str, curves: dict) -> None:
    t = np.arange(GENERATIONS + 1)
    for index, (share, each) in enumerate(curves.items()):
        made = drawn(each[name], ItemDiversity.curves[name], "t")
        ends = (made.centre, made.low, made.high)
        line_with_band(axis, t, *ends, index, f"{share:.0%} real")
