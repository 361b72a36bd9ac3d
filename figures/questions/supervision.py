"""Problems solved, held-out ones, and wrong steps among the solved, by generation; the signal of a
step against the length of the chain."""

import numpy as np

from collapse import plot
from collapse.laws import gradient
from collapse.report.draw import arms_with, draw_curve, ends, generations_label, legend, log_axis
from collapse.report.style import COLUMN, panels

CURVES = (
    ("solved", "solved"),
    ("held_out_reward", "held-out problems solved"),
    ("wrong_when_solved", "wrong steps, if solved"),
)
RIGHT, FLIP, LENGTHS = 0.8, 0.3, np.arange(2, 21)


def draw(run, band=None):
    figure, axes = panels(2, height=1.9, width=2 * COLUMN, columns=2)
    for axis, (name, label) in zip(axes, CURVES, strict=False):
        made = [
            (name, draw_curve(axis, run, arm, name, index, band=band))
            for arm, index in arms_with(run, name).items()
        ]
        axis.set(ylabel=label, xlabel="generation")
        ends(axis, run.generations)
        axis.set_xlim(1, run.generations)  # generation 0 is the demonstrations
    axes[2].set_xlabel(generations_label(made))
    last, flat = axes[3], np.ones(len(LENGTHS))
    signals = (
        (gradient.process_signal(RIGHT) * flat, "a reward for each step", "-"),
        (gradient.process_signal(RIGHT, FLIP) * flat, f"the same, {FLIP:.0%} wrong", "-."),
        (gradient.outcome_signal(RIGHT, LENGTHS), "one for the outcome", "--"),
    )
    for values, label, dashes in signals:
        plot.law(last, LENGTHS, values, label, linestyle=dashes)
    log_axis(last)
    last.set_xticks(LENGTHS[2::4])
    last.set(xlabel=f"steps, each right with chance {RIGHT}", ylabel="signal to noise of a step")
    legend(figure, 3)
    return figure
