"""Jokes left by generation, in every way of sharpening; and by the exponent, with a real model."""

import numpy as np

from collapse import plot
from collapse.errors import UserError
from collapse.report.draw import draw_curve, draw_level, ends, legend, log_axis
from collapse.report.recorded_figure import record
from collapse.report.style import COLOURS, COLUMN, panels, tiny

CURVES = (("effective_number", "effective number of jokes"),)
THREE = 3.0


def draw(run, band=None):
    if band:
        raise UserError("The figure of three-jokes shows exact arms: leave out --interval.")
    figure, (way, power) = panels(1, height=2.5, width=2 * COLUMN, columns=2)
    facts = run.manifest["data"]
    exponents = {arm: gamma for arm, gamma in facts["exponents"].items() if arm in run.arms}
    for index, arm in enumerate(arm for arm in run.arms if not arm.startswith("path-")):
        draw_curve(way, run, arm, "effective_number", index)
    way.set(xlabel="generation (0: real jokes)", ylabel="effective number of jokes")
    ends(way, run.generations)
    x = np.array(sorted(exponents.values()))
    y = np.array(
        [run.curve(arm, "effective_number")[0, 2] for arm in sorted(exponents, key=exponents.get)]
    )
    (line,) = power.plot(x, y, "o-", color=COLOURS[0], markersize=3, label="sharpened jokes")
    record(power, "points", [line], {"label": "sharpened jokes"}, {"x": x, "centre": y})
    plot.law(power, *np.transpose(facts["zipf"]), "1,000 jokes by Zipf's law")
    for number, (name, at) in enumerate(facts["measured"].items()):
        label = f"{facts['model']}, {name}"
        (mark,) = power.plot(at[0], at[1], "s", color=COLOURS[number + 3], markersize=5)
        mark.set(label=label, markerfacecolor="none")
        record(power, "published", [mark], {"label": label}, {"x": at[:1], "centre": at[1:]})
    power.set(xlabel="exponent", ylabel="effective number of jokes")
    for axis in (way, power):
        draw_level(axis, THREE, {"label": "three jokes"}, linewidth=0.8)
        log_axis(axis)
    legend(figure, 3, fontsize=tiny())
    return figure
