"""Problems solved, held-out ones, and wrong steps among the solved, by generation; trees by reward;
different reflections; and the signal of a step against the length of the chain."""

import numpy as np

from collapse import plot
from collapse.laws import gradient
from collapse.report.draw import arms_with, draw_curve, ends, generations_label, legend, log_axis
from collapse.report.style import COLUMN, panels, tiny

CURVES = (
    ("solved", "solved"),
    ("held_out_reward", "held-out problems solved"),
    ("wrong_when_solved", "wrong steps, if solved"),
)
OTHERS = ("tree", "reflections")  # beginnings of the arms with panels of their own
RIGHT, FLIP, LENGTHS = 0.8, 0.3, np.arange(2, 21)
FEW = 30  # generations of trees and reflections that are shown


def draw(run, band=None):
    figure, axes = panels(3, height=1.9, width=2 * COLUMN, columns=2)
    for axis, (name, label) in zip(axes, CURVES, strict=False):
        for arm, index in arms_with(run, name).items():
            if not arm.startswith(OTHERS):
                draw_curve(axis, run, arm, name, index, band=band)
        axis.set(ylabel=label, xlabel="generation")
        ends(axis, run.generations)
        axis.set_xlim(1, run.generations)  # generation 0 is the demonstrations
    made = []
    for axis, start, name, label in (
        (axes[3], OTHERS[0], "solved", "walks that end right"),
        (axes[4], OTHERS[1], "different_in_10", "different reflections of 10"),
    ):
        for arm, index in arms_with(run, name).items():
            if arm.startswith(start):
                made.append((name, draw_curve(axis, run, arm, name, index, band=band)))
        axis.set(ylabel=label, xlabel="generation")
        axis.set_xlim(1, min(FEW, run.generations))
    axes[3].set_ylim(0, 1.02)
    axes[4].set_ylim(bottom=0)
    axes[4].set_xlabel(generations_label(made))
    signals(axes[5])
    legend(figure, 3, fontsize=tiny())
    return figure


def signals(axis) -> None:
    """The signal of a step's gradient against the number of steps: laws alone."""
    flat = np.ones(len(LENGTHS))
    for values, label, dashes in (
        (gradient.process_signal(RIGHT) * flat, "a reward for each step", "-"),
        (gradient.process_signal(RIGHT, FLIP) * flat, f"the same, {FLIP:.0%} wrong", "-."),
        (gradient.outcome_signal(RIGHT, LENGTHS), "one for the outcome", "--"),
    ):
        plot.law(axis, LENGTHS, values, label, linestyle=dashes)
    log_axis(axis)
    axis.set_xticks(LENGTHS[2::4])
    axis.set(xlabel=f"steps, each right with chance {RIGHT}", ylabel="signal to noise of a step")
