"""Problems solved and wrong steps among the solved, by generation; the signal of a step against the
length of the chain."""

import numpy as np

from collapse import plot
from collapse.laws import gradient
from collapse.report.draw import arms_with, draw_curve, ends, generations_label, legend, log_axis
from collapse.report.style import panels

CURVES = (
    ("solved", "solved"),
    ("held_out_reward", "held-out solved"),
    ("wrong_when_solved", "wrong, if solved"),
)
RIGHT, LENGTHS = 0.8, np.arange(2, 21)


def draw(run, band=None):
    figure, axes = panels(len(CURVES) + 1, height=1.3)
    made = []
    for axis, (name, label) in zip(axes, CURVES, strict=False):
        for arm, index in arms_with(run, name).items():
            made.append((name, draw_curve(axis, run, arm, name, index, band=band)))
        axis.set_ylabel(label)
        ends(axis, run.generations)
    axes[len(CURVES) - 1].set_xlabel(generations_label(made, about="0: demonstrations; "))
    last = axes[-1]
    signals = (
        (gradient.process_signal(RIGHT) + 0 * LENGTHS, "a reward for each step", "-"),
        (gradient.process_signal(RIGHT, 0.3) + 0 * LENGTHS, "the same, 30 % wrong", "-."),
        (gradient.outcome_signal(RIGHT, LENGTHS), "one for the outcome", "--"),
    )
    for values, label, dashes in signals:
        plot.law(last, LENGTHS, values, label, linestyle=dashes)
    log_axis(last)
    last.set(xlabel=f"steps, each right with chance {RIGHT}", ylabel="signal to noise")
    legend(figure, 2)
    return figure
